"""Setting up a real municipality from the command line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from webapp import cli
from webapp.settings import default_database
from workflows import database
from workflows.actors import load_actor
from workflows.tables import Account, Municipality, Person, Service

Run = Callable[..., Result]
NUMBER = "01881099825"
PASSWORD = ("--password", "a long enough one")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `rodtrad` in an empty folder with two municipalities."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RODTRAD_DATABASE_URL", raising=False)

    def invoke(*args: str) -> Result:
        return CliRunner().invoke(cli.main, args, catch_exceptions=False, prog_name="rodtrad")

    assert invoke("municipality", "add", "Prøvevik").exit_code == 0
    assert invoke("municipality", "add", "Nabovik").exit_code == 0
    return invoke


def session() -> database.Session:
    return database.sessions(database.connect(default_database(demo=False)))()


def test_a_service_can_serve_two_municipalities(run: Run) -> None:
    """One organisation, with a presence in each."""
    name = "Barnevernet i Vika"
    run("service", "add", name, "--kind", "barnevern", "--municipality", "Prøvevik")
    run("service", "add", name, "--kind", "barnevern", "--municipality", "Nabovik",
        "--also-in", "Prøvevik")  # fmt: skip
    with session() as opened:
        ids = list(opened.scalars(select(Service.organisation_id).where(Service.name == name)))
    assert len(ids) == 2
    assert ids[0] == ids[1]


def test_a_service_is_added_once(run: Run) -> None:
    """A second one of the same name is refused in plain words."""
    args = ("service", "add", "NAV Prøvevik", "--kind", "nav", "--municipality", "Prøvevik")
    assert run(*args).exit_code == 0
    again = run(*args)
    assert (again.exit_code, "allerede" in again.output) == (1, True)


def register() -> None:
    with session() as opened, opened.begin():
        home = opened.scalars(select(Municipality).where(Municipality.name == "Prøvevik")).one()
        opened.add(
            Person(
                municipality_id=home.id,
                name="Mia",
                born_on=date(2010, 8, 1),
                national_number=NUMBER,
            )
        )


@pytest.mark.parametrize(("more", "who"), [((), "persons"), (("--relation", "mor"), "wards")])
def test_a_person_and_who_acts_for_them_can_log_in(
    run: Run, more: tuple[str, ...], who: str
) -> None:
    """The account is the person's own, or a guardian's."""
    register()
    place = ("--municipality", "Prøvevik")
    done = run("account", "person", "mia", "--national-number", NUMBER, "--name", "Mia",
               *more, *place, *PASSWORD)  # fmt: skip
    assert done.exit_code == 0
    with session() as opened:
        account = opened.scalars(select(Account).where(Account.username == "mia")).one()
        person = opened.scalars(select(Person)).one()
        assert getattr(load_actor(opened, account.id), who) == {person.id}


def test_a_number_nobody_has_is_told(run: Run) -> None:
    """No account is left behind when the person is not found."""
    done = run("account", "person", "mia", "--national-number", NUMBER, "--name", "Mia",
               "--municipality", "Prøvevik", *PASSWORD)  # fmt: skip
    assert done.exit_code == 1
    with session() as opened:
        assert opened.scalars(select(Account)).all() == []
