"""What holds for every operation: tokens, problems, languages, keys, limits, one transaction."""

from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from world import World

from tests.webapp.api.conftest import System, SystemOf
from tests.webapp.conftest import Client
from workflows import api_tokens, clock, idempotency
from workflows.tables import ApiToken, IdempotencyKey, Person, Position

PROBLEM = "application/problem+json"
NEW = {"name": "Ola Ny", "born_on": "2010-05-17"}


def operations(app: Flask) -> list[tuple[str, str, str]]:
    """(method, path, scope) of every operation in the document."""
    return [
        (method.upper(), path.removeprefix("/api/v1"), told["security"][0]["token"][0])
        for path, methods in app.extensions["openapi"]["paths"].items()
        for method, told in methods.items()
        if method != "parameters"
    ]


def filled(path: str) -> str:
    nobody = "00000000-0000-0000-0000-000000000007"
    while "{" in path:
        path = path[: path.index("{")] + nobody + path[path.index("}") + 1 :]
    return path


@pytest.mark.parametrize(
    "sent", [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer rodtrad_x_y", "Bearer \x00"]
)
def test_without_a_token_nothing_is_told(app: Flask, stranger: Client, sent: str | None) -> None:
    """Every operation says 401 and how to come in, whatever stands for a token."""
    headers = {} if sent is None else {"Authorization": sent}
    for method, path, _scope in operations(app):
        answer = stranger.open("/api/v1" + filled(path), method=method, headers=headers)
        assert (answer.status_code, answer.content_type) == (401, PROBLEM), path
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_log_in_is_no_token(app: Flask, client_of: Any) -> None:
    """A browser where somebody is logged in has no way in here."""
    kari = client_of("Kari")
    for method, path, _scope in operations(app):
        assert kari.open("/api/v1" + filled(path), method=method).status_code == 401


def test_each_operation_asks_for_its_scope(app: Flask, system_of: SystemOf) -> None:
    """With every other scope than its own, an operation is denied and says which is missing."""
    for scope in api_tokens.SCOPES:
        others = [each for each in api_tokens.SCOPES if each != scope]
        system = system_of("nav", *others)
        for method, path, needed in operations(app):
            if needed == scope:
                answer = system.call(method, filled(path))
                assert (answer.status_code, answer.content_type) == (403, PROBLEM)
                assert scope in answer.json["detail"]


def test_every_scope_is_some_operations(app: Flask) -> None:
    """The scopes are those that operations ask for."""
    assert {scope for _method, _path, scope in operations(app)} == set(api_tokens.SCOPES)


def test_ended_token_is_over_at_once(world: World, unit: System) -> None:
    """A revoked token opens nothing, and neither does one whose account has left."""
    assert unit.get("/tasks").status_code == 200
    position = world.session.query(Position).filter_by(title="System").one()
    position.ended_on = clock.today()
    assert unit.get("/definitions").status_code == 404
    world.session.query(ApiToken).one().revoked_at = clock.now()
    assert unit.get("/tasks").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("DELETE", "/tasks", 405),
        ("POST", "/persons", 415),
        ("GET", "/tasks/x", 404),
    ],
)
def test_every_error_is_a_problem(unit: System, method: str, path: str, status: int) -> None:
    """Errors of the frame have the shape of all others."""
    answer = unit.call(method, path)
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)
    assert {"type", "title", "status", "detail", "instance"} <= answer.json.keys()
    assert answer.json["status"] == status


def test_wrong_method_says_which_there_are(unit: System) -> None:
    """A program that used the wrong method is told the right ones."""
    assert "GET" in unit.call("DELETE", "/tasks").headers["Allow"]


def test_too_much_is_a_problem(unit: System) -> None:
    """More than we take is refused before it is read."""
    answer = unit.post("/persons", data=b"x" * 2_100_000, content_type="application/json")
    assert (answer.status_code, answer.content_type) == (413, PROBLEM)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"name": 1' + b"0" * 5000])
def test_what_is_no_json_is_a_problem(unit: System, body: bytes) -> None:
    """A body that cannot be read is told as such."""
    answer = unit.post("/persons", data=body, content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.content_type == PROBLEM


def test_error_of_ours_is_a_problem(app: Flask, unit: System) -> None:
    """What goes wrong with us gives a reference and nothing of what went wrong."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_tokens, "authenticate", lambda *_: 1 / 0)
        answer = unit.get("/tasks")
    assert (answer.status_code, answer.content_type) == (500, PROBLEM)
    assert len(answer.json["reference"]) == 8
    assert "division" not in answer.text


def test_too_many_are_a_problem(app: Flask, unit: System, school: System) -> None:
    """Each token has its own share, and who uses it up is told."""
    app.config["API_RATE"] = "2 per minute"
    answers = [unit.get(path).status_code for path in ("/definitions", "/tasks", "/definitions")]
    assert answers == [200, 200, 429]
    assert unit.get("/definitions").content_type == PROBLEM
    assert school.get("/definitions").status_code == 200


def test_problems_are_told_in_the_language_asked_for(unit: System) -> None:
    """A program gets the language it asks for, bokmål otherwise."""
    assert unit.get("/tasks/x").headers["Content-Type"] == PROBLEM
    plain = unit.get("/nowhere").json["title"]
    assert plain == "Finnes ikke"
    other = unit.get("/nowhere", headers={"Accept-Language": "fr"}).json["title"]
    assert other == plain


def test_same_request_again_does_nothing_more(world: World, school: System) -> None:
    """With its key a request has one effect, and its answer is given again."""
    key = {"Idempotency-Key": "a1"}
    first = school.post("/persons", NEW, headers=key)
    again = school.post("/persons", NEW, headers=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert world.session.query(Person).filter_by(name="Ola Ny").count() == 1


def test_without_a_key_each_is_its_own(world: World, school: System) -> None:
    """Who does not name the request has it done each time."""
    for _time in range(2):
        school.post("/persons", NEW)
    assert world.session.query(Person).filter_by(name="Ola Ny").count() == 2


def test_key_of_another_request_is_refused(school: System) -> None:
    """The same key with another body is a mistake, and is told."""
    key = {"Idempotency-Key": "a1"}
    school.post("/persons", NEW, headers=key)
    answer = school.post("/persons", NEW | {"name": "En annen"}, headers=key)
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)


def test_keys_are_the_accounts_own(world: World, school: System, unit: System) -> None:
    """Two systems with the same key do not meet."""
    key = {"Idempotency-Key": "a1"}
    school.post("/persons", NEW, headers=key)
    assert "Idempotency-Replayed" not in unit.post("/persons", NEW, headers=key).headers


def test_refusal_is_not_kept(world: World, school: System) -> None:
    """What was refused had no effect: the same key may be used when it is put right."""
    key = {"Idempotency-Key": "a1"}
    assert school.post("/persons", {"name": ""}, headers=key).status_code == 422
    assert school.post("/persons", NEW, headers=key).status_code == 201


def test_kept_answer_is_of_the_same_transaction(app: Flask, world: World, school: System) -> None:
    """When the answer cannot be kept, there is no effect either."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(idempotency, "keep", lambda *_: 1 / 0)
        assert school.post("/persons", NEW, headers={"Idempotency-Key": "a"}).status_code == 500
    assert world.session.query(Person).filter_by(name="Ola Ny").count() == 0
    assert world.session.query(IdempotencyKey).count() == 0


def test_twins_have_one_effect(app: Flask, world: World, school: System) -> None:
    """The same request many times at once is done once, and each is told something sensible."""
    world.session.commit()
    statuses: list[int] = []
    headers = {"Authorization": f"Bearer {school.token}", "Idempotency-Key": "a1"}

    def send() -> None:
        client = app.test_client()
        client.world = None
        statuses.append(client.post("/api/v1/persons", json=NEW, headers=headers).status_code)

    threads = [Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.session.expire_all()
    assert set(statuses) <= {201, 409}
    assert world.session.query(Person).filter_by(name="Ola Ny").count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "\x80", "æ"])
def test_key_that_is_none_is_refused(school: System, key: str) -> None:
    """A key is a short plain text."""
    answer = school.post("/persons", NEW, headers={"Idempotency-Key": key})
    assert answer.status_code == 422


def test_one_request_is_one_transaction(app: Flask, world: World, school: System) -> None:
    """Who asks, what it does, its line and its kept answer are committed together."""
    commits: list[int] = []
    event.listen(app.extensions["engine"], "commit", lambda _connection: commits.append(1))
    world.session.commit()
    world.session.close()
    commits.clear()
    answer = school.client.post(
        "/api/v1/persons",
        json=NEW,
        headers={"Authorization": f"Bearer {school.token}", "Idempotency-Key": "a1"},
    )
    assert answer.status_code == 201
    assert len(commits) == 1
