"""The logs say what happened and never to whom."""

import json
import logging
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from world import World

from webapp import edge, logs
from workflows.access import PUBLIC

Browser = Callable[[str], FlaskClient]
NAME, NUMBER = "Ingeborg Hemmeligstad", "01011012345"


def lines(logged: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged.getvalue().splitlines()]


def test_one_line_per_request(client_of: Browser, world: World, logged: StringIO) -> None:
    """Method, route, status, time and account: no more."""
    client_of("Kari").get("/varsler/?q=x")
    [line] = lines(logged)
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/varsler/",
        "status": 200,
        "account": str(world.account_id("Kari")),
    }


def test_route_is_the_rule_and_not_the_address(client_of: Browser, logged: StringIO) -> None:
    """No id of a case, and nothing of an address we do not have, is written down."""
    client_of("Kari").post("/varsler/00000000-0000-0000-0000-000000000001")
    client_of("Kari").get(f"/{NAME}")
    assert [line["route"] for line in lines(logged)] == ["/varsler/<uuid:notice_id>", "-"]


def test_person_is_in_no_log(
    app: Flask, client_of: Browser, logged: StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither names nor numbers reach the log: from addresses, forms, log-in, errors, libraries."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fails() -> str:
        person, number = NAME, NUMBER
        logging.getLogger("library").warning("Could not find %s", person)
        with edge.transaction() as session:
            session.execute(
                text("select :name, :number from nowhere"), {"name": person, "number": number}
            )
        return ""

    def raises() -> str:
        try:
            int(NAME)
        except ValueError:
            logging.getLogger("library").exception("Failed")
        raise KeyError(NUMBER)

    for view in (fails, raises):
        app.add_url_rule(
            f"/{view.__name__}",
            view.__name__,
            edge.permission(PUBLIC)(view),
            methods=["GET", "POST"],
        )
    client = client_of("Kari")
    for path in ("/fails", "/raises"):
        answer = client.post(f"{path}?q={NAME}", data={"navn": NAME, "fnr": NUMBER})
        assert answer.status_code == 500
    for _ in range(12):
        client.post("/logg-inn", data={"username": NAME, "password": NUMBER})
    written = logged.getvalue()
    assert re.search("(Operational|Programming)Error < ", written)
    assert "KeyError < tests/webapp/test_logs.py" in written
    assert "Could not find %s" in written
    for secret in (*NAME.split(), NUMBER):
        assert secret not in written


def test_page_and_log_share_a_reference(app: Flask, client_of: Browser, logged: StringIO) -> None:
    """The code a user is shown finds the error in the log."""
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fails() -> str:
        raise RuntimeError

    app.add_url_rule("/fails", "fails", edge.permission(PUBLIC)(fails))
    answer = client_of("Kari").get("/fails")
    [failed] = [line for line in lines(logged) if line["event"] == "failed"]
    assert failed["reference"] in answer.text
    assert failed["what"] == "/fails"


def test_readable_for_a_person() -> None:
    """At a terminal a line reads as one."""
    out = StringIO()
    logs.configure(out, readable=True)
    logs.event("timers", moved=3)
    assert "timers" in out.getvalue()
    assert "moved=3" in out.getvalue()
