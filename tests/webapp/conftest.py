"""A real app on a real database for every test of the pages."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from argon2 import PasswordHasher
from databases import Databases, with_tables
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import make_server
from world import World, full_world

from webapp import create_app, logs
from workflows import accounts, clock
from workflows.database import connect, sessions
from workflows.tables import Account, Municipality, Person, Service


class Client(FlaskClient):
    """A browser without script. What the world has written is committed before each request,

    and what the request has written is what the world sees after it.
    """

    world: World | None = None

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if self.world:
            self.world.session.commit()
        answer = super().open(*args, **kwargs)
        if self.world:
            self.world.session.expire_all()
        return answer


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords are hashed as in earnest, with far less work."""
    with pytest.MonkeyPatch.context() as patch:
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(accounts, "_hasher", hasher)
        patch.setattr(accounts, "_NOBODY", hasher.hash("no such account"))
        yield


@pytest.fixture(autouse=True)
def logged() -> Iterator[StringIO]:
    """What the test made the product log; the clock is back where it was afterwards."""
    lines = StringIO()
    logs.configure(lines)
    yield lines
    clock.travel(timedelta(0))


class Reopened(World):
    """The world again, from the rows of a database it was built in before."""

    def __post_init__(self) -> None:
        self.municipality = self.session.scalars(select(Municipality)).one()
        self.services = {row.kind: row for row in self.session.scalars(select(Service))}
        self.accounts = {row.name: row for row in self.session.scalars(select(Account))}
        self.persons = {row.name: row for row in self.session.scalars(select(Person))}


@pytest.fixture(scope="session")
def seed(databases: Databases, quick_passwords: None) -> str:
    """The address of a database with the small municipality of `world.full_world`, to be copied."""
    url = with_tables(databases)
    engine = connect(url)
    with sessions(engine).begin() as session:
        full_world(session)
    engine.dispose()
    return url


@pytest.fixture
def town(databases: Databases, seed: str) -> Iterator[str]:
    """The address of a database of one's own with that municipality."""
    url = databases.copy(seed)
    yield url
    databases.drop(url)


@pytest.fixture
def app(town: str) -> Iterator[Flask]:
    """The app on a database of its own. Forms need no token here: test_routes sees to that."""
    made = create_app(town, testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    made.test_client_class = Client
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """The small municipality of `world.full_world`, in the app's database."""
    with app.extensions["sessions"]() as session:
        made = Reopened(session)
        session.commit()
        yield made


@pytest.fixture
def stranger(app: Flask, world: World) -> Client:
    """A browser in which nobody is logged in."""
    client = app.test_client()
    assert isinstance(client, Client)
    client.world = world
    return client


@pytest.fixture
def client_of(app: Flask, world: World) -> Callable[[str], Client]:
    """A browser in which the named account of the world is logged in."""

    def logged_in(name: str) -> Client:
        client = app.test_client()
        assert isinstance(client, Client)
        client.world = world
        with client.session_transaction() as cookie:
            cookie["account"] = str(world.accounts[name].id)
            cookie["generation"] = world.accounts[name].generation
        return client

    return logged_in


@pytest.fixture
def site(app: Flask, world: World) -> Iterator[str]:
    """The address of the app in a server of its own, for a real browser."""
    world.session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
