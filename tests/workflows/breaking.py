"""Operations that do their work and then fail, for as long as they are told to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from world import World

from workflows import clock, incidents, operations
from workflows.operations import Call
from workflows.tables import Incident, Municipality


class Broken:
    """One registered operation, broken until `mend`."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
        self.error: Exception | None = error
        self._works, parameters = operations._registered[name]
        patch.setitem(operations._registered, name, (self._run, parameters))

    def _run(self, call: Call) -> Mapping[str, Any] | None:
        given = self._works(call)
        call.session.flush()
        if self.error:
            raise self.error
        return given

    def mend(self) -> None:
        self.error = None


class Clashing:
    """One registered operation that so many times writes a row that is there already."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str, times: int = 1000) -> None:
        self.calls, self._times = 0, times
        self._works, parameters = operations._registered[name]
        patch.setitem(operations._registered, name, (self._run, parameters))

    def _run(self, call: Call) -> Mapping[str, Any] | None:
        given = self._works(call)
        self.calls += 1
        if self.calls <= self._times:
            there = {"id": call.instance.municipality_id, "name": "", "settings": {}}
            call.session.execute(insert(Municipality).values(**there))
        return given


def the_incident(world: World) -> Incident:
    """The only incident there is."""
    world.session.flush()
    return world.session.scalars(select(Incident)).one()


def retry_due(world: World, **time: float) -> int:
    """Travel in time and retry everything whose time has come; how many."""
    clock.travel(clock.offset() + timedelta(**time))
    retried = 0
    while (row := incidents.next_due(world.session)) is not None:
        incidents.retry_due(world.session, row)
        world.session.flush()
        retried += 1
    return retried
