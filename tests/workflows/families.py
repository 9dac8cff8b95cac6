"""A family of two households in a case of its own, for tests of who sees what of whom."""

from datetime import date
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from world import World

from tests.workflows import stories
from workflows import definitions, tasks
from workflows.tables import OpenTask, Participant, ProcessInstance, Relation

SERVICES = {"skole": "Siri", "barnevern": "Bjarne", "nav": "Nils"}
NAMES = ("Marit", "Kai", "Ola")


def family(world: World) -> ProcessInstance:
    """A case for Marit, who lives with Kai and her son Ola, 10; his father Finn lives elsewhere.

    Siri is coordinator, and the family is to be written down.
    """
    with TemporaryDirectory() as folder:
        for path in definitions.DIAGRAMS.iterdir():
            copy(path, folder)
        copy(Path(__file__).parent / "familiesak.bpmn", folder)
        definitions.publish_library(world.session, world.municipality.id, Path(folder))
    world.person("Marit", date(1988, 5, 5))
    world.person("Kai", date(1985, 5, 5))
    world.person("Ola", date(2016, 6, 6), account=False)
    world.account("Finn")
    for parent in ("Marit", "Finn"):
        acts_for(world, parent, "Ola")
    instance = world.start("Kari", "Marit", "familiesak", behov="Hjelp til hele familien.")
    world.complete("Kari", "oppnevn", koordinator=str(world.account_id("Siri")), begrunnelse="Ja")
    return instance


def acts_for(world: World, who: str, child: str) -> None:
    world.session.add(
        Relation(
            municipality_id=world.municipality.id,
            person_id=world.persons[child].id,
            kind="forelder",
            name=who,
            account_id=world.accounts[who].id,
            acts_for=True,
        )
    )
    world.session.flush()


def write_family(world: World) -> None:
    """Siri writes down Kai and Ola, whom she finds by their national numbers."""
    for number, name in enumerate(("Kai", "Ola")):
        world.persons[name].national_number = f"0{number}"
    form = stories.form_of(world, "Siri", "familie_medlemmer")
    new = [
        {"navn": "Kai", "del": "annen", "bosted": "hos mor", "fnr": "00"},
        {"navn": "Ola", "del": "barn", "bosted": "hos mor", "fnr": "01"},
    ]
    rows = [{**row, "bosted": "hos mor"} for row in form.prefill["familie"]] + new
    world.complete("Siri", "familie_medlemmer", familie=rows)


def complete_for(world: World, by: str, element: str, person: str, **answers: Any) -> None:
    """Complete the task at an element that is about one member."""
    world.session.flush()
    task = world.session.scalars(
        select(OpenTask).where(
            OpenTask.element == element, OpenTask.person_id == world.persons[person].id
        )
    ).one()
    tasks.complete_task(world.session, world.actor(by), task.id, answers)
    world.session.flush()


def join(
    world: World, by: str, person: str, shows_to: tuple[str, ...] = (), *, yes: bool = True
) -> None:
    """A member, or who acts for them, says whether they take part and who may see."""
    complete_for(
        world,
        by,
        "deltar",
        person,
        deltar="ja" if yes else "nei",
        viser_til=[str(world.persons[name].id) for name in shows_to],
    )


def consent(world: World, by: str, person: str, kinds: tuple[str, ...]) -> None:
    """A member is asked about services and says yes to them, or no when there are none."""
    services = [world.service_id(kind) for kind in kinds or ("nav",)]
    complete_for(
        world,
        "Siri",
        "samtykke_forslag",
        person,
        formal="Sammen",
        opplysninger=["hverdag"],
        tjenester=services,
        varighet="52",
    )
    svar = "alle" if kinds else "nei"
    complete_for(world, by, "samtykke_svar", person, svar=svar, hvordan="skriftlig", informert=True)


def write_plan(world: World, goals: dict[str, tuple[str, ...]], measures: dict[str, Any]) -> None:
    """Siri writes goals (text → whom) and measures (text → (kind of service, whom))."""

    def ids(names: tuple[str, ...]) -> list[str]:
        return [str(world.persons[name].id) for name in names]

    world.complete(
        "Siri",
        "skriv",
        mal=[{"mal": text, "gjelder": ids(whom)} for text, whom in goals.items()],
        tiltak=[
            {"hva": text, "tjeneste": world.service_id(kind), "gjelder": ids(whom)}
            for text, (kind, whom) in measures.items()
        ],
        periode_fra="2026-01-01",
        evalueringsintervall="12",
    )


def member(world: World, instance: ProcessInstance, name: str) -> Participant:
    return world.session.scalars(
        select(Participant).where(
            Participant.instance_id == instance.id,
            Participant.person_id == world.persons[name].id,
        )
    ).one()
