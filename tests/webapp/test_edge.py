"""The edge: one transaction per block, domain errors as pages, headers, and safe parsing."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from world import World

from webapp import edge
from workflows.access import OWN_ACCOUNT, PUBLIC
from workflows.errors import Conflict, Denied, Invalid, NotFound
from workflows.tables import Relation, Service

Browser = Callable[[str], FlaskClient]


def serve(app: Flask, view: Callable[[], object], permission: str = PUBLIC) -> str:
    """The address of a page that does this, whatever it is asked."""
    app.add_url_rule("/prove", "prove", edge.permission(permission)(view), methods=["GET", "POST"])  # type: ignore[type-var]
    return "/prove"


def raises(error: Exception) -> Callable[[], str]:
    def view() -> str:
        with edge.transaction():
            raise error

    return view


def locked(words: str) -> OperationalError:
    return OperationalError("update", None, Exception(words))


class Deadlock(Exception):
    """As psycopg tells of one."""

    sqlstate = "40P01"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NotFound("Vi finner ikke dette."), 404, "Vi finner ikke dette."),
        (Denied("Ikke for deg."), 403, "Ikke for deg."),
        (Conflict("Gjort av en annen."), 409, "Gjort av en annen."),
        (Invalid("Det går ikke."), 422, "Det går ikke."),
        (StaleDataError(), 409, "Noen andre var raskere"),
        (locked("database is locked"), 409, "Vent litt og prøv igjen."),
        (OperationalError("update", None, Deadlock()), 409, "Vent litt og prøv igjen."),
    ],
)
def test_domain_errors_become_pages(
    app: Flask, client_of: Browser, error: Exception, status: int, words: str
) -> None:
    """Each error of the domain has its status, its own words and a way on."""
    answer = client_of("Kari").get(serve(app, raises(error)))
    assert answer.status_code == status
    assert words in answer.text
    assert answer.text.count("<h1") == 1
    assert 'href="/oppgaver/"' in answer.text


def test_who_lost_a_race_begins_anew(app: Flask, client_of: Browser) -> None:
    """What another changed meanwhile is read again, and the user notices nothing."""
    tries = []

    def loses_twice() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise StaleDataError
        return "gjort"

    assert client_of("Kari").get(serve(app, loses_twice)).text == "gjort"


@pytest.mark.parametrize("error", [locked("no such table"), ValueError("Mia 010110 12345")])
def test_other_errors_tell_nothing(app: Flask, client_of: Browser, error: Exception) -> None:
    """What we did not foresee is a 500 page with a code and nothing of what happened."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client_of("Kari").get(serve(app, raises(error)))
    assert answer.status_code == 500
    assert "oppgi koden" in answer.text
    assert "Mia" not in answer.text
    assert "Kari" in answer.text


def test_leaving_commits(app: Flask, client_of: Browser, world: World) -> None:
    """What was changed inside the block is there afterwards."""

    def view() -> str:
        with edge.transaction() as session:
            session.get_one(Service, _key(world)).phone = "99"
        return ""

    assert client_of("Kari").get(serve(app, view, OWN_ACCOUNT)).status_code == 200
    assert world.session.get_one(Service, _key(world)).phone == "99"


def test_raising_rolls_back(app: Flask, client_of: Browser, world: World) -> None:
    """What was changed before something was raised is undone."""

    def view() -> str:
        with edge.transaction() as session:
            session.get_one(Service, _key(world)).phone = "99"
            session.flush()
            raise Conflict("Nei.")

    assert client_of("Kari").get(serve(app, view, OWN_ACCOUNT)).status_code == 409
    assert world.session.get_one(Service, _key(world)).phone != "99"


def _key(world: World) -> tuple[UUID, UUID]:
    row = world.services["nav"]
    return row.municipality_id, row.id


def test_the_actor_is_the_one_logged_in(app: Flask, client_of: Browser) -> None:
    """A view learns who is asking from its transaction."""

    def view() -> str:
        with edge.transaction() as session:
            return edge.current_actor(session).name

    assert client_of("Kari").get(serve(app, view, OWN_ACCOUNT)).text == "Kari"


def test_nobody_is_asking(app: Flask, stranger: FlaskClient) -> None:
    """A public page that needs someone after all sends them to log in."""

    def view() -> str:
        with edge.transaction() as session:
            return edge.current_actor(session).name

    assert stranger.get(serve(app, view)).location == "/logg-inn?next=/prove"


def test_log_in_of_a_deleted_account(client_of: Browser, world: World) -> None:
    """An account that is gone is nobody."""
    client = client_of("Kari")
    world.session.delete(world.accounts["Kari"])
    assert client.get("/varsler/").location == "/logg-inn?next=/varsler/"
    assert "Logg ut" not in client.get("/om").text


def test_log_in_that_ended_in_mid_flight_is_a_401_for_posts(
    client_of: Browser, world: World
) -> None:
    """A script that saves a draft must not take the log-in page for success."""
    client = client_of("Kari")
    world.accounts["Kari"].generation += 1
    answer = client.post(f"/varsler/{UUID(int=1)}")
    assert answer.status_code == 401
    assert "Du må logge inn" in answer.text


@pytest.mark.parametrize("path", ["/", "/om", "/varsler/", "/finnes-ikke", "/static/mark.svg"])
def test_headers_are_strict(client_of: Browser, path: str) -> None:
    """Every answer forbids foreign content, framing and guessing of types."""
    with client_of("Kari").get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_by_the_browser(client_of: Browser) -> None:
    """A page is fetched anew each time, a bundle only once a year."""
    client = client_of("Kari")
    page = client.get("/varsler/")
    assert page.headers["Cache-Control"] == "no-store"
    bundle = page.text.split('src="/static/dist/app-')[1].split('"')[0]
    for file, seconds in ((f"dist/app-{bundle}", "31536000"), ("mark.svg", "3600")):
        with client.get(f"/static/{file}") as answer:
            assert seconds in answer.headers["Cache-Control"]


def test_cookie_is_closed_to_scripts_and_other_sites(app: Flask, client_of: Browser) -> None:
    """The log-in cookie is HttpOnly and SameSite, and Secure outside demo and tests."""
    set_cookie = client_of("Kari").get("/varsler/").headers.get("Set-Cookie", "")
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie


def test_missing_token_loses_nothing(app: Flask, client_of: Browser) -> None:
    """A form that came without a token is refused, and what was typed is shown again."""
    app.config["WTF_CSRF_ENABLED"] = True
    typed = {"maal-0": "Lære å <b>svømme</b>\0", "password": "hemmelig", "tom": " "}
    answer = client_of("Kari").post("/logg-ut", data=typed)
    assert answer.status_code == 400
    assert "Lære å &lt;b&gt;svømme&lt;/b&gt;" in answer.text
    assert "hemmelig" not in answer.text


def test_too_big_a_form(stranger: FlaskClient) -> None:
    """More than two megabytes is refused in words."""
    answer = stranger.post("/logg-inn", data={"username": "a" * 2_100_000})
    assert answer.status_code == 413
    assert "Det er for mye på en gang" in answer.text


def test_too_many_fields(stranger: FlaskClient) -> None:
    """Thousands of fields are refused in words too."""
    part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    answer = stranger.post(
        "/logg-inn", data=part * 4000 + "--x--", content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413
    assert "Det er for mye på en gang" in answer.text


def test_wrong_method(stranger: FlaskClient) -> None:
    """What may only be asked for cannot be sent to."""
    answer = stranger.post("/om")
    assert answer.status_code == 405
    assert "GET" in answer.headers.get("Allow", "GET")
    assert "<h1" in answer.text


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/oppgaver/?q=a", "/oppgaver/?q=a"),
        ("", None),
        (None, None),
        ("oppgaver", None),
        ("https://ond.example", None),
        ("//ond.example", None),
        ("/\\ond.example", None),
        ("/a\nb", None),
        ("/\t/ond.example", None),
        ("///ond.example", None),
        ("javascript:alert(1)", None),
        ("//[ond", None),
    ],
)
def test_only_own_paths_are_followed(target: str | None, safe: str | None) -> None:
    """Nobody is sent to another site after log-in."""
    assert edge.safe_path(target) == safe


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ("", 1, None, "a")),
        ("q=+Mia%00%0A+&page=3&id=00000000-0000-0000-0000-000000000007&c=b",
         ("Mia", 3, UUID(int=7), "b")),
        ("page=0&id=x&c=z", ("", 1, None, "a")),
        ("page=-1&id=%00", ("", 1, None, "a")),
        ("page=²", ("", 1, None, "a")),
        ("page=99999999", ("", edge.LAST_PAGE, None, "a")),
        ("page=" + "9" * 5000, ("", 1, None, "a")),
        ("q=" + "x" * 999, ("x" * edge.LONGEST_QUERY, 1, None, "a")),
    ],
)  # fmt: skip
def test_query_values_are_cleaned(app: Flask, query: str, found: tuple[object, ...]) -> None:
    """Whatever stands in the address, a view gets something it can use."""
    with app.test_request_context(f"/?{query}"):
        got = (
            edge.text_arg("q"), edge.page_arg(), edge.uuid_arg("id"),
            edge.choice_arg("c", ("a", "b")),
        )  # fmt: skip
    assert got == found


def test_reason_is_translated(app: Flask) -> None:
    """A reason goes through gettext; without a translation it stands as it is."""
    with app.test_request_context():
        assert edge.translated("Forløpet er 100 % avsluttet.") == "Forløpet er 100 % avsluttet."


def test_menu_follows_what_one_is(client_of: Browser, world: World) -> None:
    """Those who work see persons and processes; those a plan is about see their own page."""
    staff, mia, mor = (client_of(name).get("/om").text for name in ("Kari", "Mia", "Mor"))
    assert '<a href="/personer/">' in staff
    assert '<a href="/forlop/">' in staff
    own = f'<a href="/personer/{world.persons["Mia"].id}">Min side</a>'
    assert own in mia
    assert own in mor
    assert "/forlop/" not in mia


def test_menu_of_someone_who_acts_for_several(client_of: Browser, world: World) -> None:
    """Who acts for more than one person finds them in a list."""
    world.person("Per")
    world.guardian("Verge", of="Per")
    page = client_of("Verge").get("/om").text
    assert "Min side" in page
    world.session.add(
        Relation(
            municipality_id=world.municipality.id,
            person_id=world.persons["Mia"].id,
            kind="verge",
            name="Verge",
            account_id=world.account_id("Verge"),
            acts_for=True,
        )
    )
    assert '<a href="/personer/">Mine personer</a>' in client_of("Verge").get("/om").text


def test_missing_slash_is_added(stranger: FlaskClient) -> None:
    """An address without its last slash leads to the one with it."""
    assert stranger.get("/varsler").status_code == 308


def test_current_place_is_marked(client_of: Browser) -> None:
    """The menu says where one is."""
    page = client_of("Kari").get("/varsler/").text
    assert '<a href="/varsler/" aria-current="page">' in page


def test_frame_survives_a_database_out_of_order(
    app: Flask, client_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error page is drawn even when nobody can be looked up."""
    client = client_of("Kari")

    def broken(session: object) -> None:
        raise locked("disk I/O error")

    monkeypatch.setattr(edge, "identify", broken)
    answer = client.get("/finnes-ikke")
    assert answer.status_code == 404
    assert "Siden finnes ikke" in answer.text


def test_one_transaction_counts_the_unread(app: Flask, client_of: Browser) -> None:
    """The number beside Varsler comes with the page's own transaction: none more is opened."""
    opened: list[int] = []
    factory = app.extensions["sessions"]
    begin = factory.begin

    def counted() -> object:
        opened.append(1)
        return begin()

    factory.begin = counted
    assert client_of("Kari").get("/varsler/").status_code == 200
    assert len(opened) == 1
