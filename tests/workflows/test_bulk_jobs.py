"""Work on many: each item by itself, counted with it, and cancelled between two."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from world import World

from tests.workflows.moving_library import KEY, begin, in_line, place, publish, task
from workflows import bulk_jobs, tasks, upgrade_jobs
from workflows.actors import SYSTEM, Actor
from workflows.errors import Denied, Invalid, NotFound
from workflows.tables import BulkItem, BulkJob, OpenTask, Position, ProcessInstance


def run(world: World) -> int:
    """Does all items that wait, as the jobs do; how many."""
    count = 0
    while item := bulk_jobs.next_item(world.session):
        bulk_jobs.do(world.session, item)
        count += 1
    world.session.expire_all()
    return count


def numbers(job: BulkJob) -> tuple[int, int, int, int, str]:
    return job.total, job.done, job.refused, job.failed, job.status


@pytest.fixture
def moving(owner: World, tmp_path: Path) -> Callable[..., BulkJob]:
    """Starts a job that moves three cases, the last of which cannot be."""
    publish(owner, tmp_path, in_line(task("a"), task("b", "Ring")))
    cases = begin(owner, "En", "To", "Tre")
    last = owner.session.query(OpenTask).filter_by(instance_id=cases[2].id).one()

    tasks.complete_task(owner.session, owner.actor("Kari"), last.id, {})
    publish(owner, tmp_path, in_line(task("a"), task("c")))

    def start(**mapping: str) -> BulkJob:
        return upgrade_jobs.start_upgrade(
            owner.session, owner.actor("Eva"), place(owner), KEY, mapping, [c.id for c in cases]
        )

    return start


def test_each_case_is_moved_or_refused_with_its_reason(
    owner: World, moving: Callable[..., BulkJob]
) -> None:
    """Two are moved; the third stays where it is, and the job tells why."""
    job = moving()
    assert numbers(job) == (3, 0, 0, 0, "running")
    assert run(owner) == 3
    assert numbers(job) == (3, 2, 1, 0, "finished")
    assert owner.open_elements() == ["a", "a", "b"]
    told = upgrade_jobs.result(owner.session, job)
    assert dict(told.reasons) == {("removed", "Ring"): 1}
    assert len(told.moves) == 2


def test_a_mapping_is_used_for_all(owner: World, moving: Callable[..., BulkJob]) -> None:
    """What was chosen in the preview."""
    job = moving(b="c")
    run(owner)
    assert numbers(job) == (3, 3, 0, 0, "finished")
    assert owner.open_elements() == ["a", "a", "c"]


def test_a_cancelled_job_leaves_the_rest(owner: World, moving: Callable[..., BulkJob]) -> None:
    """What is done stays done."""
    job = moving()
    item = bulk_jobs.next_item(owner.session)
    assert item is not None
    bulk_jobs.do(owner.session, item)
    bulk_jobs.cancel(owner.session, job)
    assert bulk_jobs.next_item(owner.session) is None
    owner.session.expire_all()
    assert numbers(job) == (3, 1, 0, 0, "cancelled")


def test_the_last_item_of_a_cancelled_job_does_not_finish_it(
    owner: World, moving: Callable[..., BulkJob]
) -> None:
    """It was under way already."""
    job = moving()
    item = bulk_jobs.next_item(owner.session)
    assert item is not None
    bulk_jobs.cancel(owner.session, job)
    bulk_jobs.do(owner.session, item)
    owner.session.expire_all()
    assert job.status == "cancelled"


def test_a_whole_job_can_be_undone(
    owner: World, session: Session, moving: Callable[..., BulkJob]
) -> None:
    """But for the cases in which something has happened since."""
    before = {row.id: row.definition_version for row in session.query(ProcessInstance)}
    job = moving()
    run(owner)
    touched = session.query(OpenTask).filter_by(element="a").first()
    assert touched is not None

    tasks.complete_task(session, owner.actor("Kari"), touched.id, {})
    back = upgrade_jobs.start_undo(session, owner.actor("Eva"), job)
    run(owner)
    assert numbers(back) == (2, 1, 1, 0, "finished")
    [(said, element)] = upgrade_jobs.result(session, back).reasons
    assert (said.startswith("Noe har skjedd"), element) == (True, "")
    after = {row.id: row.definition_version for row in session.query(ProcessInstance)}
    assert [key for key in after if after[key] != before[key]] == [touched.instance_id]
    assert len(upgrade_jobs.result(session, job).moves) == 1


def test_who_is_no_owner_any_more_moves_nothing(
    owner: World, moving: Callable[..., BulkJob]
) -> None:
    """It is asked for each case, when it is moved."""
    job = moving()
    eva = owner.account_id("Eva")
    owner.session.scalars(select(Position).where(Position.account_id == eva)).one().roles = []
    run(owner)
    assert numbers(job) == (3, 0, 3, 0, "finished")


def test_a_case_that_has_ended_meanwhile_is_refused(
    owner: World, moving: Callable[..., BulkJob]
) -> None:
    """And the others are moved."""
    job = moving()
    instance = owner.session.query(ProcessInstance).first()
    assert instance is not None
    instance.ended_at = instance.started_at
    run(owner)
    assert job.refused == 2


def test_only_an_owner_starts_and_sees_a_job(owner: World, moving: Callable[..., BulkJob]) -> None:
    """Others are refused, and find none."""
    job = moving()
    session, siri = owner.session, owner.actor("Siri")
    with pytest.raises(Denied):
        upgrade_jobs.start_upgrade(session, siri, place(owner), KEY, {}, [])
    with pytest.raises(Denied):
        upgrade_jobs.start_undo(session, siri, job)
    with pytest.raises(NotFound):
        upgrade_jobs.find_job(session, siri, job.id)
    assert upgrade_jobs.find_job(session, owner.actor("Eva"), job.id) is job
    assert upgrade_jobs.jobs_of(session, place(owner), KEY) == [job]
    assert upgrade_jobs.jobs_of(session, place(owner), "annet") == []


@pytest.fixture
def counted(session: Session) -> Iterator[list[UUID]]:
    """A kind of its own: a refusal for the first, an error for the second."""
    seen: list[UUID] = []

    def act(_session: Session, _actor: Actor, _job: BulkJob, subject_id: UUID) -> None:
        seen.append(subject_id)
        if len(seen) == 1:
            raise Invalid("Nei.")
        if len(seen) == 2:
            raise ZeroDivisionError

    bulk_jobs.bulk_kind("test")(act)
    yield seen
    del bulk_jobs.KINDS["test"]


def test_other_work_on_many_goes_the_same_way(owner: World, counted: list[UUID]) -> None:
    """A kind is a function; what it refuses is counted, and what goes wrong is for the caller."""
    subjects = [UUID(int=n) for n in (1, 2, 3, 3)]
    job = bulk_jobs.create(owner.session, SYSTEM, place(owner), "test", subjects, {})
    first = bulk_jobs.next_item(owner.session)
    assert first is not None
    bulk_jobs.do(owner.session, first)
    second = bulk_jobs.next_item(owner.session)
    assert second is not None
    with pytest.raises(ZeroDivisionError):
        bulk_jobs.do(owner.session, second)
    bulk_jobs.fail(owner.session, second.municipality_id, second.id)
    assert run(owner) == 1
    assert numbers(job) == (3, 1, 1, 1, "finished")
    assert counted == subjects[:3]
    reasons = owner.session.scalars(select(BulkItem.reason).order_by(BulkItem.id)).all()
    assert reasons == [{"said": "Nei."}, {}, {}]


def test_a_job_with_nothing_to_do_is_finished(owner: World) -> None:
    """At once."""
    job = bulk_jobs.create(owner.session, SYSTEM, place(owner), "test", [], {})
    assert numbers(job) == (0, 0, 0, 0, "finished")
