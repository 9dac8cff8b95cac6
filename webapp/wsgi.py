"""The app for a WSGI server with several processes, as `deploy/gunicorn.conf.py` starts it.

Only on PostgreSQL: workers of their own move the cases there. RODTRAD_PROXIES says how many servers
stand in front and are to be believed about who is asking.
"""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import create_app, logs, memory


def make() -> Flask:
    """The app, logging as JSON. RuntimeError on SQLite, whose jobs need `rodtrad serve`."""
    logs.configure()
    made = create_app()
    if made.extensions["engine"].dialect.name == "sqlite":
        made.extensions["engine"].dispose()
        raise RuntimeError("Flere prosesser krever PostgreSQL. Bruk «rodtrad serve» på SQLite.")
    memory.settle()
    between = int(os.environ.get("RODTRAD_PROXIES", "0"))
    if between:
        made.wsgi_app = ProxyFix(made.wsgi_app, between, between, between)  # type: ignore[method-assign]
    return made
