"""A real app on a real database for every test of the pages."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from world import World, full_world

from webapp import create_app, logs
from workflows import clock


class Client(FlaskClient):
    """A browser without script. What the world has written is committed before each request."""

    world: World | None = None

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if self.world:
            self.world.session.commit()
            self.world.session.expire_all()
        return super().open(*args, **kwargs)


@pytest.fixture(autouse=True)
def logged() -> Iterator[StringIO]:
    """What the test made the product log; the clock is back where it was afterwards."""
    lines = StringIO()
    logs.configure(lines)
    yield lines
    clock.travel(timedelta(0))


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The app on a fresh SQLite file. Forms need no token here: test_edge sees to that."""
    made = create_app(f"sqlite:///{tmp_path}/test.db", testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    made.test_client_class = Client
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """The small municipality of `world.full_world`, in the app's database."""
    with app.extensions["sessions"]() as session:
        made = full_world(session)
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
