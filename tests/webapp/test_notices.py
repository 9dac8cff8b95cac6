"""The notices page."""

from collections.abc import Callable

from flask.testing import FlaskClient
from world import World


def test_nobody_has_notices_at_first(client_of: Callable[[str], FlaskClient], world: World) -> None:
    """An account without notices is told so."""
    answer = client_of("Kari").get("/varsler/")
    assert answer.status_code == 200
    assert "Du har ingen varsler." in answer.text
