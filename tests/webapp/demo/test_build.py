"""The demo as it is built: whole or not at all, and true to its stories."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from forms import national_number
from webapp import demo
from webapp.demo.cast import FROM_SCRATCH, MAIN_CHARACTER
from workflows import clock, organisations
from workflows.accounts import demo_users
from workflows.actors import COORDINATING_UNIT
from workflows.errors import Conflict
from workflows.tables import (
    Account,
    AuditEntry,
    Decision,
    Evaluation,
    HistoryEntry,
    Incident,
    Municipality,
    Notice,
    OpenTask,
    Person,
    Plan,
    ProcessInstance,
    Service,
    Timer,
)


def person(session: Session, name: str) -> Person:
    return session.scalars(select(Person).where(Person.name == name)).one()


def test_progress_is_told(built: sessionmaker[Session], told: list[str]) -> None:
    """Whoever waits sees how far the build has come."""
    assert told[-1] == "Bygger demokommunen: 16 av 16 …"


def test_an_interrupted_build_leaves_nothing(
    empty: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that is stopped half way leaves no rows, and can be done again."""

    def interrupt(_text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "RESIDENTS", (FROM_SCRATCH,))
    monkeypatch.setattr(demo, "FAMILIES", ())
    with pytest.raises(KeyboardInterrupt):
        demo.build(empty, interrupt)
    with empty() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_the_clock_is_back_after_an_interruption(
    empty: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build travels in time and comes back, also when it fails."""

    def fail(_text: str) -> None:
        raise ZeroDivisionError

    before = clock.offset()
    monkeypatch.setattr(demo, "RESIDENTS", (FROM_SCRATCH,))
    monkeypatch.setattr(demo, "FAMILIES", ())
    with pytest.raises(ZeroDivisionError):
        demo.build(empty, fail)
    assert clock.offset() == before


def test_real_data_is_left_alone(empty: sessionmaker[Session]) -> None:
    """A database with a municipality in it is not built upon."""
    with empty.begin() as session:
        organisations.add_municipality(session, "Prøvevik kommune")
    with pytest.raises(Conflict):
        demo.build(empty, residents=1, families=0)


def test_every_municipality_is_marked(session: Session) -> None:
    """Every municipality says that its persons are invented."""
    assert organisations.all_demo(session)


def test_no_number_can_be_a_real_persons(session: Session) -> None:
    """Every national number is valid in form and marked as synthetic by its month."""
    numbers = session.scalars(select(Person.national_number)).all()
    assert numbers
    for number in numbers:
        assert number is not None
        assert national_number.fault(number, clock.today()) is None
        assert 81 <= int(number[2:4]) <= 92


def test_no_address_reaches_anyone(session: Session) -> None:
    """Every e-mail address is under a domain that is reserved for examples."""
    found = [*session.scalars(select(Person.email)), *session.scalars(select(Service.email))]
    assert all(address is None or address.endswith(".example") for address in found)


def test_every_case_goes_on_somewhere(session: Session) -> None:
    """A case that runs has a task somebody has, or a date for what happens next."""
    running = session.scalars(select(ProcessInstance).where(ProcessInstance.ended_at.is_(None)))
    for case in running:
        tasks = session.scalars(select(OpenTask).where(OpenTask.instance_id == case.id)).all()
        timers = session.scalars(select(Timer).where(Timer.instance_id == case.id)).all()
        assert tasks or timers, case.person.name
        for task in tasks:
            assert task.for_person or task.service_id or task.assignee_id, task.title


def test_nothing_is_left_to_happen(session: Session) -> None:
    """Every timer whose moment has passed has fired, and none failed."""
    assert session.scalars(select(Timer).where(Timer.due_at <= clock.now())).all() == []
    assert session.scalars(select(Incident)).all() == []


def test_history_is_in_order(session: Session) -> None:
    """What happened in a case stands in the order it happened, and never after today."""
    for case in session.scalars(select(ProcessInstance)):
        moments = session.scalars(
            select(HistoryEntry.at)
            .where(HistoryEntry.instance_id == case.id)
            .order_by(HistoryEntry.seq)
        ).all()
        assert moments == sorted(moments)
        assert moments[-1] <= clock.now()


def test_every_case_has_its_record(session: Session) -> None:
    """Every case left lines in the record of who did what, each with a basis."""
    for case in session.scalars(select(ProcessInstance)):
        lines = session.scalars(
            select(AuditEntry).where(AuditEntry.person_id == case.person_id)
        ).all()
        assert {"process:start", "person:register"} <= {line.action for line in lines}
        assert all(line.basis for line in lines)


def test_nobody_has_a_password(session: Session) -> None:
    """The demo's users are only reached by the demo's own page."""
    assert session.scalars(select(Account).where(Account.password_hash.is_not(None))).all() == []


def test_everybody_can_be_chosen(session: Session) -> None:
    """There is someone to be in every group, the main character and her parent among them."""
    users = demo_users(session)
    assert {user.group for user in users} == {"koordinerende_enhet", "ansatt", "person", "foresatt"}
    assert {MAIN_CHARACTER.name, MAIN_CHARACTER.relatives[0].name} <= {user.name for user in users}


def test_the_main_character_has_two_rounds_behind_her(session: Session) -> None:
    """The main character's plan is active, with two concluded rounds and a third under way."""
    her = person(session, MAIN_CHARACTER.name)
    plan = session.scalars(select(Plan).where(Plan.person_id == her.id)).one()
    rounds = session.scalars(
        select(Evaluation.conclusion)
        .where(Evaluation.instance_id == plan.instance_id)
        .order_by(Evaluation.round)
    ).all()
    assert plan.status == "aktiv"
    assert rounds == ["fortsett", "fortsett", None]


def test_the_main_character_keeps_everybody_busy(session: Session) -> None:
    """The coordinator, a service and the person each have something to do for her today."""
    her = person(session, MAIN_CHARACTER.name)
    tasks = session.scalars(select(OpenTask).where(OpenTask.person_id == her.id)).all()
    assert {"koordinator", "tjeneste", "person"} <= {task.role for task in tasks}


def test_what_her_meetings_agreed_on_is_partly_done(session: Session) -> None:
    """Each of the main character's meetings agreed on something; some was done, some was not."""
    her = person(session, MAIN_CHARACTER.name)
    agreed = session.scalars(
        select(Decision)
        .join(ProcessInstance, ProcessInstance.id == Decision.instance_id)
        .where(ProcessInstance.person_id == her.id)
    ).all()
    assert len({each.evaluation_id for each in agreed}) == 2
    assert {each.done_at is not None for each in agreed} == {True, False}


def test_one_resident_is_still_to_begin(session: Session) -> None:
    """For one resident nothing is started, so that a newcomer can begin from the beginning."""
    him = person(session, FROM_SCRATCH.name)
    cases = session.scalars(select(ProcessInstance).where(ProcessInstance.person_id == him.id))
    assert cases.all() == []


def test_some_notices_are_unread(session: Session) -> None:
    """Old notices are read and the latest are not."""
    read = Counter(row.read_at is not None for row in session.scalars(select(Notice)))
    assert read[True] > read[False] > 0


def test_child_welfare_is_one_organisation(session: Session) -> None:
    """The intermunicipal child welfare service is present in both municipalities."""
    rows = session.scalars(select(Service).where(Service.kind == "barnevern")).all()
    assert len({row.municipality_id for row in rows}) == 2
    assert len({row.organisation_id for row in rows}) == 1


def test_every_municipality_has_a_coordinating_unit(session: Session) -> None:
    """Every municipality has one coordinating unit, with people in it."""
    for municipality in session.scalars(select(Municipality)):
        session.scalars(
            select(Service).where(
                Service.municipality_id == municipality.id, Service.kind == COORDINATING_UNIT
            )
        ).one()


@pytest.mark.parametrize("wrong", [{"vurdering": "kanskje"}, {"begrunnelse": None}, {"ukjent": 1}])
def test_answers_a_page_would_refuse_stop_the_build(
    empty: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object]
) -> None:
    """An answer that the form does not take is no part of the demo."""
    right = demo.player.answers._BY_FORM["vurder_behov"]
    monkeypatch.setitem(
        demo.player.answers._BY_FORM, "vurder_behov", lambda p, asked: right(p, asked) | wrong
    )
    with pytest.raises(demo.case_player.BadAnswers):
        demo.build(empty, residents=1, families=0)
