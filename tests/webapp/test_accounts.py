"""Logging in and out, and choosing a language."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from world import PASSWORD, World

from webapp import edge
from workflows import accounts
from workflows.errors import Invalid
from workflows.tables import Account

Browser = Callable[[str], FlaskClient]


@pytest.fixture(autouse=True)
def fresh_limits(app: Flask) -> Iterator[None]:
    """No attempts are remembered from another test."""
    edge.limiter.reset()
    yield
    edge.limiter.reset()


def test_right_password(stranger: FlaskClient) -> None:
    """A username in any case and the right password lead to the front page, logged in."""
    answer = stranger.post("/logg-inn", data={"username": " Kari ", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Logg ut" in stranger.get("/varsler/").text


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "kari", "password": "galt passord"},
        {"username": "ingen <b>", "password": PASSWORD},
        {"username": "", "password": ""},
        {"username": "kari\0", "password": "\0"},
        {"username": "k" * 5000, "password": "p" * 5000},
        {},
    ],
)
def test_wrong_password_keeps_the_username(stranger: FlaskClient, fields: dict[str, str]) -> None:
    """Any fault gives the same words, linked to the field, with the username still there."""
    answer = stranger.post("/logg-inn", data=fields)
    assert answer.status_code == 422
    assert '<a class="ds-link" href="#username">Feil brukernavn eller passord.</a>' in answer.text
    kept = fields.get("username", "")[:200].replace("<", "&lt;").replace(">", "&gt;")
    assert f'value="{kept}"' in answer.text
    assert "galt passord" not in answer.text
    assert stranger.get("/varsler/").status_code == 303


def test_who_has_no_password_has_none_that_fits(stranger: FlaskClient, world: World) -> None:
    """An account without a password cannot be entered, not even by what stands in for one."""
    world.accounts["Kari"].password_hash = None
    fields = {"username": "kari", "password": "no such account"}  # see quick_passwords
    assert stranger.post("/logg-inn", data=fields).status_code == 422


def test_a_username_has_norwegian_letters(stranger: FlaskClient, world: World) -> None:
    """A name with Å is found however it is capitalised, and is taken for everyone else."""
    made = accounts.create_account(world.session, "ÅSE", "Åse", PASSWORD)
    answer = stranger.post("/logg-inn", data={"username": "Åse", "password": PASSWORD})
    assert (made.username, answer.status_code) == ("åse", 303)
    with pytest.raises(Invalid):
        accounts.create_account(world.session, "Åse", "En annen", PASSWORD)


def test_one_comes_where_one_was_going(stranger: FlaskClient) -> None:
    """The page asked for before log-in is shown after it."""
    asked = stranger.get("/varsler/?a=1")
    assert asked.location == "/logg-inn?next=/varsler/?a%3D1"
    page = stranger.get(asked.location).text
    assert 'name="next" value="/varsler/?a=1"' in page
    answer = stranger.post(
        "/logg-inn", data={"username": "kari", "password": PASSWORD, "next": "/varsler/?a=1"}
    )
    assert answer.location == "/varsler/?a=1"


def test_nobody_is_sent_to_another_site(stranger: FlaskClient) -> None:
    """A link that someone else made cannot lead away from here."""
    assert 'name="next" value=""' in stranger.get("/logg-inn?next=//ond.example").text
    answer = stranger.post(
        "/logg-inn", data={"username": "kari", "password": PASSWORD, "next": "https://ond.example"}
    )
    assert answer.location == "/"


def test_too_many_attempts_on_one_account(stranger: FlaskClient) -> None:
    """After ten wrong passwords the account must wait, others need not."""
    for _ in range(10):
        assert stranger.post("/logg-inn", data={"username": "kari"}).status_code == 422
    answer = stranger.post("/logg-inn", data={"username": "KARI", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Vent litt" in answer.text
    other = stranger.post("/logg-inn", data={"username": "siri", "password": PASSWORD})
    assert other.status_code == 303


def test_too_many_attempts_from_one_address(stranger: FlaskClient) -> None:
    """Trying many accounts from one address is stopped as well."""
    statuses = [
        stranger.post("/logg-inn", data={"username": f"n{number}"}).status_code
        for number in range(31)
    ]
    assert statuses == [422] * 30 + [429]


def test_right_passwords_are_not_counted(stranger: FlaskClient) -> None:
    """Logging in often is not guessing."""
    for _ in range(12):
        answer = stranger.post("/logg-inn", data={"username": "kari", "password": PASSWORD})
        assert answer.status_code == 303


def test_log_out(client_of: Browser) -> None:
    """Afterwards one is nobody, and is told so."""
    client = client_of("Kari")
    answer = client.post("/logg-ut", follow_redirects=True)
    assert "Du er logget ut." in answer.text
    assert client.get("/varsler/").status_code == 303


def test_new_log_in_begins_afresh(client_of: Browser) -> None:
    """Nothing of an earlier session follows into the next one."""
    client = client_of("Kari")
    with client.session_transaction() as cookie:
        cookie["rest"] = "x"
    client.post("/logg-inn", data={"username": "siri", "password": PASSWORD})
    with client.session_transaction() as cookie:
        assert "rest" not in cookie


def language_of(client: FlaskClient, accept: str = "") -> str:
    page = client.get("/om", headers={"Accept-Language": accept}).text
    return page.split('<html lang="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "nb"),
        ("nb-NO,nb;q=0.9", "nb"),
        ("no", "nb"),
        ("nn-NO", "nn"),
        ("en-GB,en;q=0.9,nn;q=0.1", "en"),
        ("de,fr", "nb"),
        ("æøå;q=x", "nb"),
    ],
)
def test_browser_language_is_the_first_guess(
    stranger: FlaskClient, accept: str, language: str
) -> None:
    """A newcomer meets the language their browser asks for, where we have it."""
    assert language_of(stranger, accept) == language


def test_chosen_language_is_remembered(stranger: FlaskClient) -> None:
    """A choice goes before what the browser asks for, and one stays on the page."""
    answer = stranger.post("/sprak", data={"language": "nn", "next": "/om"})
    assert (answer.status_code, answer.location) == (303, "/om")
    assert language_of(stranger, "en") == "nn"


def test_language_goes_with_the_account(client_of: Browser, world: World) -> None:
    """Someone logged in finds their language again in any browser."""
    client_of("Kari").post("/sprak", data={"language": "en"})
    assert world.session.get_one(Account, world.accounts["Kari"].id).language == "en"
    assert language_of(client_of("Kari"), "nn") == "en"


@pytest.mark.parametrize("language", ["", "xx", "nb\0"])
def test_language_we_do_not_speak(stranger: FlaskClient, language: str) -> None:
    """Anything else changes nothing."""
    answer = stranger.post("/sprak", data={"language": language, "next": "//ond.example"})
    assert (answer.status_code, answer.location) == (303, "/")
    assert language_of(stranger) == "nb"


def test_unknown_language_in_the_cookie(stranger: FlaskClient) -> None:
    """A cookie someone has edited is not followed."""
    stranger.set_cookie("sprak", "../../etc")
    assert language_of(stranger) == "nb"
