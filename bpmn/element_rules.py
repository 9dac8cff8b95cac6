"""Rules for each element by itself: what can run, what it names, who does it, that it is drawn."""

import re
from collections.abc import Iterator, Mapping

from bpmn import times
from bpmn.diagrams import (
    ASKS_PEOPLE,
    CONTAINERS,
    DECIDES,
    MOST_TIMES,
    Element,
    Flow,
    parameters,
)
from bpmn.problems import shown
from bpmn.rules import (
    REPORTERS,
    DiagramRule,
    ElementRule,
    Fault,
    FlowRule,
    Setting,
    called,
)

LONGEST = 2_000  # characters of an expression
ID = re.compile(r"[^\W\d][\w.-]{0,199}")
VARIABLE = re.compile(r"[^\W\d]\w{0,199}")
# The engine makes steps of its own with these names.
TAKEN = {"Start", "End", "Root", "StartEventSplit", "StartEventJoin"}
TAKEN_ENDINGS = ("BoundaryEventSplit", "BoundaryEventJoin", "EndJoin")

UNSUPPORTED_KINDS = {
    "scriptTask": "Skriptoppgaver er ikke tillatt: diagrammer kjører ikke kode",
    "task": "Velg hva slags oppgave dette er: brukeroppgave eller tjenesteoppgave",
    "sendTask": "Sendeoppgaver støttes ikke; bruk en tjenesteoppgave",
    "complexGateway": "Komplekse porter støttes ikke; bruk eksklusiv, inklusiv eller parallell",
    "adHocSubProcess": "Ad hoc-delprosesser støttes ikke",
    "transaction": "Transaksjoner støttes ikke",
    "choreographyTask": "Koreografi støttes ikke",
    "subChoreography": "Koreografi støttes ikke",
    "callChoreography": "Koreografi støttes ikke",
}
REMARKS = {
    "duplicate": "Id-en «{element}» er brukt flere ganger",
    "misplaced": "Elementet ({what}) står ikke rett i en prosess eller delprosess",
    "process": "Filen har flere kjørbare prosesser; det skal være én",
    "script": "Kode i utvidelser ({what}) er ikke tillatt: diagrammer kjører ikke kode",
    "foreign": "Elementet {what} støttes ikke",
}
FOREIGN = {
    "choreography": "Koreografi støttes ikke",
    "dataStore": "Datalagre kan ikke kjøres; ta bort datalageret",
    "dataInputAssociation": "Piler fra data kan ikke kjøres; skjemaene holder på svarene",
    "dataOutputAssociation": "Piler til data kan ikke kjøres; skjemaene holder på svarene",
    "standardLoopCharacteristics": "Løkkemarkering støttes ikke; tegn løkken med en port",
}
CAUGHT = ("timer", "message", "signal", "error", "escalation")
RUNS = {
    "startEvent": (None, *CAUGHT),  # which of them where is the rule `one_start`
    "intermediateCatchEvent": ("timer", "message", "signal", "link"),
    "intermediateThrowEvent": (None, "signal", "escalation", "link"),
    "boundaryEvent": CAUGHT,
    "endEvent": (None, "terminate", "error", "escalation", "signal"),
}
EVENT_NAMES = {
    None: "ingen",
    "timer": "tid",
    "message": "melding",
    "signal": "signal",
    "error": "feil",
    "escalation": "eskalering",
    "terminate": "avbryt alt",
    "link": "lenke",
    "conditional": "betingelse",
    "compensate": "kompensering",
    "cancel": "kansellering",
    "multiple": "flere",
    "reference": "henvisning",
}
TIMERS = {
    "duration": (times.is_duration, "P14D"),
    "date": (times.is_date, "2027-03-01T09:00"),
    "cycle": (times.is_cycle, "R3/P7D"),
}


def can_run(element: Element, _: Setting) -> Iterator[str]:
    """The engine runs this kind of element, with this kind of event."""
    if element.kind in UNSUPPORTED_KINDS:
        yield UNSUPPORTED_KINDS[element.kind]
    allowed = RUNS.get(element.kind)
    if allowed and element.event not in allowed:
        names = ", ".join(EVENT_NAMES[event] for event in allowed)
        yield f"Hendelsestypen «{EVENT_NAMES[element.event]}» støttes ikke her; bruk {names}"


def has_usable_id(element: Element, _: Setting) -> Iterator[str]:
    """An id is an XML name that the engine has not taken."""
    yield from _id(element.id)


def names_its_trigger(element: Element, _: Setting) -> Iterator[str]:
    """What waits for or throws something says what."""
    if (element.event == "message" or element.kind == "receiveTask") and not element.trigger:
        yield f"{called(element)} sier ikke navnet på meldingen den venter på"
    elif element.event == "signal" and not element.trigger:
        yield f"{called(element)} sier ikke navnet på signalet"
    elif element.event in ("error", "escalation") and element.trigger == "":
        yield f"{called(element)} viser til en feil eller eskalering som ikke finnes"


def jumps_to_one_place(element: Element, setting: Setting) -> Iterator[str]:
    """A link that is thrown has one target in its own scope, to which no arrow leads."""
    if element.event != "link":
        return
    diagram, name = setting.diagram, shown(element.trigger or "")
    targets = len(diagram.caught_links(element))
    if element.kind == "intermediateThrowEvent" and targets != 1:
        yield f"Lenken «{name}» må ha akkurat ett mål, men har {targets}"
    arrows = any(flow.id in diagram.flows for flow in diagram.incoming(element.id))
    if element.kind == "intermediateCatchEvent" and arrows:
        yield f"Lenken «{name}» nås av lenken med samme navn; ingen pil kan gå til den"


def is_attached(element: Element, setting: Setting) -> Iterator[str]:
    """A boundary event sits on an activity of its own scope."""
    if element.kind != "boundaryEvent":
        return
    host = setting.diagram.elements.get(element.attached_to or "")
    if host is None:
        yield f"Kanthendelsen {called(element)} er ikke festet til noe som finnes"
    elif host.parent != element.parent or not _is_activity(host):
        yield f"Kanthendelsen {called(element)} må sitte på en oppgave eller delprosess"


def says_when(element: Element, _: Setting) -> Iterator[str]:
    """Timers and due dates are ISO 8601 or expressions."""
    if element.timer:
        text, (valid, example) = times.literal(element.timer.text), TIMERS[element.timer.kind]
        if not element.timer.text:
            yield f"Tidshendelsen {called(element)} sier ikke når"
        elif text is not None and not valid(text):
            yield f"Tiden «{shown(text)}» følger ikke ISO 8601, for eksempel {example}"
    due = times.literal(element.properties.get("due", ""))
    if due is not None and not times.is_duration(due):
        yield f"Fristen «{shown(due)}» følger ikke ISO 8601, for eksempel P14D"


def says_how_often(element: Element, _: Setting) -> Iterator[str]:
    """A multi-instance names its collection and its item, or a number of times."""
    if element.multi_instance is None:
        return
    many = element.multi_instance
    if not many.counted and not VARIABLE.fullmatch(many.over):
        yield f"{called(element)} gjentas, men uten gyldig samling (loopDataInputRef)"
    if many.over.isdecimal() and int(many.over) > MOST_TIMES:
        yield f"{called(element)} gjentas for mange ganger, høyst {MOST_TIMES}"
    if not VARIABLE.fullmatch(many.item):
        yield f"{called(element)} gjentas, men uten gyldig navn på hver (inputDataItem)"
    if element.kind not in ("userTask", "subProcess", "callActivity"):
        yield "Bare brukeroppgaver, delprosesser og kall kan gjentas for en samling"


def calls_a_process(element: Element, setting: Setting) -> Iterator[str]:
    """A call activity names a process that exists."""
    if element.kind == "callActivity" and not element.called:
        yield f"{called(element)} sier ikke hvilken prosess den kaller"
    elif element.called and setting.library and element.called not in setting.library.processes:
        yield f"{called(element)} kaller prosessen «{shown(element.called)}», som ikke finnes"


def tells_people(element: Element, setting: Setting) -> Iterator[str]:
    """A task for people has a name, a form that exists and a role to do it."""
    form = element.properties.get("formKey")
    if element.kind in ASKS_PEOPLE and not element.name:
        yield "Oppgaven mangler navn"
    if element.kind == "userTask" and not form:
        yield f"{called(element)} mangler skjema (formKey)"
    if form and setting.library and form not in setting.library.forms:
        yield f"Skjemaet «{shown(form)}» finnes ikke"
    if element.kind in ASKS_PEOPLE and element.role is None and element.lane is None:
        yield f"{called(element)} står ikke i noen bane, så ingen rolle får oppgaven"
    yield from _role(element.properties.get("role"), setting)


def can_be_reported(element: Element, _: Setting) -> Iterator[str]:
    """A message with a form has a name to choose it by and a role that may give it."""
    if element.event != "message" or "formKey" not in element.properties:
        return
    if not element.name:
        yield "Meldingen har skjema, men mangler navn"
    if element.role not in REPORTERS:
        roles = ", ".join(sorted(REPORTERS))
        yield f"{called(element)} har skjema; rollen må være en av {roles}"


def runs_an_operation(element: Element, setting: Setting) -> Iterator[str]:
    """A service task names a registered operation and gives its parameters."""
    if element.kind != "serviceTask":
        return
    operation = element.properties.get("operation")
    if not operation:
        yield f"{called(element)} mangler operasjon"
    elif setting.library and operation not in setting.library.operations:
        yield f"Operasjonen «{shown(operation)}» finnes ikke"
    elif setting.library:
        yield from _parameters(operation, parameters(element), setting.library.operations)
        form = parameters(element).get("form", "")
        if form and not form.startswith("=") and form not in setting.library.forms:
            yield f"Skjemaet «{shown(form)}» finnes ikke"


def decides_by_a_table(element: Element, setting: Setting) -> Iterator[str]:
    """A business rule task has a name and names a decision table that exists."""
    if element.kind not in DECIDES:
        return
    decision = element.properties.get("decision")
    if not element.name:
        yield "Oppgaven mangler navn"
    if not decision:
        yield f"{called(element)} mangler beslutningstabell (decision)"
    elif setting.library and decision not in setting.library.decisions:
        yield f"Beslutningstabellen «{shown(decision)}» finnes ikke"


def marks_a_meeting(element: Element, _: Setting) -> Iterator[str]:
    """What is marked as a meeting is a task for people, with the mark that is looked for."""
    mark = element.properties.get("meeting")
    if mark is None or element.kind == "serviceTask":  # there it is a parameter, and told of so
        return
    if element.kind != "userTask":
        yield f"Bare en brukeroppgave kan være et møte (meeting), ikke {called(element)}"
    elif mark != "ja":
        yield f"«meeting» på {called(element)} må være «ja»"


def has_outcome(element: Element, _: Setting) -> Iterator[str]:
    """An end of the process itself has a name: the outcome of the case."""
    if element.kind == "endEvent" and element.parent is None and not element.name:
        yield "Sluttehendelsen mangler navn; navnet er utfallet av saken"


def element_is_drawn(element: Element, setting: Setting) -> Iterator[str]:
    """The process owner sees every element."""
    if element.id not in setting.diagram.drawn:
        yield f"{called(element)} er ikke tegnet"


def flow_is_drawn(flow: Flow, setting: Setting) -> Iterator[str]:
    """The process owner sees every flow."""
    if flow.id not in setting.diagram.drawn:
        yield f"Pilen «{shown(flow.name or flow.id)}» er ikke tegnet"


def process_has_usable_id(setting: Setting) -> Iterator[Fault]:
    """The process too."""
    for message in _id(setting.diagram.key):
        yield setting.diagram.key, setting.diagram.line, message


def remarks_are_faults(setting: Setting) -> Iterator[Fault]:
    """What the reading noticed."""
    for remark in setting.diagram.remarks:
        text = FOREIGN.get(remark.what, REMARKS[remark.kind])
        message = text.format(element=shown(remark.element), what=shown(remark.what))
        yield remark.element, remark.line, message


def lanes_are_in_order(setting: Setting) -> Iterator[Fault]:
    """A lane has a role, is drawn, and holds elements that exist."""
    for lane in setting.diagram.lanes:
        title = f"Banen «{shown(lane.name or lane.id)}»"
        if lane.role is None and not lane.nested:
            yield lane.id, lane.line, f"{title} mangler rolle"
        if lane.id not in setting.diagram.drawn:
            yield lane.id, lane.line, f"{title} er ikke tegnet"
        for fault in _role(lane.role, setting):
            yield lane.id, lane.line, fault
        for member, line in lane.members:
            if member not in setting.diagram.elements:
                yield lane.id, line, f"{title} viser til «{shown(member)}», som ikke finnes"


def expressions_are_readable(setting: Setting) -> Iterator[Fault]:
    """Every expression is in the language of expressions, and none is endless."""
    for found in setting.diagram.expressions:
        if len(found.text) > LONGEST:
            fault: str | None = f"er for langt, høyst {LONGEST} tegn"
        else:
            fault = setting.expression(found.text)
        if fault:
            yield found.element_id, found.line, f"Uttrykket «{shown(found.text)}»: {fault}"


FOR_ELEMENTS: tuple[ElementRule, ...] = (
    can_run,
    has_usable_id,
    names_its_trigger,
    jumps_to_one_place,
    is_attached,
    says_when,
    says_how_often,
    calls_a_process,
    tells_people,
    can_be_reported,
    runs_an_operation,
    decides_by_a_table,
    marks_a_meeting,
    has_outcome,
    element_is_drawn,
)
FOR_FLOWS: tuple[FlowRule, ...] = (flow_is_drawn,)
FOR_DIAGRAMS: tuple[DiagramRule, ...] = (
    process_has_usable_id,
    remarks_are_faults,
    lanes_are_in_order,
    expressions_are_readable,
)


def _id(key: str) -> Iterator[str]:
    if key in TAKEN or key.endswith(TAKEN_ENDINGS):
        yield f"Id-en «{shown(key)}» er opptatt av prosessmotoren; velg en annen"
    elif not ID.fullmatch(key):
        yield f"Id-en «{shown(key)}» er ikke gyldig: bruk bokstaver, tall, - og _"


def _role(role: str | None, setting: Setting) -> Iterator[str]:
    if role is None or not setting.library:
        return
    # «tjeneste:skole»: a role that is told apart by the kind of service
    named, _colon, kind = role.partition(":")
    known = f"{named}:" if kind and ID.fullmatch(kind) else role
    if known not in setting.library.roles:
        yield f"Rollen «{shown(role)}» finnes ikke"


def _parameters(
    operation: str, given: dict[str, str], operations: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    declared = operations[operation]
    for name in given:
        if name not in declared and name + "?" not in declared:
            yield f"Operasjonen {operation} har ikke parameteren «{shown(name)}»"
    for name in sorted(declared):
        if not name.endswith("?") and not given.get(name, "").strip():
            yield f"Operasjonen {operation} mangler parameteren «{name}»"


def _is_activity(element: Element) -> bool:
    return (
        element.kind in CONTAINERS
        or element.kind == "callActivity"
        or element.kind.lower().endswith("task")
    )
