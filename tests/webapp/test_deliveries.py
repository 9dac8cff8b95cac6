"""Messages on their way to a real receiver: signed, tried again, and kept from inside."""

import base64
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from world import World

from tests.workflows import stories
from webapp import cli, deliveries, jobs
from workflows import api_tokens, clock, organisations, webhooks
from workflows.actors import load_actor
from workflows.tables import IdempotencyKey, Webhook, WebhookDelivery


@dataclass
class Receiver:
    """A web server that answers with these statuses in turn, and keeps what it was sent."""

    answers: list[int] = field(default_factory=list)
    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.sent.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(made.answers.pop(0) if made.answers else 204)
            self.send_header("Location", f"http://127.0.0.1:{made.port}/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


Hook = Callable[..., Webhook]


@pytest.fixture
def hook(world: World) -> Hook:
    """Has an address told of every case that starts; one has started already."""

    def made(url: str) -> Webhook:
        account = api_tokens.service_account(world.session, "fag", "Fag")
        organisations.employ(world.session, account, world.services["koordinerende_enhet"], "x")
        actor = load_actor(world.session, account.id)
        webhook = webhooks.subscribe(world.session, actor, url, ["instance.started"])
        stories.start(world)
        world.session.commit()
        return webhook

    return made


def send(app: Flask, **more: Any) -> int:
    return deliveries.send_some(app.extensions["sessions"], **{"private": True, **more})


def only(world: World) -> WebhookDelivery:
    world.session.expire_all()
    row = world.session.query(WebhookDelivery).one()
    world.session.commit()
    return row


def test_message_is_signed(app: Flask, world: World, hook: Hook, receiver: Receiver) -> None:
    """Who has the secret can tell that it is from us, when, and that it is whole."""
    webhook = hook(receiver.url)
    assert send(app) == 1
    [(headers, body)] = receiver.sent
    key = base64.b64decode(webhook.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    assert json.loads(body)["type"] == "instance.started"
    assert only(world).sent_at is not None
    assert send(app) == 0


def test_what_fails_is_tried_again(
    app: Flask, world: World, hook: Hook, receiver: Receiver
) -> None:
    """A receiver that fails twice gets the same message a third time, later each time."""
    receiver.answers = [500, 503]
    hook(receiver.url)
    assert [send(app), send(app)] == [0, 0]
    assert len(receiver.sent) == 1
    for days in (1, 2):
        with clock.at(clock.now() + timedelta(days=days)):
            send(app)
    row = only(world)
    assert (row.tries, row.result, row.sent_at is not None) == (3, "204", True)
    assert len({headers["webhook-id"] for headers, _body in receiver.sent}) == 1


def test_redirects_are_not_followed(
    app: Flask, world: World, hook: Hook, receiver: Receiver
) -> None:
    """A receiver cannot send us elsewhere."""
    receiver.answers = [307]
    hook(receiver.url)
    assert send(app) == 0
    assert (len(receiver.sent), only(world).result) == (1, "307")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"],  # noqa: S104
)
def test_inside_addresses_are_not_spoken_to(
    app: Flask, world: World, hook: Hook, receiver: Receiver, host: str
) -> None:
    """Unless it is allowed, nothing is sent to where the municipality's own machines are."""
    hook(f"http://{host}:{receiver.port}/")
    assert send(app, private=False) == 0
    assert receiver.sent == []
    assert only(world).result in {"intern adresse", "ingen kontakt"}


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f::1", True),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
    ],
)
def test_inside_is_known(address: str, outside: bool) -> None:
    """Private, local, shared and multicast addresses are inside, however they are written."""
    assert deliveries._is_outside(address) is outside


def test_allowed_by_the_environment(
    app: Flask, hook: Hook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever runs it can allow addresses inside."""
    hook(receiver.url)
    monkeypatch.setenv("RODTRAD_WEBHOOKS_PRIVATE", "1")
    assert send(app, private=None) == 1


def test_nobody_there_is_no_error(app: Flask, world: World, hook: Hook) -> None:
    """A receiver that is down is tried later."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    hook(f"http://127.0.0.1:{port}/")
    assert send(app) == 0
    row = only(world)
    assert (row.result, row.failed_at) == ("ingen kontakt", None)


def test_slow_receiver_is_given_up(
    app: Flask, world: World, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who answers a byte at a time does not hold the others up."""
    monkeypatch.setattr(deliveries, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        hook(f"http://127.0.0.1:{server.getsockname()[1]}/")
        assert send(app) == 0
    assert only(world).result in {"tidsavbrudd", "ingen kontakt"}


def test_plain_answer_to_https_is_no_error(
    app: Flask, world: World, hook: Hook, receiver: Receiver
) -> None:
    """A receiver whose certificate cannot be trusted is not told anything."""
    hook(receiver.url.replace("http://", "https://"))
    assert send(app) == 0
    assert (receiver.sent, only(world).result) == ([], "sertifikat")


def test_sending_holds_no_transaction(
    app: Flask, world: World, hook: Hook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a message is sent, others can write."""
    hook(receiver.url)

    def post(_taken: Any, *, private: bool) -> int:
        with app.extensions["sessions"].begin() as session:
            session.add(Webhook(municipality_id=uuid4(), account_id=uuid4(), url="", events=[],
                                secret="", created_at=clock.now()))  # fmt: skip
        return 200

    monkeypatch.setattr(deliveries, "_post", post)
    assert send(app) == 1


def test_jobs_send(app: Flask, hook: Hook, receiver: Receiver, monkeypatch: Any) -> None:
    """The thread that moves cases sends what is due, too."""
    monkeypatch.setenv("RODTRAD_WEBHOOKS_PRIVATE", "1")
    hook(receiver.url)
    thread = jobs.Jobs(app.extensions["sessions"], every=0.01)
    thread.start()
    for _ in range(200):
        if receiver.sent:
            break
        thread._thread.join(0.02)
    thread.stop()
    assert len(receiver.sent) == 1


def test_old_answers_are_forgotten_daily(app: Flask, world: World) -> None:
    """What is older than a day goes."""
    old = clock.now() - timedelta(hours=25)
    world.session.add(
        IdempotencyKey(
            account_id=uuid4(),
            key="k",
            route="r",
            request_hash="h",
            status=200,
            body="",
            created_at=old,
        )
    )
    world.session.commit()
    jobs.forget_old(app.extensions["sessions"])
    assert world.session.query(IdempotencyKey).count() == 0


def test_given_up_is_listed_and_tried_again(
    app: Flask, world: World, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`webhook failed` says what was wrong, and `webhook retry` sends it again."""
    hook("http://127.0.0.1:9/hook")
    row = only(world)
    row.failed_at, row.next_try_at, row.result = clock.now(), None, "500"
    world.session.commit()
    url = app.extensions["engine"].url.render_as_string()
    monkeypatch.setenv("RODTRAD_DATABASE_URL", url)
    listed = CliRunner().invoke(cli.main, ["webhook", "failed"], catch_exceptions=False)
    assert "instance.started  http://127.0.0.1:9/hook  500" in listed.output
    again = CliRunner().invoke(cli.main, ["webhook", "retry"], catch_exceptions=False)
    assert again.output == "1 meldinger blir sendt på nytt.\n"
    assert only(world).next_try_at is not None
