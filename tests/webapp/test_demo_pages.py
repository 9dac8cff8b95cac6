"""The demo: be anyone with one click, and move the time on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from world import World

from webapp import create_app
from workflows import clock
from workflows.tables import Notice, Timer


@pytest.fixture
def app(town: str, app: Flask) -> Iterator[Flask]:
    """The same app as a demo."""
    made = create_app(town, demo=True, testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    made.test_client_class = app.test_client_class
    yield made
    made.extensions["engine"].dispose()


def test_everybody_can_be_chosen(stranger: FlaskClient, world: World) -> None:
    """The coordinating unit, employees, persons and guardians each have a button."""
    page = stranger.get("/demo/").text
    for name in ("Kari", "Siri", "Mia", "Mor"):
        assert f'value="{world.account_id(name)}"' in page
    assert "Koordinerende enhet" in page
    assert "Foresatte og verger" in page


def test_one_click_logs_in(stranger: FlaskClient, world: World) -> None:
    """No password: the button is enough, and one may become another at any time."""
    for name in ("Kari", "Mia"):
        answer = stranger.post("/demo/", data={"account": str(world.account_id(name))})
        assert (answer.status_code, answer.location) == (303, "/")
        assert f"<span>{name}</span>" in stranger.get("/om").text


@pytest.mark.parametrize("account", ["", "x", "\0", str(UUID(int=1))])
def test_nobody_else_can_be_chosen(stranger: FlaskClient, account: str) -> None:
    """Only those on the page can be chosen."""
    assert stranger.post("/demo/", data={"account": account}).status_code == 404


@pytest.mark.parametrize(("to", "days"), [("dag", 1), ("uke", 7), ("fire_uker", 28)])
def test_time_moves_on(stranger: FlaskClient, world: World, to: str, days: int) -> None:
    """The clock is moved for all, and remembered in the database."""
    wanted = clock.today() + timedelta(days=days)
    answer = stranger.post("/demo/tid", data={"til": to}, follow_redirects=True)
    assert clock.today() == wanted
    assert "Nå er det" in answer.text
    kept = world.municipality.settings["clock_offset_seconds"]
    assert kept == clock.offset() // timedelta(seconds=1)


def test_time_adds_up(stranger: FlaskClient, world: World) -> None:
    """Each step is from where one was."""
    wanted = clock.today() + timedelta(weeks=3)
    for _ in range(3):
        stranger.post("/demo/tid", data={"til": "uke"})
    assert clock.today() == wanted


def test_what_is_due_happens_at_once(stranger: FlaskClient, world: World) -> None:
    """Moving to the next deadline fires it: its effect is there when the page is."""
    world.start("Kari", "Mia", plantype="individuell_plan")
    assert "Til neste frist" in stranger.get("/demo/").text
    answer = stranger.post("/demo/tid", data={"til": "neste"}, follow_redirects=True)
    assert "1 forløp gikk videre." in answer.text
    assert world.session.scalar(select(Notice.id).limit(1))


def test_each_deadline_is_met_in_its_own_time(stranger: FlaskClient, world: World) -> None:
    """What happens on a long journey is written down on the day it would have happened."""
    world.start("Kari", "Mia", plantype="individuell_plan")
    due = world.session.scalars(select(Timer.due_at)).all()
    begun = clock.now()
    stranger.post("/demo/tid", data={"til": "fire_uker"})
    sent = world.session.scalars(select(Notice.sent_at)).all()
    first = min(due)
    assert begun + timedelta(days=28) > first
    assert any(first <= moment < first + timedelta(minutes=5) for moment in sent)


@pytest.mark.parametrize("to", ["", "x", "neste", "evaluering", "-uke"])
def test_nowhere_to_go(stranger: FlaskClient, to: str) -> None:
    """Where nothing waits, or at a place that is none, time stands still and one is told so."""
    answer = stranger.post("/demo/tid", data={"til": to}, follow_redirects=True)
    assert "Vi kan ikke flytte tiden dit." in answer.text
    assert clock.offset() == timedelta(0)


def test_time_has_an_end(stranger: FlaskClient) -> None:
    """Nobody can move so far that dates stop working."""
    clock.travel(timedelta(days=365 * 20 - 1))
    answer = stranger.post("/demo/tid", data={"til": "uke"}, follow_redirects=True)
    assert "Vi kan ikke flytte tiden dit." in answer.text


def test_restart_goes_on_at_the_same_time(app: Flask, stranger: FlaskClient, world: World) -> None:
    """A demo that is started again is where it was in time; anything else is not."""
    stranger.post("/demo/tid", data={"til": "uke"})
    travelled = clock.offset()
    world.session.commit()
    url = str(app.extensions["engine"].url)
    clock.travel(timedelta(0))
    create_app(url, testing=True).extensions["engine"].dispose()
    assert clock.offset() == timedelta(0)
    create_app(url, demo=True, testing=True).extensions["engine"].dispose()
    assert clock.offset() == travelled > timedelta(days=6)


def test_bar_shows_where_one_is_in_time(stranger: FlaskClient) -> None:
    """Every page of the demo says that it is one, and what day it is there."""
    clock.travel(datetime(2031, 5, 17, 12, tzinfo=UTC) - datetime.now(UTC))
    page = stranger.get("/om").text
    assert "Demokommune med oppdiktede personer. Her er det 17. mai 2031." in page
    assert 'href="/demo/"' in page


def test_demo_without_anybody(stranger: FlaskClient, world: World) -> None:
    """Before it is built, the page says so."""
    for account in world.accounts.values():
        world.session.delete(account)
    assert "Demokommunen er ikke bygget ennå." in stranger.get("/demo/").text
