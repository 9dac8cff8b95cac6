"""Every route there is: each declares a permission, keeps strangers out, and stands rubbish."""

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from webapp import create_app
from workflows import access, api_tokens, organisations
from workflows.accounts import find_account
from workflows.tables import Position

PERMISSIONS = {
    value
    for name, value in vars(access).items()
    if name.isupper() and isinstance(value, str) and (":" in value or value == access.PUBLIC)
}
PUBLIC = {
    "accounts.choose_language",
    "accounts.log_in",
    "accounts.log_out",
    "accounts.try_password",
    "api.index",
    "api.openapi",
    "demo.become",
    "demo.index",
    "demo.move_time",
    "pages.about",
    "pages.accessibility",
    "pages.front",
    "pages.healthz",
    "static",
}
"""Whoever adds to this list has thought of why a stranger may come here."""
NOT_PAGES = {"static", "pages.healthz", "api.openapi"}
RUBBISH = (
    "page=abc", "page=-1", "page=99999999999999999999", "side=0", "side=%F0%9F", "q=%00",
    "q=%25_%5C",
    "person=abc", "person=%00", "tjeneste='", "forlop=%ff", "frist=x", "sorter=x", "vis=x",
    "q=" + "a" * 5000, "next=//x.no", "next=%00",
)  # fmt: skip


@pytest.fixture
def everything(town: str) -> Iterator[Flask]:
    """The app with every route, those of the demo too."""
    made = create_app(town, demo=True, testing=True)
    with made.extensions["sessions"].begin() as session:
        organisations.mark_as_demo(session)
        kari = find_account(session, "kari")
        held = session.scalars(select(Position).where(Position.account_id == kari.id)).one()
        held.roles = ["drift", "prosesseier"]  # nothing is refused before it is looked for
    yield made
    made.extensions["engine"].dispose()


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Every rule with each method of its own."""
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def pages(app: Flask) -> list[tuple[Rule, str]]:
    """The routes that are for people: those of the API have a scope, and tests of their own."""
    return [
        (rule, method)
        for rule, method in routes(app)
        if not hasattr(app.view_functions[rule.endpoint], "scope")
    ]


def path_of(app: Flask, rule: Rule, text: str = "x") -> str:
    """An address that the rule matches."""
    values: dict[str, object] = {
        name: UUID(int=7) if type(converter).__name__ == "UUIDConverter" else text
        for name, converter in rule._converters.items()
    }
    with app.test_request_context():
        built = rule.build(values)
    assert built
    return built[1]


def log_in(app: Flask, username: str) -> FlaskClient:
    """A browser in which the account is logged in."""
    with app.extensions["sessions"].begin() as session:
        account = find_account(session, username)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["account"], cookie["generation"] = str(account.id), account.generation
    return client


def test_every_route_declares_a_permission(everything: Flask) -> None:
    """No view is without a declared permission."""
    undeclared = [
        rule.endpoint
        for rule, _ in routes(everything)
        if getattr(everything.view_functions[rule.endpoint], "permission", None) not in PERMISSIONS
    ]
    assert undeclared == []


def test_every_operation_of_the_api_declares_a_scope(everything: Flask) -> None:
    """No operation of the API is without a scope of the closed set."""
    below = [rule.endpoint for rule, _ in routes(everything) if rule.rule.startswith("/api/")]
    scopes = {getattr(everything.view_functions[name], "scope", None) for name in below} - {None}
    assert scopes <= set(api_tokens.SCOPES)
    without = {n for n in below if not hasattr(everything.view_functions[n], "scope")}
    assert without == {"api.index", "api.openapi"}


def test_only_the_listed_routes_are_public(everything: Flask) -> None:
    """A route is open to strangers only when it stands in the list above."""
    views = everything.view_functions
    public = {name for name, view in views.items() if vars(view)["permission"] == access.PUBLIC}
    assert public == PUBLIC


def test_stranger_is_sent_to_log_in(everything: Flask) -> None:
    """Without log-in a page leads to the log-in page, and what changes something is a 401."""
    everything.config["WTF_CSRF_ENABLED"] = False
    client, wrong = everything.test_client(), []
    for rule, method in pages(everything):
        if rule.endpoint in PUBLIC:
            continue
        answer = client.open(path_of(everything, rule), method=method)
        there = answer.headers.get("Location", "").startswith("/logg-inn")
        if (answer.status_code, there) != ((303, True) if method == "GET" else (401, False)):
            wrong.append((rule.rule, method, answer.status_code))
    assert wrong == []


def test_ended_log_in_is_no_log_in(everything: Flask) -> None:
    """When an account's generation is raised, every page leads to log-in again."""
    client, wrong = log_in(everything, "kari"), []
    with client.session_transaction() as cookie:
        stale = dict(cookie) | {"generation": 99}
    for rule, method in pages(everything):
        if method != "GET" or rule.endpoint in PUBLIC:
            continue
        with client.session_transaction() as cookie:
            cookie.update(stale)
        answer = client.get(path_of(everything, rule))
        if not answer.headers.get("Location", "").startswith("/logg-inn"):
            wrong.append((rule.rule, answer.status_code))
    assert wrong == []


def test_every_change_needs_the_token(everything: Flask) -> None:
    """No form is taken without the token that our own page put in it."""
    client = log_in(everything, "kari")
    taken = [
        rule.rule
        for rule, method in pages(everything)
        if method != "GET"
        and client.open(path_of(everything, rule), method=method).status_code != 400
    ]
    assert taken == []


@pytest.mark.parametrize("who", ["", "kari", "siri", "mia", "mor"])
def test_every_page_has_a_title_and_one_heading(everything: Flask, who: str) -> None:
    """Every page without parameters has a language, a title and exactly one h1, for everybody."""
    client = log_in(everything, who) if who else everything.test_client()
    wrong = []
    for rule, method in pages(everything):
        if method != "GET" or rule.arguments or rule.endpoint in NOT_PAGES:
            continue
        answer = client.get(rule.rule, follow_redirects=True)
        title = re.search(r"<title>(.+) – Rød tråd</title>", answer.text)
        whole = '<html lang="nb"' in answer.text and title is not None
        if not whole or answer.text.count("<h1") != 1 or answer.status_code >= 500:
            wrong.append((rule.rule, answer.status_code, title, answer.text.count("<h1")))
    assert wrong == []


def test_ids_of_nothing_are_not_found(everything: Flask) -> None:
    """An id that exists nowhere, or a key of nothing, gives a page that says so."""
    everything.config["WTF_CSRF_ENABLED"] = False
    client, wrong = log_in(everything, "kari"), []
    for rule, method in pages(everything):
        if not rule.arguments or rule.endpoint == "static":
            continue
        for text in ("x", "æ", "x" * 300):
            answer = client.open(path_of(everything, rule, text), method=method)
            if answer.status_code not in {303, 404, 422}:
                wrong.append((rule.rule, method, answer.status_code))
    assert wrong == []


def test_rubbish_in_the_query_never_breaks_a_page(everything: Flask) -> None:
    """No query value, however wrong, gives anything worse than a page that is as usual."""
    client, wrong = log_in(everything, "kari"), []
    for rule, method in pages(everything):
        if method != "GET" or rule.arguments:
            continue
        for query in RUBBISH:
            answer = client.get(f"{rule.rule}?{query}")
            if answer.status_code not in {200, 303}:
                wrong.append((rule.rule, query, answer.status_code))
    assert wrong == []


def test_nothing_of_the_demo_outside_it(app: Flask, stranger: FlaskClient) -> None:
    """Outside the demo its addresses do not exist, whatever one sends."""
    app.config["WTF_CSRF_ENABLED"] = False
    assert [rule.rule for rule, _ in routes(app) if "demo" in rule.endpoint] == []
    assert stranger.get("/demo/").status_code == 404
    assert stranger.post("/demo/", data={"account": "x"}).status_code == 404
    assert stranger.post("/demo/tid", data={"til": "uke"}).status_code == 404


def test_public_pages_are_the_same_for_all(client_of: Callable[[str], FlaskClient]) -> None:
    """Whoever is logged in keeps their menu on the pages that are open to strangers."""
    assert "Mine oppgaver" in client_of("Kari").get("/om").text
