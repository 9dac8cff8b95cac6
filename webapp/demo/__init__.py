"""The demo municipality: invented residents whose cases have run for up to two years.

Everything is done by the real commands while travelling in time, and in one transaction: a build
that is interrupted leaves nothing behind. It will not touch a database that has a municipality.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count

from sqlalchemy.orm import Session, sessionmaker

from webapp.demo.case_player import OutOfTime
from webapp.demo.cast import RESIDENTS
from webapp.demo.municipality import set_up
from webapp.demo.player import Player
from workflows import clock, organisations
from workflows.errors import Conflict

EVERYBODY = len(RESIDENTS)
OPENED = timedelta(days=800)
"""How long ago the municipalities began to use the product: before the first story."""


def _silent(_text: str) -> None:
    pass


def build(
    sessions: sessionmaker[Session],
    progress: Callable[[str], None] = _silent,
    *,
    residents: int = EVERYBODY,
) -> None:
    """Build the demo with the first so many residents. Raises Conflict in a used database."""
    end, chosen, phones = clock.now(), RESIDENTS[:residents], count(1)
    with sessions.begin() as session, clock.at(end):
        if organisations.municipalities(session):
            raise Conflict("Databasen er ikke tom.")
        with clock.at(end - OPENED):
            towns = set_up(session)
        for number, resident in enumerate(chosen, 1):
            player = Player(session, towns[resident.town], resident, end, phones)
            with suppress(OutOfTime):  # the rest of the story is still to come
                resident.story.play(player)
            player.finish()
            session.expunge_all()
            progress(f"Bygger demokommunen: {number} av {len(chosen)} …")


def is_built(sessions: sessionmaker[Session]) -> bool:
    """True when the database has a finished demo, and nothing else."""
    with sessions.begin() as session:
        return bool(organisations.municipalities(session)) and organisations.all_demo(session)
