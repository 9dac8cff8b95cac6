"""Persons over the API: registered by the page's rules, and shown to who has a basis."""

from world import World

from tests.webapp.api.conftest import System, SystemOf
from workflows.tables import Person


def test_person_is_registered_as_the_services_own(world: World, school: System) -> None:
    """A registered person is the service's own case, and can be read at once."""
    answer = school.post(
        "/persons", {"name": "Ola Ny", "born_on": "2010-05-17", "phone": "22334455"}
    )
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/persons/{answer.json['id']}"
    shown = school.get(f"/persons/{answer.json['id']}").json
    assert (shown["name"], shown["born_on"], shown["phone"]) == (
        "Ola Ny",
        "2010-05-17",
        "22 33 44 55",
    )
    assert (shown["basis"], shown["language"], shown["instances"]) == ("egen_sak", "nb", [])
    assert [action for action, _basis in school.noted] == ["person:register", "person:read"]


def test_wrong_facts_are_told_where(school: System) -> None:
    """The page's rules hold, and each fault has its pointer."""
    sent = {"name": "", "born_on": "9999-01-01", "email": "x", "national_number": "123"}
    answer = school.post("/persons", sent)
    pointers = {each["pointer"] for each in answer.json["errors"]}
    assert (answer.status_code, pointers) == (
        422,
        {"/name", "/born_on", "/email", "/national_number"},
    )
    unborn = school.post("/persons", {"name": "Ola", "born_on": "2199-01-01"})
    assert [each["pointer"] for each in unborn.json["errors"]] == ["/born_on"]


def test_known_number_is_told_and_noted(world: World, school: System) -> None:
    """Being told that somebody is registered already leaves a line in their record."""
    number = "01010750160"
    world.persons["Mia"].national_number = number
    answer = school.post("/persons", {"name": "Ola", "national_number": number})
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == ["/national_number"]
    assert school.noted == [("person:search", "uten")]
    assert world.session.query(Person).count() == 1


def test_person_without_a_basis_is_not_there(world: World, school: System) -> None:
    """Whom the service knows nothing of is not found."""
    assert school.get(f"/persons/{world.persons['Mia'].id}").status_code == 404
    assert school.noted == []


def test_own_case_is_a_basis(world: World, system_of: SystemOf) -> None:
    """A service with a case of its own sees the person."""
    world.own_case("nav", "Mia")
    nav = system_of("nav")
    assert nav.get(f"/persons/{world.persons['Mia'].id}").json["name"] == "Mia"
    assert nav.noted == [("person:read", "egen_sak")]
