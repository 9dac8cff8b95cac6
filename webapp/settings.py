"""What the app is started with: Flask's settings, the secret key, and where the database is.

Everything is in the environment or in ./instance; nothing is read from a file of settings.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

INSTANCE = Path("instance")
SHORTEST_KEY = 32


def settings(*, demo: bool, testing: bool) -> dict[str, Any]:
    """Flask's settings."""
    return {
        "SECRET_KEY": secrets.token_hex() if testing else secret_key(),
        "TESTING": testing,
        "DEMO": demo,
        "SESSION_COOKIE_NAME": "rodtrad",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": not (demo or testing),
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=10),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the log-in: a plan takes hours to write
        "MAX_CONTENT_LENGTH": 2_000_000,
        "MAX_FORM_MEMORY_SIZE": 2_000_000,
        "MAX_FORM_PARTS": 3000,
        "API_RATE": os.environ.get("RODTRAD_API_RATE", "12000 per minute"),
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def private_webhooks() -> bool:
    """RODTRAD_WEBHOOKS_PRIVATE=1: webhooks may go to addresses inside the municipality's net."""
    return os.environ.get("RODTRAD_WEBHOOKS_PRIVATE") == "1"


def secret_key() -> str:
    """RODTRAD_SECRET_KEY, else one kept in ./instance so that log-ins outlive a restart."""
    given = os.environ.get("RODTRAD_SECRET_KEY")
    if given is not None:
        if len(given) < SHORTEST_KEY:
            raise RuntimeError(f"RODTRAD_SECRET_KEY må ha minst {SHORTEST_KEY} tegn.")
        return given
    file = INSTANCE / "secret_key"
    INSTANCE.mkdir(mode=0o700, exist_ok=True)
    try:
        with open(file, "x", opener=_only_ours, encoding="ascii") as new:
            new.write(secrets.token_hex())
    except FileExistsError:
        pass
    return file.read_text(encoding="ascii")


def _only_ours(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def default_database(*, demo: bool) -> str:
    """RODTRAD_DATABASE_URL, else a SQLite file in ./instance."""
    given = os.environ.get("RODTRAD_DATABASE_URL")
    file = INSTANCE / ("demo.db" if demo else "rodtrad.db")
    url = given or f"sqlite:///{file.resolve()}"
    path = make_url(url).database
    if url.startswith("sqlite") and path and path != ":memory:":
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return url
