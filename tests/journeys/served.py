"""A running server on a fresh database, in the test's own process so that time can travel."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Thread

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server
from world import World, full_world

from webapp import create_app, jobs
from workflows import clock
from workflows.tables import OpenTask


@dataclass
class Served:
    """The server's address, and what a test may do behind the users' backs."""

    url: str
    app: Flask
    world: World

    def meanwhile(self, *happens: Callable[[World], object]) -> None:
        """What others do at command level, on what the browsers have done so far.

        The world's own rows are kept loaded: reading one anew would hold the database.
        """
        world = self.world
        named = (world.services, world.accounts, world.persons)
        known = {world.municipality, *(row for rows in named for row in rows.values())}
        for row in set(world.session) - known:
            world.session.expire(row)
        for each in happens:
            each(world)
        world.session.commit()

    def pass_days(self, days: int) -> int:
        """Travel in time and let the job thread's work be done; how many timers went off."""
        clock.travel(clock.offset_in(days))
        return jobs.run_due(self.app.extensions["sessions"])

    def pass_until(self, element: str) -> None:
        """Travel week by week until a task at `element` is open."""
        for _week in range(60):
            if self.tasks(element):
                return
            self.pass_days(7)
        raise AssertionError(f"{element} never opened")

    def tasks(self, element: str, about: str = "") -> list[OpenTask]:
        """The open tasks at an element, or only those that are about one member of a family."""
        query = select(OpenTask).where(OpenTask.element == element)
        if about:
            query = query.where(OpenTask.person_id == self.world.persons[about].id)
        with self.app.extensions["sessions"]() as session:
            return list(session.scalars(query))


@contextmanager
def serve(database: str) -> Iterator[Served]:
    """Serve the small municipality of `world.full_world` until the block is left."""
    app = create_app(database, demo=True, testing=True)
    session = app.extensions["sessions"]()
    world = full_world(session)
    session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", app, world)
    finally:
        server.shutdown()
        thread.join()
        session.close()
        app.extensions["engine"].dispose()
        clock.travel(timedelta(0))
