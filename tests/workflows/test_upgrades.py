"""Cases that run, moved to a new version: one, undone, and what is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from world import World

from tests.workflows.engine.diagrams import boundary, end, line, message, timer
from tests.workflows.moving_library import (
    KEY,
    begin,
    in_line,
    place,
    publish,
    publish_other,
    side_by_side,
    task,
)
from workflows import clock, coordination_facts, tasks, upgrade_jobs, upgrades, versions
from workflows.actors import SYSTEM
from workflows.definitions import process
from workflows.errors import Conflict, Denied, Invalid, NotFound
from workflows.tables import (
    AuditEntry,
    HistoryEntry,
    Incident,
    InstanceMove,
    OpenTask,
    Participant,
    ProcessInstance,
    Subscription,
    Timer,
)
from workflows.upgrades import Group


def move(world: World, instance: ProcessInstance, **mapping: str) -> InstanceMove:
    plan = upgrades.plan_for(world.session, instance, mapping)
    return upgrades.upgrade(world.session, world.actor("Eva"), instance, plan)


def preview(world: World, **mapping: str) -> list[Group]:
    return upgrades.preview(world.session, world.actor("Eva"), place(world), KEY, mapping)


def row(world: World, instance: ProcessInstance) -> OpenTask:
    world.session.flush()
    return world.session.query(OpenTask).filter_by(instance_id=instance.id).one()


def test_a_moved_task_keeps_what_people_have_done_with_it(owner: World, tmp_path: Path) -> None:
    """Its id, who has taken it and what they have typed; its words are the new version's."""
    publish(owner, tmp_path, in_line(task("a", "Før"), task("b")))
    [instance] = begin(owner, "Mia")
    before = row(owner, instance)
    kept = before.id, before.assignee_id, before.service_id, before.created_at
    kari = owner.actor("Kari")
    tasks.save_draft(owner.session, kari, before.id, {"x": "y"})
    version = publish(owner, tmp_path, in_line(task("a", "Etter", "plan"), task("c"), task("b")))
    move(owner, instance)
    after = row(owner, instance)
    assert (after.id, after.assignee_id, after.service_id, after.created_at) == kept
    assert (after.title, after.form_key) == ("Etter", "plan")
    assert instance.definition_version == version
    assert tasks.kept_draft(owner.session, kari, after.id)


def test_a_moved_case_goes_on_by_the_new_version(owner: World, tmp_path: Path) -> None:
    """The step that is new comes next."""
    publish(owner, tmp_path, in_line(task("a"), task("b")))
    [instance] = begin(owner, "Mia")
    publish(owner, tmp_path, in_line(task("a"), task("c"), task("b")))
    move(owner, instance)
    owner.complete("Kari", "a")
    assert owner.open_elements() == ["c"]


def test_a_deadline_changes_where_the_diagram_s_does(owner: World, tmp_path: Path) -> None:
    """Counted from when the task was made; where the diagram says the same, it stays."""
    publish(owner, tmp_path, in_line(task("a", due="P10D")))
    [instance] = begin(owner, "Mia")
    row(owner, instance).due_on = clock.today() + timedelta(days=99)
    publish(owner, tmp_path, in_line(task("a", "Nytt navn", due="P10D")))
    move(owner, instance)
    assert row(owner, instance).due_on == clock.today() + timedelta(days=99)
    publish(owner, tmp_path, in_line(task("a", due="P30D")))
    move(owner, instance)
    due = row(owner, instance).due_on
    assert due is not None
    assert clock.today() + timedelta(days=29) < due < clock.today() + timedelta(days=40)


def test_another_role_gets_the_task(owner: World, tmp_path: Path) -> None:
    """Given anew as if it had just been made."""
    publish(owner, tmp_path, in_line(task("a", role="koordinerende_enhet")))
    [instance] = begin(owner, "Mia")
    assert not row(owner, instance).for_person
    publish(owner, tmp_path, in_line(task("a", role="person")))
    move(owner, instance)
    assert (row(owner, instance).role, row(owner, instance).for_person) == ("person", True)


def test_timers_and_messages_follow(owner: World, session: Session, tmp_path: Path) -> None:
    """The rows say what the case waits for now: none lost, none doubled."""

    def drawn(what: str, *, time: str = "P5D") -> bytes:
        edges = boundary("t", "a", timer(time), interrupting=False)
        edges += boundary("m", "a", message(what), interrupting=False)
        return in_line(task("a"), extra=edges + end("te") + line("t", "te") + line("m", "te"))

    publish(owner, tmp_path, drawn("brev"))
    [instance] = begin(owner, "Mia")
    before = session.query(Timer).one().due_at
    second = drawn("svar", time="P9D").replace(b'"m_brev" name="brev"', b'"m_svar" name="svar"')
    publish(owner, tmp_path, second)
    move(owner, instance)
    session.expire_all()
    assert session.query(Subscription).one().message == "svar"
    assert session.query(Timer).one().due_at > before


def test_a_removed_open_task_is_refused_in_words(owner: World, tmp_path: Path) -> None:
    """With its name, and the names of what it can be mapped to; then the case is moved."""
    publish(owner, tmp_path, in_line(task("a", "Ring familien"), task("b")))
    [instance] = begin(owner, "Mia")
    publish(owner, tmp_path, in_line(task("x", "Møt familien"), task("b")))
    [group] = preview(owner)
    [reason] = group.plan.reasons
    assert (reason.kind, reason.name) == ("removed", "Ring familien")
    assert reason.candidates == (("x", "Møt familien"), ("b", "B"))
    with pytest.raises(Invalid):
        move(owner, instance)
    made = move(owner, instance, a="x")
    assert row(owner, instance).title == "Møt familien"
    assert made.mapping == {"a": "x"}


def test_a_new_branch_beside_an_open_one_is_refused(owner: World, tmp_path: Path) -> None:
    """And told by where the case stands."""
    publish(owner, tmp_path, side_by_side("a", "b"))
    begin(owner, "Mia")
    publish(owner, tmp_path, side_by_side("a", "b", "c"))
    [group] = preview(owner)
    assert [each.kind for each in group.plan.reasons] == ["branches"]
    assert group.plan.places == ["A", "B"]
    assert set(upgrades.REASONS) > {"branches"}


def test_a_gateway_without_a_name_is_not_among_the_places(owner: World, tmp_path: Path) -> None:
    """One branch has come to the join and waits there for the other: people are told of that."""
    publish(owner, tmp_path, side_by_side("a", "b"))
    [instance] = begin(owner, "Mia")
    first = owner.session.query(OpenTask).filter_by(instance_id=instance.id, element="a").one()
    tasks.complete_task(owner.session, owner.actor("Kari"), first.id, {})
    publish(owner, tmp_path, side_by_side("b", "a"))
    [group] = preview(owner)
    assert group.plan.places == ["B"]


def test_cases_that_stand_alike_are_one_group(owner: World, tmp_path: Path) -> None:
    """Those that can be moved first; cases on the newest version and ended ones are left out."""
    publish(owner, tmp_path, in_line(task("a"), task("b"), task("c")))
    _one, _two, three, four = begin(owner, "En", "To", "Tre", "Fire")
    for instance in (three, four):
        done = row(owner, instance)
        tasks.complete_task(owner.session, owner.actor("Kari"), done.id, {})
    four.ended_at = clock.now()
    publish(owner, tmp_path, in_line(task("a"), task("c")))
    begin(owner, "Fem")
    groups = preview(owner)
    assert [(g.plan.places, len(g.cases), bool(g.plan.reasons)) for g in groups] == [
        (["A"], 2, False),
        (["B"], 1, True),
    ]


def test_only_a_process_owner_moves(owner: World, tmp_path: Path) -> None:
    """Of that municipality; an employee is refused, and sees no preview either."""
    publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    publish(owner, tmp_path, in_line(task("a"), task("b")))
    plan = upgrades.plan_for(owner.session, instance, {})
    made = move(owner, instance)
    for name in ("Kari", "Siri", "Mia"):
        actor = owner.actor(name)
        with pytest.raises(Denied):
            upgrades.upgrade(owner.session, actor, instance, plan)
        with pytest.raises(Denied):
            upgrades.preview(owner.session, actor, place(owner), KEY, {})
        with pytest.raises(Denied):
            upgrades.undo(owner.session, actor, made.id)
        with pytest.raises(Denied):
            upgrades.find_case(owner.session, actor, instance.id)
        with pytest.raises(Denied):
            upgrades.owned(actor)
    assert upgrades.owned(owner.actor("Eva")) == place(owner)


def test_a_move_is_remembered_and_noted(owner: World, session: Session, tmp_path: Path) -> None:
    """In the case's history, in the record with its basis, and with the state before."""
    old = publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    before = instance.state
    new = publish(owner, tmp_path, in_line(task("a"), task("b")))
    made = move(owner, instance)
    told = session.query(HistoryEntry).filter_by(kind="moved").one()
    assert (told.definition_version, told.title) == (new, instance.title)
    line = session.query(AuditEntry).filter_by(action="process:upgrade").one()
    assert (line.basis, line.details) == ("prosesseier", {"from": old, "to": new})
    assert (made.from_version, made.to_version, made.state_before) == (old, new, before)


def test_everybody_in_the_case_finds_the_move_in_their_record(
    owner: World, session: Session, tmp_path: Path
) -> None:
    """Those of a family who take part as well."""
    publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    for position, status in enumerate(("deltar", "deltar_ikke"), 1):
        person = owner.person(f"Nummer {position}")
        session.add(
            Participant(
                municipality_id=person.municipality_id,
                instance_id=instance.id,
                person_id=person.id,
                position=position,
                part="annen",
                status=status,
            )
        )
    publish(owner, tmp_path, in_line(task("a"), task("b")))
    move(owner, instance)
    noted = session.query(AuditEntry.person_id).filter_by(action="process:upgrade")
    told = {owner.persons[name].id for name in ("Mia", "Nummer 1")}
    assert {row.person_id for row in noted} == told


def test_a_move_can_be_undone(owner: World, session: Session, tmp_path: Path) -> None:
    """State, version and words are as before, once."""
    old = publish(owner, tmp_path, in_line(task("a", "Før")))
    [instance] = begin(owner, "Mia")
    state, kept = instance.state, row(owner, instance).id
    publish(owner, tmp_path, in_line(task("a", "Etter")))
    made = move(owner, instance)
    assert row(owner, instance).title == "Etter"
    upgrades.undo(session, owner.actor("Eva"), made.id)
    assert (instance.state, instance.definition_version) == (state, old)
    assert (row(owner, instance).id, row(owner, instance).title) == (kept, "Før")
    assert session.query(AuditEntry).filter_by(action="process:upgrade_undo").count() == 1
    with pytest.raises(Conflict):
        upgrades.undo(session, owner.actor("Eva"), made.id)


def test_what_has_gone_on_cannot_be_undone(owner: World, tmp_path: Path) -> None:
    """The answers given since would be lost."""
    publish(owner, tmp_path, in_line(task("a"), task("b")))
    [instance] = begin(owner, "Mia")
    publish(owner, tmp_path, in_line(task("a"), task("c"), task("b")))
    made = move(owner, instance)
    owner.complete("Kari", "a")
    with pytest.raises(Conflict):
        upgrades.undo(owner.session, owner.actor("Eva"), made.id)
    assert owner.open_elements() == ["c"]


def test_what_goes_on_by_itself_when_moved_cannot_be_undone(owner: World, tmp_path: Path) -> None:
    """An operation may have done something meanwhile."""
    publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    publish(owner, tmp_path, in_line(task("a", "Ny")))
    made = move(owner, instance)
    made.revision_after = upgrades.NEVER
    with pytest.raises(Conflict):
        upgrades.undo(owner.session, owner.actor("Eva"), made.id)


def test_a_move_that_is_none_is_refused(owner: World, tmp_path: Path) -> None:
    """To where it is already, to another process, of what has ended, of what is not there."""
    publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    eva, session = owner.actor("Eva"), owner.session
    with pytest.raises(Invalid):
        move(owner, instance)
    other = publish_other(owner, tmp_path)
    with pytest.raises(Invalid):
        upgrades.plan_for(session, instance, {}, other)
    with pytest.raises(NotFound):
        upgrades.undo(session, eva, instance.id)
    instance.ended_at = clock.now()
    with pytest.raises(Invalid):
        upgrades.find_case(session, eva, instance.id)


def test_the_versions_are_counted(owner: World, tmp_path: Path) -> None:
    """The newest first; an ended case runs on none."""
    old = publish(owner, tmp_path, in_line(task("a")))
    first, _second = begin(owner, "En", "To")
    first.ended_at = clock.now()
    new = publish(owner, tmp_path, in_line(task("a"), task("b")))
    lines = versions.versions(owner.session, place(owner), KEY)
    assert [(line.version, line.running, line.newest) for line in lines] == [
        (new, 0, True),
        (old, 1, False),
    ]


def test_what_is_new_is_told(owner: World, tmp_path: Path) -> None:
    """Steps that are new, gone and changed; the forms that are newer are so for all."""
    old = publish(owner, tmp_path, in_line(task("a", "Ring"), task("b", "Skriv")))
    form = tmp_path / "kartlegging.form"
    form.write_text(form.read_text("utf-8").replace('"title": "', '"title": "Ny: ', 1), "utf-8")
    clock.travel(timedelta(minutes=1))
    new = publish(owner, tmp_path, in_line(task("a", "Ring", due="P3D"), task("c", "Møt")))
    clock.travel(timedelta(0))
    session = owner.session
    told = versions.difference(
        session,
        place(owner),
        process(session, place(owner), old),
        process(session, place(owner), new),
    )
    assert (told.added, told.removed, told.changed) == (("Møt",), ("Skriv",), ("Ring",))
    assert [title[:4] for title in told.forms] == ["Ny: "]


def test_a_case_is_named_to_who_has_a_basis(owner: World, session: Session, tmp_path: Path) -> None:
    """The process owner moves numbers; the coordinating unit that stands in knows whose it is."""
    publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    known = upgrade_jobs.known_cases(session, owner.actor("Kari"), [instance.id])
    assert known[instance.id].person == "Mia"
    assert upgrade_jobs.known_cases(session, owner.actor("Eva"), [instance.id]) == {}
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "person:list")).all()
    assert [each.actor_id for each in noted] == [owner.account_id("Kari")]


def test_the_system_may(owner: World, tmp_path: Path) -> None:
    """From the command line."""
    publish(owner, tmp_path, in_line(task("a")))
    [instance] = begin(owner, "Mia")
    publish(owner, tmp_path, in_line(task("a"), task("b")))
    plan = upgrades.plan_for(owner.session, instance, {})
    assert upgrades.upgrade(owner.session, SYSTEM, instance, plan).moved_by is None


def test_what_was_done_on_the_old_version_counts(owner: World, tmp_path: Path) -> None:
    """A meeting was held, also where the new version has no such step."""
    publish(owner, tmp_path, in_line(task("a", "Møt", meeting="ja"), task("b")))
    [instance] = begin(owner, "Mia")
    owner.complete("Kari", "a")
    publish(owner, tmp_path, in_line(task("b"), task("c")))
    move(owner, instance)
    facts = coordination_facts.facts_of(owner.session, instance)
    assert [meeting.title for meeting in facts.meetings] == ["Møt"]


def test_what_stands_still_is_told_in_the_new_words_or_is_over(
    owner: World, session: Session, tmp_path: Path
) -> None:
    """A timer whose time had no meaning: renamed it stands still, mended it waits."""

    def drawn(name: str, time: str) -> bytes:
        clocked = boundary("t", "a", timer(time), interrupting=False)
        named = clocked.replace('id="t"', f'id="t" name="{name}"')
        return in_line(task("a"), extra=named + end("te") + line("t", "te"))

    publish(owner, tmp_path, drawn("Purr", "ukjent"))
    [instance] = begin(owner, "Mia")
    row = session.query(Incident).one()
    assert (row.title, row.status) == ("Purr", "open")
    publish(owner, tmp_path, drawn("Ring", "ukjent"))
    move(owner, instance)
    assert (row.title, row.status) == ("Ring", "open")
    publish(owner, tmp_path, drawn("Ring", "P5D"))
    move(owner, instance)
    assert row.status != "open"
    assert session.query(Timer).one().element == "t"
