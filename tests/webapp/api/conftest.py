"""Other systems that ask, each with a token of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from world import World

from tests.webapp.conftest import Client
from workflows import api_tokens, organisations
from workflows.tables import AuditEntry

YEAR = timedelta(days=365)


@dataclass
class System:
    """A system that works for a service; what it sends is JSON."""

    client: Client
    world: World
    username: str
    token: str
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **self.headers}
        headers |= more.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        more |= {"json": json} if json is not None else {}
        return self.call("POST", path, **more)

    @property
    def noted(self) -> list[tuple[str, str]]:
        """(action, basis) of the lines that the system has left in the record."""
        account = api_tokens.service_account(self.world.session, self.username, "")
        rows = self.world.session.execute(
            select(AuditEntry.action, AuditEntry.basis)
            .where(AuditEntry.actor_id == account.id)
            .order_by(AuditEntry.at, AuditEntry.id)
        )
        return [tuple(row) for row in rows]


SystemOf = Callable[..., System]


@pytest.fixture
def system_of(app: Flask, world: World) -> SystemOf:
    """A system that works for a kind of service; with every scope when none is named."""

    def made(kind: str, *scopes: str, roles: tuple[str, ...] = ()) -> System:
        account = api_tokens.service_account(world.session, f"system-{kind}", f"System {kind}")
        organisations.employ(world.session, account, world.services[kind], "System", roles)
        granted = scopes or api_tokens.SCOPES
        _token, text = api_tokens.create_token(world.session, account, "x", granted, YEAR)
        client = app.test_client()
        assert isinstance(client, Client)
        client.world = world
        return System(client, world, account.username, text)

    return made


@pytest.fixture
def unit(system_of: SystemOf) -> System:
    """A system of the coordinating unit, whose duty is a basis for everybody."""
    return system_of("koordinerende_enhet")


@pytest.fixture
def school(system_of: SystemOf) -> System:
    """A system of the school, which needs a consent."""
    return system_of("skole")
