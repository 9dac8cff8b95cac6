"""A mother whom three services ask for different things, in a tiny process where anything can come
next: the plan, an order, a report, a decision, or a questionnaire.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from world import World

from tests.workflows.engine.diagrams import end, flow, line, multi, node, process, service, start
from tests.workflows.engine.diagrams import xor as gateway
from workflows import definitions
from workflows.tables import Consent, Measure, Person, ProcessInstance

ROADS = {
    "plan": ("skriv", "plan.write", "familieplan"),
    "mote": ("bli_enige", "order.agree", "rekkefolge"),
    "avklaring": ("avgjor", "order.decide", "avklar_rekkefolge"),
    "sporsmal": ("mal", "scale.record", "livskvalitet"),
}
AREAS = {"arbeid": "Arbeid", "barnas_situasjon": "Barnas situasjon", "okonomi": "Økonomi"}


def asked(key: str, form: str, role: str = "", kind: str = "userTask") -> str:
    """A step with a form."""
    given = {"formKey": form} | ({"role": role} if role else {})
    properties = "".join(
        f'<spiffworkflow:property name="{n}" value="{v}"/>' for n, v in given.items()
    )
    inside = f"<spiffworkflow:properties>{properties}</spiffworkflow:properties>"
    extension = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
    return node(kind, key, extension, name=key.capitalize())


def reporting() -> str:
    """Each of the services named reports on its measures."""
    return node(
        "subProcess",
        "rapportering",
        start("begynn"),
        asked("rapport", "tiltak_status", role="tjeneste"),
        service("meld", "measure.report", form="tiltak_status"),
        end("slutt"),
        line("begynn", "rapport", "meld", "slutt"),
        multi("tjenester", "tjeneste"),
    )


def diagram() -> bytes:
    """The process: what is chosen comes next, and what the order says of it after that."""
    begin = asked("start", "familievalg", kind="startEvent")
    parts = [begin, service("apne", "plan.open", form="familievalg"), asked("velg", "familievalg")]
    parts += [
        gateway("samlet"),
        gateway("hva", "hva-rapportering"),
        reporting(),
        gateway("skrevet"),
    ]
    parts += [service("sjekk", "order.check", form="tiltak_status"), gateway("sa", "sa-samlet")]
    parts += [line("start", "apne", "samlet", "velg", "hva", "rapportering", "skrevet", "sjekk")]
    parts += [line("sjekk", "sa", "samlet"), gateway("til_mote")]
    for road, (step, operation, form) in ROADS.items():
        parts += [asked(road, form), service(step, operation, form=form)]
        parts.append(line(road, step, "skrevet"))
    for road in ("plan", "sporsmal"):
        parts.append(flow("hva", road, f'neste = "{road}"'))
    parts += [flow("hva", "til_mote", 'neste = "mote"'), flow("sa", "til_mote", "sprik = true")]
    parts += [line("til_mote", "mote"), flow("sa", "avklaring", "trekker_mot = true")]
    parts += [flow("hva", "ferdig", 'neste = "ferdig"'), end("ferdig")]
    return process("familie_prove", *parts)


def form(key: str, *components: dict[str, Any]) -> bytes:
    body = {"type": "default", "id": key, "title": key.capitalize(), "schemaVersion": 19}
    return json.dumps(body | {"components": list(components)}).encode()


def field(sort: str, key: str, **more: Any) -> dict[str, Any]:
    return {"type": sort, "id": f"f_{key}", "key": key, "label": key.capitalize(), **more}


def rows(path: str, source: str, *components: dict[str, Any]) -> dict[str, Any]:
    own = {"properties": {"source": source}, "components": list(components)}
    return {"type": "dynamiclist", "id": f"f_{path}", "path": path, "label": path, **own}


def forms() -> dict[str, bytes]:
    """A plan with areas of its own, and the choice of what comes next."""
    areas = [{"value": key, "label": words} for key, words in AREAS.items()]
    known = field("textfield", "id", readonly=True, properties={"kind": "id"})
    measures = rows(
        "tiltak",
        "data:plan.tiltak",
        known,
        field("textfield", "hva"),
        field("select", "tjeneste", valuesKey="tjenester"),
        field("select", "krever_av", valuesKey="familien"),
        field("select", "omrade", values=areas),
    )
    choice = [field("textfield", "neste"), field("checklist", "tjenester", valuesKey="tjenester")]
    return {
        "familieplan": form("familieplan", measures),
        "familievalg": form("familievalg", *choice),
    }


@dataclass
class MothersCase:
    """The case, and short ways to move it."""

    world: World
    person: Person
    instance: ProcessInstance

    @property
    def open(self) -> list[str]:
        """What somebody is asked to do now."""
        return self.world.open_elements()

    def do(self, road: str, **answers: Any) -> None:
        """Answer what comes next, and choose it first where nothing else led there."""
        if road not in self.open:
            self.choose(road)
        self.world.complete("Kari", road, **answers)

    def choose(self, road: str) -> None:
        """Let this come next."""
        self.world.complete("Kari", "velg", neste=road, tjenester=[])

    def report(self, name: str, kind: str, **answers: Any) -> None:
        """A service reports."""
        self.choose_report(kind)
        self.world.complete(name, "rapport", **answers)

    def choose_report(self, kind: str) -> None:
        """A service of this kind is asked to report."""
        chosen = [self.world.service_id(kind)]
        self.world.complete("Kari", "velg", neste="rapport", tjenester=chosen)

    def plan(self, *measures: tuple[str, str, str | None], keep: bool = False) -> None:
        """Write a plan in which (service, what, area) each asks something of the mother."""
        known = [{"id": str(m.id), **self.row(m)} for m in self.measures()] if keep else []
        given = [
            {
                "hva": what,
                "tjeneste": self.world.service_id(kind),
                "krever_av": str(self.person.id),
                "omrade": area,
            }
            for kind, what, area in measures
        ]
        self.do("plan", tiltak=known + given)

    def row(self, measure: Measure) -> dict[str, Any]:
        """A measure as the plan's form gives it back."""
        return {
            "hva": measure.what,
            "tjeneste": str(measure.service_id),
            "krever_av": str(measure.asks_of),
            "omrade": measure.area,
        }

    def measures(self) -> list[Measure]:
        self.world.session.flush()
        query = self.world.session.query(Measure).filter(Measure.status != "fjernet")
        return query.order_by(Measure.position).all()

    def measure(self, what: str) -> Measure:
        return next(m for m in self.measures() if m.what == what)

    def agree(self, *order: str, reason: str = "Sønnen først.") -> None:
        """The meeting agrees on an order of measures by what they are."""
        given = [
            {"id": str(self.measure(what).id), "nummer": at} for at, what in enumerate(order, 1)
        ]
        self.do("mote", rekkefolge=given, begrunnelse=reason)

    def decide(self, what: str, decision: str, reason: str = "Det haster.") -> None:
        row = {"id": str(self.measure(what).id), "avgjorelse": decision, "hvorfor": reason}
        self.do("avklaring", flagget=[row])


def case_of_mother(world: World, folder: Path) -> MothersCase:
    """Anne's case, to which the school, barnevern and NAV have her consent."""
    (folder / "familie_prove.bpmn").write_bytes(diagram())
    for key, source in forms().items():
        (folder / f"{key}.form").write_bytes(source)
    definitions.publish_library(world.session, world.municipality.id, folder, folder)
    world.service("bup", "BUP")
    world.employee("Berit", "bup")
    person = world.person("Anne", date(1985, 5, 5))
    instance = world.start("Kari", "Anne", "familie_prove", plantype="holf", tjenester=[])
    for kind in ("bup", "barnevern", "nav"):
        world.session.add(consent(world, instance, kind))
    world.session.flush()
    return MothersCase(world, person, instance)


def consent(world: World, instance: ProcessInstance, kind: str) -> Consent:
    return Consent(
        municipality_id=instance.municipality_id,
        instance_id=instance.id,
        person_id=instance.person_id,
        service_id=world.services[kind].id,
        purpose="Samarbeid",
        topics=[],
        form="skriftlig",
        given=True,
        decided_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
        decided_by=world.account_id("Anne"),
        valid_until=date(2090, 1, 1),
    )
