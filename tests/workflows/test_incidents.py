"""What fails in a case: what is kept, what is undone, who is told, and how it goes on."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from world import World

from tests.workflows import stories
from tests.workflows.breaking import Broken, retry_due, the_incident
from workflows import cases, clock, consents, halting, incidents, process_instances, timers
from workflows.errors import Conflict, Denied, Invalid, NotFound
from workflows.tables import (
    AuditEntry,
    Consent,
    HistoryEntry,
    Incident,
    Notice,
    OpenTask,
    Plan,
    ProcessInstance,
    Timer,
)

SECRET = ValueError("Mia Testesen")
APPOINT = "coordinator.appoint"


@pytest.fixture(autouse=True)
def back_in_time() -> Iterator[None]:
    """The clock is back where it was afterwards."""
    yield
    clock.travel(timedelta(0))


@pytest.fixture
def operated(world: World) -> World:
    """Odd runs the system for the municipality."""
    world.employee("Odd", "koordinerende_enhet", "Driftsansvarlig", "drift")
    return world


def appointed(world: World, monkeypatch: pytest.MonkeyPatch, error: Exception) -> Broken:
    """Kari appoints a coordinator, and the operation that writes it down fails."""
    broken = Broken(monkeypatch, APPOINT, error)
    stories.to_coordinator(world)
    return broken


def case(world: World) -> ProcessInstance:
    return world.session.scalars(select(ProcessInstance)).one()


def told(world: World, element: str) -> list[str]:
    query = select(HistoryEntry.kind).where(HistoryEntry.element == element)
    return list(world.session.scalars(query.order_by(HistoryEntry.seq)))


def recorded(world: World) -> list[tuple[str, ...]]:
    query = select(AuditEntry.action, AuditEntry.basis).order_by(AuditEntry.id)
    return [tuple(row) for row in world.session.execute(query) if "incident" in row.action]


def test_writes_are_undone_and_the_answers_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of what the operation wrote is there; what the person answered is, once."""
    appointed(world, monkeypatch, SECRET)
    assert case(world).coordinator_id is None
    assert told(world, "oppnevn_koordinator") == ["completed"]
    assert told(world, "registrer_koordinator") == ["failed"]
    assert world.open_elements() == []
    assert "coordinator:appoint" not in {
        action for (action,) in world.session.execute(select(AuditEntry.action))
    }


def test_row_says_what_and_where_and_nothing_about_whom(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error's class and place are noted, not its words."""
    appointed(world, monkeypatch, SECRET)
    row = the_incident(world)
    assert (row.element, row.kind, row.status, row.attempts) == (
        "registrer_koordinator", "operation", "open", 1,
    )  # fmt: skip
    assert row.title == "Registrer koordinator"
    assert row.error.startswith("ValueError < tests/workflows/breaking.py:")
    assert "Testesen" not in row.error


@pytest.mark.parametrize(
    "error",
    [
        Invalid("Velg en annen.", "koordinator"),
        Conflict("Noen andre var raskere."),
        Denied("Det kan du ikke."),
    ],
)
def test_what_the_person_can_mend_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A field of the form just sent, a race or a missing basis: the request is refused."""
    stories.to_consent(world)
    stories.answer_consent(world)
    world.session.commit()
    Broken(monkeypatch, APPOINT, error)
    with pytest.raises(type(error)):
        world.complete(
            "Kari", "oppnevn_koordinator",
            koordinator=str(world.account_id("Siri")), begrunnelse="Mia ønsker Siri.",
        )  # fmt: skip
    world.session.rollback()
    assert world.open_elements() == ["oppnevn_koordinator"]
    assert world.session.scalars(select(Incident)).all() == []


@pytest.mark.parametrize("field", ["", "finnes_ikke"])
def test_what_the_person_cannot_mend_stands_still(
    world: World, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """An answer that no field of the form asks for is nothing the person can give."""
    appointed(world, monkeypatch, Invalid("Svaret mangler.", field))
    assert the_incident(world).error.startswith("Svaret mangler. ")


@pytest.mark.parametrize("kind", [OperationalError, IntegrityError])
def test_errors_of_the_database_stop_everything(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """A lost race or a database that is away is nobody's incident: all is undone."""
    with pytest.raises(kind):
        appointed(world, monkeypatch, kind("", {}, Exception("UNIQUE")))  # type: ignore[call-arg]
    world.session.rollback()
    assert world.session.scalars(select(Incident)).all() == []


def test_start_of_a_case_can_stand_still(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The need that was reported is kept, without a plan, until the retry opens one."""
    broken = Broken(monkeypatch, "plan.open", SECRET)
    stories.start(world)
    assert world.session.scalars(select(Plan)).all() == []
    broken.mend()
    row = the_incident(world)
    incidents.retry_due(world.session, row)
    assert (row.status, world.open_elements()) == ("retried", ["vurder_behov"])
    assert world.session.scalars(select(Plan)).all() != []


def test_retry_by_an_operator(operated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on at once when it is mended; who asked is noted, with the basis of operation."""
    world = operated
    broken = appointed(world, monkeypatch, SECRET)
    row = the_incident(world)
    odd = world.actor("Odd")
    assert incidents.retry(world.session, odd, row.id).status == "open"
    broken.mend()
    incidents.retry(world.session, odd, row.id)
    assert (row.status, row.attempts, row.resolved_by) == ("retried", 2, odd.account_id)
    assert case(world).coordinator_id == world.account_id("Siri")
    assert told(world, "registrer_koordinator") == [
        "failed", "retried", "failed", "retried", "completed",
    ]  # fmt: skip
    tries = [("incident:retry", "drift")] * 2
    assert recorded(world) == [("incident:fail", "system"), *tries]
    with pytest.raises(Conflict):
        incidents.retry(world.session, odd, row.id)


def test_skip_by_an_operator(operated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case goes on without; why is kept with who said so."""
    world = operated
    appointed(world, monkeypatch, SECRET)
    row, odd = the_incident(world), world.actor("Odd")
    for reason in ("", " \n ", "x" * 501):
        with pytest.raises(Invalid):
            incidents.skip(world.session, odd, row.id, reason)
    incidents.skip(world.session, odd, row.id, "Siri er skrevet inn for hånd.")
    assert (row.status, row.reason) == ("skipped", "Siri er skrevet inn for hånd.")
    assert row.resolved_by == odd.account_id
    assert told(world, "registrer_koordinator") == ["failed", "skipped"]
    assert recorded(world)[-1] == ("incident:skip", "drift")
    assert world.open_elements() != []


def test_row_follows_where_the_case_stands(
    operated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is the truth: in another version of the diagram the place has another name."""
    world = operated
    appointed(world, monkeypatch, SECRET)
    row = the_incident(world)
    row.element, row.title = "het_noe_annet", "Het noe annet"
    incidents.retry(world.session, world.actor("Odd"), row.id)
    assert (row.element, row.title) == ("registrer_koordinator", "Registrer koordinator")


def test_others_than_operators_are_refused(
    operated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coordinating unit too; an operator of another municipality finds nothing."""
    world = operated
    appointed(world, monkeypatch, SECRET)
    row = the_incident(world)
    kari = world.actor("Kari")
    for act in (
        lambda: incidents.incidents(world.session, kari),
        lambda: incidents.groups(world.session, kari),
        lambda: incidents.retry(world.session, kari, row.id),
        lambda: incidents.skip(world.session, kari, row.id, "Fordi"),
        lambda: incidents.retry_all(world.session, kari, "individuell_plan", row.element),
    ):
        with pytest.raises(Denied):
            act()
    other = World(world.session)
    other.service("koordinerende_enhet")
    world.accounts["Ola"] = other.employee("Ola", "koordinerende_enhet", "Drift", "drift")
    assert incidents.incidents(world.session, world.actor("Ola")) == []
    with pytest.raises(NotFound):
        incidents.retry(world.session, world.actor("Ola"), row.id)


def test_operators_are_told_once(operated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unread notice, however many stand still, and it names nobody."""
    world = operated
    Broken(monkeypatch, "plan.open", SECRET)
    stories.start(world)
    world.person("Per")
    world.start("Kari", "Per", plantype="individuell_plan")
    world.session.flush()
    notices = world.session.scalars(select(Notice)).all()
    assert [(each.account_id, each.text) for each in notices] == [
        (world.account_id("Odd"), halting.STOPPED)
    ]


def overdue(world: World, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """A reminder whose time has come, and whose sending fails."""
    stories.start(world)
    broken = Broken(monkeypatch, "notify", SECRET)
    stories.pass_days(world, 30)
    return broken


def test_what_fails_by_itself_is_retried_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute, ten, an hour and a day; then somebody must look at it."""
    overdue(world, monkeypatch)
    assert world.session.scalar(select(Timer.id).where(Timer.due_at <= clock.now())) is None
    assert world.open_elements() == ["vurder_behov"]
    assert retry_due(world, seconds=30) == 0
    for time in ({"minutes": 1}, {"minutes": 10}, {"hours": 1}, {"days": 1}):
        assert retry_due(world, **time) == 1
        assert retry_due(world) == 0
    row = the_incident(world)
    assert (row.attempts, row.next_retry_at) == (5, None)
    assert retry_due(world, days=40) == 0


def test_retry_by_itself_that_succeeds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reminder is sent after all, and the incident is over."""
    overdue(world, monkeypatch).mend()
    assert retry_due(world, minutes=1) == 1
    assert the_incident(world).status == "retried"
    assert world.session.scalars(select(Notice)).all() != []


def test_what_fails_for_a_person_waits_for_an_operator(
    operated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then it is not retried by itself; all of a kind are retried together by the jobs."""
    world = operated
    broken = appointed(world, monkeypatch, SECRET)
    assert retry_due(world, days=40) == 0
    broken.mend()
    odd = world.actor("Odd")
    element = the_incident(world).element
    assert incidents.retry_all(world.session, odd, "holf", element) == 0
    assert incidents.retry_all(world.session, odd, "individuell_plan", element) == 1
    assert retry_due(world) == 1
    assert the_incident(world).status == "retried"


def test_incident_that_is_not_needed_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is withdrawn with everything else in its case stands in no list."""
    instance = stories.to_measures(world)
    Broken(monkeypatch, "measure.report", SECRET)
    stories.report(world, "Siri")
    assert the_incident(world).status == "open"
    consents.withdraw_all(world.session, world.actor("Mia"), instance.id)
    assert the_incident(world).status == "lapsed"


def test_case_does_not_end_before_what_stands_still_is_over(
    operated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reminder that stands still is skipped, and then the case ends."""
    world = operated
    overdue(world, monkeypatch)
    world.complete("Kari", "vurder_behov", vurdering="ikke_behov", begrunnelse="Nei.")
    assert case(world).ended_at is None
    incidents.skip(world.session, world.actor("Odd"), the_incident(world).id, "For sent.")
    assert case(world).ended_at is not None


def test_list_is_paged_and_filtered(operated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest first, from an incident on; by the process of the case; grouped by element."""
    world = operated
    Broken(monkeypatch, "plan.open", SECRET)
    stories.start(world)
    for name in ("Per", "Ida", "Eva"):
        world.person(name)
        world.start("Kari", name, plantype="individuell_plan")
    world.session.flush()
    odd = world.actor("Odd")
    whole = incidents.incidents(world.session, odd)
    pages = [incidents.incidents(world.session, odd, limit=2)]
    pages.append(incidents.incidents(world.session, odd, after=pages[0][-1].id, limit=2))
    assert [line.id for page in pages for line in page] == [line.id for line in whole]
    assert len(whole) == 4
    assert incidents.incidents(world.session, odd, process="holf") == []
    (group,) = incidents.groups(world.session, odd)
    assert (group.process, group.element, group.count) == ("individuell_plan", "opprett_forlop", 4)
    assert incidents.incidents(world.session, odd, after=uuid4()) == []


def test_diagram_that_goes_round_keeps_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would run for ever stands still before it begins, with nothing of it done."""
    instance = stories.to_consent(world)
    monkeypatch.setattr("workflows.engine.case.MOST_STEPS", 2)
    stories.answer_consent(world)
    row = the_incident(world)
    assert "Går i ring" in row.error
    assert told(world, "samtykke_svar") == ["completed"]
    monkeypatch.undo()
    incidents.retry_due(world.session, row)
    assert (row.status, bool(world.open_elements())) == ("retried", True)
    decided = world.session.scalars(select(Consent.decided_by)).all()
    assert set(decided) == {world.account_id("Mia")}
    assert process_instances.load(world.session, instance).incidents == []


def test_whole_case_that_cannot_move_rests(
    operated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its timer waits as long as an incident would; it is over when the case moves."""
    world = operated
    stories.start(world)
    clock.travel(timedelta(days=30))
    timer = timers.next_due(world.session)
    assert timer is not None
    for wait in halting.WAITS:
        halting.case_failed(world.session, timer, SECRET)
        world.session.flush()
        assert timers.next_due(world.session) is None
        clock.travel(clock.offset() + wait + timedelta(seconds=1))
        assert timers.next_due(world.session) is not None
    row = the_incident(world)
    assert (row.kind, row.attempts) == ("case", 4)
    with pytest.raises(Invalid):
        incidents.skip(world.session, world.actor("Odd"), row.id, "Fordi")
    timers.fire(world.session, timer)
    assert the_incident(world).status == "retried"


def test_case_page_tells_of_what_stands_still(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sees where the case stands sees the step; who may not, does not."""
    appointed(world, monkeypatch, SECRET)
    seen = cases.case_page(world.session, world.actor("Mia"), case(world).id).case.stopped
    assert [(one.title, one.element) for one in seen] == [
        ("Registrer koordinator", "registrer_koordinator")
    ]
    assert world.session.scalars(select(OpenTask)).all() == []
