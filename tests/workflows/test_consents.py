"""Consents over time: asked for again, replaced, expired."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import clock, consents
from workflows.tables import Consent, OpenTask


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """Every test starts in the present."""
    yield
    clock.travel(timedelta(0))


def travel_to_expiry(world: World, days_before: int) -> None:
    until = world.session.scalars(select(Consent.valid_until)).first()
    assert until is not None
    clock.travel(clock.offset_in((until - clock.today()).days - days_before))


def test_consents_that_soon_expire_are_asked_for_in_one_question(world: World) -> None:
    """Three consents that expire together give one renewal, thirty days before."""
    stories.to_measures(world)
    travel_to_expiry(world, 31)
    assert consents.next_to_renew(world.session) is None
    travel_to_expiry(world, 30)
    due = consents.next_to_renew(world.session)
    assert due is not None
    consents.ask_again(world.session, due)
    assert world.open_elements().count("samtykke_forslag") == 1
    assert consents.next_to_renew(world.session) is None


def test_a_new_answer_takes_the_place_of_the_old(world: World) -> None:
    """After a renewal each service has one consent in force and one that is replaced."""
    instance = stories.to_measures(world)
    travel_to_expiry(world, 20)
    due = consents.next_to_renew(world.session)
    assert due is not None
    consents.ask_again(world.session, due)
    stories.propose(world)
    stories.answer_consent(world)
    lines = consents.consents_of(world.session, instance.person_id, instance.municipality_id)
    assert sorted(line.status for line in lines) == ["erstattet"] * 3 + ["gjelder"] * 3


def test_a_renewal_that_is_refused_stops_the_sharing(world: World) -> None:
    """Saying no to the renewal ends the old consent too, and tells the case."""
    instance = stories.to_measures(world)
    travel_to_expiry(world, 20)
    due = consents.next_to_renew(world.session)
    assert due is not None
    consents.ask_again(world.session, due)
    stories.propose(world)
    stories.answer_consent(world, "nei")
    assert consents.live_services(world.session, instance) == set()


def test_an_expired_consent_does_what_a_withdrawal_does(world: World) -> None:
    """The service's tasks wait and the coordinator is told, once per consent."""
    instance = stories.to_measures(world)
    travel_to_expiry(world, -1)
    expired = 0
    while (consent := consents.next_expired(world.session)) is not None:
        consents.expire(world.session, consent)
        world.session.flush()
        expired += 1
    assert expired == 3
    assert world.open_elements() == ["oppfolging_trukket"]
    assert consents.live_services(world.session, instance) == set()


def test_a_new_consent_brings_the_services_tasks_back(world: World) -> None:
    """What waited for consent goes on by itself when it is given again."""
    instance = stories.to_measures(world)
    nav = world.session.scalars(
        select(Consent).where(Consent.service_id == world.services["nav"].id)
    ).one()
    consents.withdraw_consent(world.session, world.actor("Mia"), nav.id)
    assert [t.parked for t in waiting(world)] == ["uten_samtykke"]
    travel_to_expiry(world, 20)
    due = consents.next_to_renew(world.session)
    assert due is not None
    consents.ask_again(world.session, due)
    stories.propose(world)
    stories.answer_consent(world)
    assert waiting(world) == []
    assert world.services["nav"].id in consents.live_services(world.session, instance)


def waiting(world: World) -> list[OpenTask]:
    world.session.flush()
    return list(world.session.scalars(select(OpenTask).where(OpenTask.parked.is_not(None))))


def test_a_consent_that_could_not_be_handled_is_not_tried_for_ever(world: World) -> None:
    """Put aside, it is neither asked for again nor told a second time."""
    stories.to_measures(world)
    travel_to_expiry(world, -1)
    while (due := consents.next_expired(world.session)) is not None:
        consents.put_aside(world.session, due.municipality_id, due.id)
        world.session.flush()
    assert consents.next_to_renew(world.session) is None
