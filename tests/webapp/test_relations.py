"""Those close to a person are written down by who works with them, or by themselves."""

from collections.abc import Callable

from flask.testing import FlaskClient
from world import World

from workflows.tables import Relation

Of = Callable[[str], FlaskClient]


def test_a_relation_is_written_down(client_of: Of, world: World) -> None:
    """The coordinating unit writes down Mia's aunt, who gets no rights by that."""
    mia = world.persons["Mia"].id
    sent = {"kind": "annen", "name": "Tante Tone", "phone": "55000002"}
    answer = client_of("Kari").post(f"/personer/{mia}/naerperson/", data=sent)
    assert answer.status_code == 303
    row = world.session.query(Relation).filter_by(name="Tante Tone").one()
    assert (row.acts_for, row.account_id) == (False, None)


def test_what_is_wrong_is_told_and_kept(client_of: Of, world: World) -> None:
    """Without a kind nothing is saved and the name is still there."""
    mia = world.persons["Mia"].id
    answer = client_of("Kari").post(f"/personer/{mia}/naerperson/", data={"name": "Tante Tone"})
    assert answer.status_code == 422
    assert "Tante Tone" in answer.text


def test_a_stranger_does_not_find_the_page(client_of: Of, world: World) -> None:
    """Nils of NAV has no basis for Mia."""
    mia = world.persons["Mia"].id
    assert client_of("Nils").get(f"/personer/{mia}/naerperson/").status_code == 404
