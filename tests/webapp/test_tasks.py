"""The task list and the task page, in a browser without script."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from world import World

from tests.workflows import stories
from workflows import clock, consents, process_instances, tasks, worklist
from workflows.tables import AuditEntry, Consent, HistoryEntry, OpenTask, TaskDraft

Clients = Callable[[str], FlaskClient]
ASSESSED = {"vurdering": "plan", "begrunnelse": "Rett til plan.", "orientert": "on"}


@pytest.fixture
def started(world: World) -> World:
    """Mia's need is reported; the coordinating unit is to assess it."""
    stories.start(world)
    return world


@pytest.fixture
def two_at_the_unit(started: World) -> World:
    """Kåre works at the coordinating unit beside Kari."""
    started.employee("Kåre", "koordinerende_enhet")
    return started


def path(world: World, element: str) -> str:
    """The address of the only open task at an element."""
    return f"/oppgaver/{world.open_task(element).id}"


def actions(world: World, name: str) -> list[str]:
    """What the record says that someone did, in order."""
    account = world.account_id(name)
    query = select(AuditEntry.action).where(AuditEntry.actor_id == account)
    return list(world.session.scalars(query.order_by(AuditEntry.at, AuditEntry.id)))


# The list


def test_list_shows_task_person_process_holder_and_due(client_of: Clients, started: World) -> None:
    """A row says what, about whom, in which process, who has it and how soon."""
    started.open_task("vurder_behov").due_on = clock.today() - timedelta(days=3)
    text = client_of("Kari").get("/oppgaver/?vis=alle").text
    for words in ("Vurder behovet", "Mia", "Individuell plan", "3 dager over fristen"):
        assert words in text
    assert "Koordinerende enhet" in text
    assert "1 oppgave, 1 over fristen" in text


def test_list_leaves_one_audit_line_per_person_and_day(client_of: Clients, started: World) -> None:
    """Looking at the list twice the same day is noted once for each person in it."""
    kari = client_of("Kari")
    kari.get("/oppgaver/?vis=alle")
    kari.get("/oppgaver/?vis=alle")
    assert actions(started, "Kari").count("task:list") == 1


def test_stranger_sees_nobodys_tasks(client_of: Clients, started: World) -> None:
    """An employee without a basis has an empty list that says so."""
    answer = client_of("Nils").get("/oppgaver/?vis=alle")
    assert "Mia" not in answer.text
    assert "Ingen oppgaver nå." in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=behovet", True),
        ("q=mia+vurder", True),
        ("q=100%25", False),
        ("frist=over", False),
        ("forlop=individuell_plan", True),
        ("forlop=samtykke", False),
    ],
)
def test_list_is_narrowed(client_of: Clients, started: World, query: str, found: bool) -> None:
    """Search and filters narrow the list; when nothing fits, there is a way back."""
    text = client_of("Kari").get(f"/oppgaver/?vis=alle&{query}").text
    assert ("Vurder behovet" in text) is found
    assert ("Vis alle igjen" in text) is not found


def test_list_is_narrowed_by_person_and_service(client_of: Clients, started: World) -> None:
    """The filters for person and service take ids."""
    kari = client_of("Kari")
    mia, unit = started.persons["Mia"].id, started.service_id("koordinerende_enhet")
    assert "Vurder behovet" in kari.get(f"/oppgaver/?vis=alle&person={mia}&tjeneste={unit}").text
    assert "Vurder behovet" not in kari.get(f"/oppgaver/?vis=alle&person={UUID(int=1)}").text


def test_list_has_pages(
    client_of: Clients, started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More tasks than fit on a page are reached by links that keep the filter."""
    monkeypatch.setattr(worklist, "PAGE", 1)
    started.person("Ola")
    started.start("Kari", "Ola", plantype="samarbeidsplan")
    kari = client_of("Kari")
    first = kari.get("/oppgaver/?vis=alle&sorter=person").text
    assert "Side 1 av 2" in first
    assert ">Mia<" in first.split("<tbody")[1]
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = kari.get(following[1].replace("&amp;", "&")).text
    assert ">Ola<" in second.split("<tbody")[1]
    assert "Neste side" not in second


def test_claim_from_the_list_comes_back_to_the_same_list(
    client_of: Clients, started: World
) -> None:
    """Claiming on a row takes the task and keeps the filter."""
    task = path(started, "vurder_behov")
    answer = client_of("Kari").post(f"{task}/ta", data={"liste": "1", "vis": "tjeneste"})
    assert (answer.status_code, answer.location) == (303, "/oppgaver/?vis=tjeneste")
    assert started.open_task("vurder_behov").assignee_id == started.account_id("Kari")


def test_person_sees_what_waits_in_few_words(client_of: Clients, started: World) -> None:
    """Those who are asked get a warm list without filters."""
    started.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Rett.")
    text = client_of("Mia").get("/oppgaver/").text
    assert "Dette venter på deg" in text
    assert "Si hva du ønsker" in text
    assert "<select" not in text


def test_person_without_tasks_is_told(client_of: Clients, started: World) -> None:
    """A person whom nothing waits for is told so, with the way to their own page."""
    text = client_of("Mia").get("/oppgaver/").text
    assert "Ingenting venter på deg nå." in text
    assert f"/personer/{started.persons['Mia'].id}" in text


def test_guardian_sees_whom_it_is_about(client_of: Clients, started: World) -> None:
    """A guardian's list names the ward."""
    started.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Rett.")
    assert "for Mia" in client_of("Mor").get("/oppgaver/").text


def test_parked_task_waits_at_the_coordinator(client_of: Clients, world: World) -> None:
    """When consent is withdrawn, the coordinator sees what waits and why; the service does not."""
    task = parked(world)
    siri = client_of("Siri")
    listed = siri.get("/oppgaver/?vis=venter").text
    assert "ikke samtykket" in listed
    page = siri.get(task)
    assert page.status_code == 200
    assert "Oppgaven kan ikke gjøres nå." in page.text
    assert "Send inn" not in page.text
    assert client_of("Bjarne").get(task).status_code == 404


def parked(world: World) -> str:
    """The barnevern's measures wait, since Mia has withdrawn that consent."""
    stories.to_measures(world)
    task = stories.task_of(world, "Bjarne", "tiltak_status")
    withdraw(world, "barnevern")
    return f"/oppgaver/{task.id}"


def withdraw(world: World, kind: str) -> None:
    service = world.services[kind].id
    consent = world.session.scalars(select(Consent).where(Consent.service_id == service)).one()
    consents.withdraw_consent(world.session, world.actor("Mia"), consent.id)


# The task page


def test_page_says_why_what_came_before_and_what_comes(client_of: Clients, started: World) -> None:
    """The page tells why one has the task, who did what before, and what can follow."""
    text = client_of("Kari").get(path(started, "vurder_behov")).text
    assert "Koordinerende enhet har ansvaret for dette steget." in text
    entry = started.session.scalars(select(HistoryEntry.id)).first()
    assert f'href="/svar/{entry}"' in text
    assert "Si hva du ønsker" in text
    assert re.search(r'data-src="/forlop/[0-9a-f]{64}/individuell_plan.bpmn"', text)
    assert 'data-focus="vurder_behov"' in text


def test_page_shows_what_is_known_and_where_from(client_of: Clients, started: World) -> None:
    """A prefilled answer stands with the step, the name and the date it came from."""
    text = client_of("Kari").get(path(started, "vurder_behov")).text
    assert "Trenger hjelp fra flere." in text
    assert "Hentet fra «Behov meldt», Kari" in text


def test_stranger_does_not_find_the_task(client_of: Clients, started: World) -> None:
    """Whoever has no basis may not know that the task is there."""
    task = path(started, "vurder_behov")
    nils = client_of("Nils")
    assert nils.get(task).status_code == 404
    for way in ("", "/utkast", "/ta", "/legg-tilbake", "/gi-videre"):
        assert nils.post(task + way, data=ASSESSED).status_code == 404
    assert started.open_elements() == ["vurder_behov"]


def test_colleague_may_open_and_complete(client_of: Clients, two_at_the_unit: World) -> None:
    """Anyone in the service may do what nobody has taken."""
    task = path(two_at_the_unit, "vurder_behov")
    answer = client_of("Kåre").post(task, data=ASSESSED)
    assert answer.status_code == 303
    assert two_at_the_unit.open_elements() == ["onske"]


def test_taken_task_names_who_has_it(client_of: Clients, two_at_the_unit: World) -> None:
    """A task a colleague has taken says whose it is, and shows no form."""
    task = path(two_at_the_unit, "vurder_behov")
    client_of("Kari").post(f"{task}/ta")
    text = client_of("Kåre").get(task).text
    assert "Kari har tatt oppgaven." in text
    assert "Send inn" not in text


def test_colleague_cannot_take_what_is_taken(client_of: Clients, two_at_the_unit: World) -> None:
    """The second to claim is told that a colleague was first."""
    task = path(two_at_the_unit, "vurder_behov")
    client_of("Kari").post(f"{task}/ta")
    answer = client_of("Kåre").post(f"{task}/ta")
    assert answer.status_code == 409
    assert "En kollega har allerede tatt oppgaven." in answer.text


def test_task_is_laid_back(client_of: Clients, two_at_the_unit: World) -> None:
    """What one has taken can be laid back to the service."""
    task = path(two_at_the_unit, "vurder_behov")
    kari = client_of("Kari")
    kari.post(f"{task}/ta")
    assert "Legg tilbake til tjenesten" in kari.get(task).text
    kari.post(f"{task}/legg-tilbake")
    assert two_at_the_unit.open_task("vurder_behov").assignee_id is None


def test_task_is_handed_to_a_colleague(client_of: Clients, two_at_the_unit: World) -> None:
    """A task can be given to someone in the same service, and to nobody else."""
    task = path(two_at_the_unit, "vurder_behov")
    kari, to = client_of("Kari"), two_at_the_unit.account_id
    for wrong in (str(to("Nils")), "tull", ""):
        assert kari.post(f"{task}/gi-videre", data={"til": wrong}).status_code == 403
    assert kari.post(f"{task}/gi-videre", data={"til": str(to("Kåre"))}).status_code == 303
    assert two_at_the_unit.open_task("vurder_behov").assignee_id == to("Kåre")


def test_nobody_is_offered_who_may_not_see_the_task(client_of: Clients, world: World) -> None:
    """The coordinator's colleagues have no basis of their own before the school has a consent."""
    stories.to_coordinator(world, svar="nei")
    world.employee("Sindre", "skole")
    text = client_of("Siri").get(path(world, "oppfolging")).text
    assert "Sindre" not in text
    assert "Legg tilbake" not in text


def test_staff_are_told_that_the_words_are_the_persons(client_of: Clients, world: World) -> None:
    """When staff help someone without a log-in, the page says whose words are asked for."""
    world.person("Ola", account=False)
    world.start("Kari", "Ola", plantype="samarbeidsplan")
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Rett.")
    assert "Svarene er Ola sine egne ord." in client_of("Kari").get(path(world, "onske")).text


def test_person_answers_their_own_task(client_of: Clients, started: World) -> None:
    """The person opens and answers what is theirs, and is told that it is sent."""
    started.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Rett.")
    mia, task = client_of("Mia"), path(started, "onske")
    assert "Derfor har du denne oppgaven" in mia.get(task).text
    answer = mia.post(task, data={"onsker": "nei"}, follow_redirects=True)
    assert "Oppgaven er sendt inn." in answer.text
    assert started.open_elements() == []


# Sending, drafts and rows


def test_sent_task_goes_back_to_the_list(client_of: Clients, started: World) -> None:
    """After sending one is back in the list, and the case has moved on."""
    answer = client_of("Kari").post(path(started, "vurder_behov"), data=ASSESSED)
    assert answer.status_code == 303
    assert answer.location.startswith("/oppgaver/?fra=")
    assert started.open_elements() == ["onske"]


def test_flash_names_the_next_step(client_of: Clients, started: World) -> None:
    """The message after sending has the name of what the case waits for."""
    task = path(started, "vurder_behov")
    answer = client_of("Kari").post(task, data=ASSESSED, follow_redirects=True)
    assert "Oppgaven er sendt inn. Neste steg: Si hva du ønsker." in answer.text
    assert task not in answer.text


def test_next_task_of_the_same_case_is_offered(client_of: Clients, world: World) -> None:
    """Whoever has the next task too gets a link to it."""
    stories.to_coordinator(world)
    siri = client_of("Siri")
    form = {"samarbeid": "Fastlegen", "samlet_vurdering": "Samlet."}
    world.complete("Mia", "mine_mal", mal=[{"mal": "Sove"}])
    answer = siri.post(path(world, "kartlegging"), data=form, follow_redirects=True)
    assert "Neste steg: Hold startmøte." in answer.text
    assert "Neste oppgave i samme forløp er også din:" in answer.text
    assert path(world, "startmote") in answer.text


def test_opening_and_sending_leave_audit_lines(client_of: Clients, started: World) -> None:
    """The record has the opening and the completion, each with its basis."""
    kari, task = client_of("Kari"), path(started, "vurder_behov")
    kari.get(task)
    kari.post(task, data=ASSESSED)
    assert actions(started, "Kari")[-2:] == ["task:read", "task:complete"]


def test_errors_are_listed_linked_and_the_text_is_kept(client_of: Clients, started: World) -> None:
    """A form with faults comes back with a list of them, and with all that was typed."""
    wrong = {"begrunnelse": "Lang tekst om <Mia> & co."}
    answer = client_of("Kari").post(path(started, "vurder_behov"), data=wrong)
    assert answer.status_code == 422
    assert '<a class="ds-link" href="#vurdering">' in answer.text
    assert "Lang tekst om &lt;Mia&gt; &amp; co." in answer.text
    assert started.open_elements() == ["vurder_behov"]


def test_draft_is_saved_shown_and_dropped(client_of: Clients, started: World) -> None:
    """A draft saved by the button comes back with its time, and can be thrown away."""
    kari, task = client_of("Kari"), path(started, "vurder_behov")
    saved = kari.post(task, data={"utkast": "1", "begrunnelse": "Halvferdig"})
    assert (saved.status_code, saved.location) == (303, task)
    text = kari.get(task).text
    assert "Halvferdig" in text
    assert "Du fortsetter på utkastet ditt fra" in text
    kari.post(f"{task}/forkast")
    assert "Halvferdig" not in kari.get(task).text


def test_draft_keeps_answers_that_are_not_valid_yet(client_of: Clients, world: World) -> None:
    """Half-written dates and rows stay as they were typed."""
    stories.to_plan(world)
    siri, task = client_of("Siri"), path(world, "plan")
    typed = {"periode_fra": "en gang i vår", "tiltak-0-_": "", "tiltak-0-hva": "Leksehjelp"}
    siri.post(task, data={"utkast": "1", **typed})
    text = siri.get(task).text
    assert 'value="en gang i vår"' in text
    assert 'value="Leksehjelp"' in text


def test_draft_is_the_writers_own(client_of: Clients, two_at_the_unit: World) -> None:
    """A colleague does not see another's draft."""
    task = path(two_at_the_unit, "vurder_behov")
    client_of("Kari").post(task, data={"utkast": "1", "begrunnelse": "Halvferdig"})
    assert "Halvferdig" not in client_of("Kåre").get(task).text


def test_draft_is_gone_when_sent(client_of: Clients, started: World) -> None:
    """Sending the task removes the draft of the one who sent it."""
    kari, task = client_of("Kari"), path(started, "vurder_behov")
    kari.post(task, data={"utkast": "1", "begrunnelse": "Halvferdig"})
    kari.post(task, data=ASSESSED)
    assert started.session.scalars(select(TaskDraft)).all() == []


def test_autosave_answers_with_the_words_to_show(client_of: Clients, started: World) -> None:
    """The script is told when the draft was saved, or why it was not."""
    kari, task = client_of("Kari"), path(started, "vurder_behov")
    saved = kari.post(f"{task}/utkast", data={"begrunnelse": "Halvferdig"})
    assert re.fullmatch(r"Utkastet er lagret kl\. \d\d\.\d\d\.", json.loads(saved.text)["message"])
    kari.post(task, data=ASSESSED)
    late = kari.post(f"{task}/utkast", data={"begrunnelse": "For sent"})
    assert late.status_code == 409
    assert "allerede gjort" in json.loads(late.text)["message"]


def test_rows_are_added_and_removed_without_script(client_of: Clients, world: World) -> None:
    """The buttons give a row more or less and keep everything typed."""
    stories.to_plan(world)
    siri, task = client_of("Siri"), path(world, "plan")
    typed = {"tiltak-0-_": "", "tiltak-0-hva": "Leksehjelp", "periode_fra": "i morgen"}
    more = siri.post(task, data={**typed, "add:tiltak": "1"})
    assert more.status_code == 200
    assert 'name="tiltak-1-hva"' in more.text
    assert 'value="Leksehjelp"' in more.text
    assert 'value="i morgen"' in more.text
    less = siri.post(task, data={**typed, "remove:tiltak:0": "1"})
    assert 'value="Leksehjelp"' not in less.text


def test_enter_in_a_field_saves_and_does_not_send(client_of: Clients, started: World) -> None:
    """The first button of the form, which Enter presses, is the draft."""
    text = client_of("Kari").get(path(started, "vurder_behov")).text
    form = text[text.index("data-draft=") :]
    first = re.search(r"<button[^>]*>", form)
    assert first
    assert 'name="utkast"' in first[0]


# Losing a race


def test_who_comes_second_keeps_their_text(client_of: Clients, two_at_the_unit: World) -> None:
    """The loser reads who did it and when, and has the own text on the page and as a draft."""
    task = path(two_at_the_unit, "vurder_behov")
    client_of("Kari").post(task, data=ASSESSED)
    kåre = client_of("Kåre")
    late = kåre.post(task, data={**ASSESSED, "begrunnelse": "Min egen vurdering"})
    assert late.status_code == 409
    assert "Kari gjorde den" in late.text
    assert "Min egen vurdering" in late.text
    again = kåre.get(task)
    assert again.status_code == 409
    assert "Min egen vurdering" in again.text
    kåre.post(f"{task}/forkast")
    assert "Min egen vurdering" not in kåre.get(task).text


def test_two_at_once_one_wins(app: Flask, client_of: Clients, two_at_the_unit: World) -> None:
    """Of two simultaneous answers one is taken; the other is a conflict with its text kept."""
    task = path(two_at_the_unit, "vurder_behov")
    two_at_the_unit.session.commit()
    clients = {name: client_of(name) for name in ("Kari", "Kåre")}
    start, answers = Barrier(2), {}

    def send(name: str) -> None:
        clients[name].world = None  # type: ignore[attr-defined] # its session is this thread's not
        start.wait()
        data = {**ASSESSED, "begrunnelse": f"Skrevet av {name}"}
        answers[name] = clients[name].post(task, data=data)

    threads = [Thread(target=send, args=(name,)) for name in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    two_at_the_unit.session.expire_all()
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    [loser] = [name for name, answer in answers.items() if answer.status_code == 409]
    assert f"Skrevet av {loser}" in answers[loser].text
    done = select(HistoryEntry).where(HistoryEntry.form_key == "vurder_behov")
    assert len(two_at_the_unit.session.scalars(done).all()) == 1
    draft = two_at_the_unit.session.scalars(select(TaskDraft)).one()
    assert draft.account_id == two_at_the_unit.account_id(loser)


def test_text_is_kept_when_the_case_was_changed_meanwhile(
    client_of: Clients, started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that someone else saved between our reading and our writing is a conflict too."""

    def stale(*_args: object, **_more: object) -> None:
        raise StaleDataError

    monkeypatch.setattr(process_instances, "move", stale)
    posted = {**ASSESSED, "begrunnelse": "Min egen vurdering"}
    answer = client_of("Kari").post(path(started, "vurder_behov"), data=posted)
    assert answer.status_code == 409
    assert "Min egen vurdering" in answer.text
    assert started.open_elements() == ["vurder_behov"]


def test_text_is_kept_when_a_colleague_has_taken_the_task(
    client_of: Clients, two_at_the_unit: World
) -> None:
    """Who opened the form before a colleague claimed it is refused and keeps the text."""
    task = path(two_at_the_unit, "vurder_behov")
    client_of("Kari").post(f"{task}/ta")
    answer = client_of("Kåre").post(task, data={**ASSESSED, "begrunnelse": "Min vurdering"})
    assert answer.status_code == 403
    assert "Min vurdering" in answer.text
    assert two_at_the_unit.open_elements() == ["vurder_behov"]


def test_text_comes_back_when_the_basis_is_gone(client_of: Clients, world: World) -> None:
    """When consent is withdrawn while one writes, one gets the own text and nothing else."""
    task = parked(world)
    rows = {"tiltak-0-status": "i_gang", "tiltak-0-kommentar": "Tre samtaler"}
    answer = client_of("Bjarne").post(task, data=rows)
    assert answer.status_code == 404
    assert "Tre samtaler" in answer.text
    assert "Mia" not in answer.text
    assert world.session.scalars(select(TaskDraft)).all() == []


def test_task_that_is_no_longer_needed_says_so(client_of: Clients, world: World) -> None:
    """A task the case went on without is told of without a name."""
    stories.to_measures(world)
    task = stories.task_of(world, "Bjarne", "tiltak_status").id
    stories.pass_until_evaluation(world)
    answer = client_of("Bjarne").get(f"/oppgaver/{task}")
    assert answer.status_code == 409
    assert "Forløpet gikk videre uten den" in answer.text


def test_own_completed_task_says_that_it_was_oneself(client_of: Clients, started: World) -> None:
    """Opening what one has done oneself says so and leads to the answers."""
    kari, task = client_of("Kari"), path(started, "vurder_behov")
    kari.post(task, data=ASSESSED)
    text = kari.get(task).text
    assert "Du gjorde den selv" in text
    assert "Les svarene som ble sendt inn" in text


def test_done_task_is_not_known_to_a_stranger(client_of: Clients, started: World) -> None:
    """What is done is as hidden from those without a basis as what is open."""
    task = path(started, "vurder_behov")
    tasks.complete_task(
        started.session,
        started.actor("Kari"),
        started.open_task("vurder_behov").id,
        {"vurdering": "plan"},
    )
    assert client_of("Nils").get(task).status_code == 404
    assert started.session.query(OpenTask).count() == 1
