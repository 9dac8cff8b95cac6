"""The demo municipality: invented residents whose cases have run for up to two years.

Everything is done by the real commands while travelling in time, and in one transaction: a build
that is interrupted leaves nothing behind. It will not touch a database that has a municipality.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session, sessionmaker

from webapp.demo.case_player import CasePlayer, OutOfTime
from webapp.demo.cast import RESIDENTS
from webapp.demo.families import Family
from webapp.demo.family_cast import FAMILIES
from webapp.demo.family_player import FamilyPlayer
from webapp.demo.municipality import Town, set_up
from webapp.demo.player import Player
from webapp.demo.resident import Resident
from workflows import clock, organisations
from workflows.errors import Conflict

EVERYBODY, EVERY_FAMILY = len(RESIDENTS), len(FAMILIES)
OPENED = timedelta(days=800)
"""How long ago the municipalities began to use the product: before the first story."""


def _silent(_text: str) -> None:
    pass


def build(
    sessions: sessionmaker[Session],
    progress: Callable[[str], None] = _silent,
    *,
    residents: int = EVERYBODY,
    families: int = EVERY_FAMILY,
) -> None:
    """Build the demo with the first so many residents and families.

    Raises Conflict in a used database.
    """
    chosen: list[Resident | Family] = [*RESIDENTS[:residents], *FAMILIES[:families]]
    end, phones = clock.now(), count(1)
    with sessions.begin() as session, clock.at(end):
        if organisations.municipalities(session):
            raise Conflict("Databasen er ikke tom.")
        with clock.at(end - OPENED):
            towns = set_up(session)
        for number, subject in enumerate(chosen, 1):
            player = _player(subject, session, towns[subject.town], end, phones)
            with suppress(OutOfTime):  # the rest of the story is still to come
                subject.story.play(player)
            player.finish()
            session.expunge_all()
            progress(f"Bygger demokommunen: {number} av {len(chosen)} …")


def _player(
    subject: Resident | Family, session: Session, town: Town, end: datetime, phones: Iterator[int]
) -> CasePlayer:
    if isinstance(subject, Family):
        return FamilyPlayer(session, town, subject, end, phones)
    return Player(session, town, subject, end, phones)
