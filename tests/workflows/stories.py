"""Ways through the individuell plan at command level, for tests that start in the middle."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from world import World

from workflows import clock, task_pages, tasks, timers
from workflows.tables import OpenTask, ProcessInstance

SERVICES = ("skole", "barnevern", "nav")


def start(world: World) -> ProcessInstance:
    """The coordinating unit reports Mia's need."""
    return world.start(
        "Kari",
        "Mia",
        plantype="individuell_plan",
        behov="Trenger hjelp fra flere.",
        tjenester=[world.service_id(kind) for kind in SERVICES],
        person_hort="Ja, i samtale.",
        melder="tjeneste",
    )


def to_consent(world: World) -> ProcessInstance:
    """On to where Mia is asked for consent."""
    instance = start(world)
    world.complete("Kari", "vurder_behov", vurdering="plan", begrunnelse="Rett til plan.")
    world.complete("Mia", "onske", onsker="plan", viktigst="Skolen")
    propose(world)
    return instance


def propose(world: World, kinds: Sequence[str] = SERVICES) -> None:
    by = (
        "Kari"
        if world.open_task("samtykke_forslag").service_id
        == world.services["koordinerende_enhet"].id
        else "Siri"
    )
    world.complete(
        by,
        "samtykke_forslag",
        formal="Samarbeid om planen",
        opplysninger=["hverdag"],
        tjenester=[world.service_id(kind) for kind in kinds],
        varighet="104",
    )


def answer_consent(world: World, svar: str = "alle", **more: Any) -> None:
    world.complete("Mia", "samtykke_svar", svar=svar, hvordan="skriftlig", informert=True, **more)


def to_coordinator(world: World, svar: str = "alle") -> ProcessInstance:
    """On to where Siri is coordinator."""
    instance = to_consent(world)
    answer_consent(world, svar)
    world.complete(
        "Kari",
        "oppnevn_koordinator",
        koordinator=str(world.account_id("Siri")),
        begrunnelse="Mia ønsker Siri.",
    )
    return instance


def to_plan(world: World) -> ProcessInstance:
    """On to where Siri writes the plan."""
    instance = to_coordinator(world)
    world.complete("Mia", "mine_mal", mal=[{"mal": "Sove bedre"}, {"mal": "Spille fotball"}])
    world.complete("Siri", "kartlegging", samarbeid="Fastlegen", samlet_vurdering="Samlet.")
    world.complete(
        "Siri",
        "startmote",
        dato="2026-11-02",
        person_deltok="ja",
        deltakere=[{"navn": "Trener Tore", "rolle": "Trener", "telefon": "55 00 00 09"}],
        bidrag=[],
    )
    return instance


def write_plan(world: World, kinds: Sequence[str] = SERVICES) -> None:
    known = form_of(world, "Siri", "plan").prefill
    world.complete(
        "Siri",
        "plan",
        mal=known["mal"],
        tiltak=[
            {"hva": f"Tiltak fra {kind}", "tjeneste": world.service_id(kind)} for kind in kinds
        ],
        periode_fra=clock.today().isoformat(),
        evalueringsintervall="12",
    )


def to_measures(world: World) -> ProcessInstance:
    """On to where three services work by the approved plan."""
    instance = to_plan(world)
    write_plan(world)
    world.complete("Mia", "godkjenning", godkjenner="ja")
    return instance


def form_of(world: World, name: str, element: str) -> task_pages.TaskForm:
    """The form of the actor's own task at an element."""
    return task_pages.task_form(world.session, world.actor(name), task_of(world, name, element).id)


def task_of(world: World, name: str, element: str) -> OpenTask:
    """The open task at an element that is given to an employee's service or to them."""
    world.session.flush()
    actor = world.actor(name)
    return next(
        task
        for task in world.session.query(OpenTask).filter(OpenTask.element == element)
        if tasks.may_complete(actor, task)
    )


def report(world: World, name: str, status: str = "i_gang") -> None:
    """A service reports on its own measures."""
    form = form_of(world, name, "tiltak_status")
    rows = [{**row, "status": status} for row in form.prefill["tiltak"]]
    tasks.complete_task(world.session, world.actor(name), form.task.id, {"tiltak": rows})


def evaluate_as(world: World, name: str) -> None:
    """A service gives its ratings in the evaluation."""
    form = form_of(world, name, "evaluering_tjeneste")
    rows = [{"id": row["id"], "oppnaelse": "1"} for row in form.prefill["vurderinger"]]
    tasks.complete_task(world.session, world.actor(name), form.task.id, {"vurderinger": rows})


def evaluate_as_person(world: World, score: int = 7) -> None:
    """Mia gives her ratings in the evaluation."""
    form = form_of(world, "Mia", "evaluering_person")
    rows = [
        {"id": row["id"], "vurdering": score, "ord": "Bedre"} for row in form.prefill["vurderinger"]
    ]
    world.complete("Mia", "evaluering_person", vurderinger=rows, hjelp="nei")


def conclude(
    world: World,
    konklusjon: str = "fortsett",
    by: str = "Siri",
    agreed: Sequence[tuple[str, str, int]] = (),
    **more: Any,
) -> None:
    """The meeting is held and concluded; `agreed` are what, by whom, and in how many days."""
    form = form_of(world, by, "evaluering_mote")
    rows = [{"id": row["id"], "konklusjon": "fortsett"} for row in form.prefill["konklusjoner"]]
    decided = [
        {"hva": what, "hvem": who, "frist": (clock.today() + timedelta(days)).isoformat()}
        for what, who, days in agreed
    ]
    given = {"konklusjoner": rows, "beslutninger": decided} | more
    world.complete(by, "evaluering_mote", konklusjon=konklusjon, **given)


def to_meeting(world: World, silent: Sequence[str] = ()) -> None:
    """On through an evaluation to its meeting; those who are silent are missed by name."""
    pass_until_evaluation(world)
    if "Mia" not in silent:
        evaluate_as_person(world)
    for name in ("Siri", "Bjarne", "Nils"):
        if name not in silent:
            evaluate_as(world, name)
    if silent:
        pass_days(world, 21)


def pass_days(world: World, days: int) -> int:
    """Travel in time and let everything that is due happen; how many timers went off."""
    clock.travel(clock.offset_in(days))
    fired = 0
    while (timer := timers.next_due(world.session)) is not None:
        timers.fire(world.session, timer)
        world.session.flush()
        fired += 1
    return fired


def pass_until_evaluation(world: World) -> None:
    """Travel past the plan's next evaluation, whatever the calendar moved it to."""
    while "evaluering_person" not in world.open_elements():
        pass_days(world, 7)
