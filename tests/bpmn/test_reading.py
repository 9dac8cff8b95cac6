"""A diagram is read as it stands: values, roles, expressions, and what comes before and after."""

import pytest

from bpmn.diagrams import Repetition
from bpmn.reading import Diagram, content_hash, read
from tests.bpmn.samples import MESSAGES, PROCESS, document, flow, planted, properties


@pytest.fixture(scope="module")
def plan() -> Diagram:
    """The sample, read."""
    return read(document().encode(), "plan.bpmn")


def after(diagram: Diagram, key: str) -> list[str]:
    """The ids of what comes after."""
    return [element.id for element in diagram.after(key)]


def before(diagram: Diagram, key: str) -> list[str]:
    """The ids of what comes before."""
    return [element.id for element in diagram.before(key)]


def test_the_process_is_named(plan: Diagram) -> None:
    """Key, title, documentation and file name come from the process and the caller."""
    assert (plan.name, plan.key, plan.title) == ("plan.bpmn", "plan", "Plan")
    assert plan.documentation == "Fra behov til plan."


def test_the_title_falls_back_to_the_pool() -> None:
    """A process without a name is called what its pool is called."""
    process = PROCESS.replace('id="plan" name="Plan"', 'id="plan"')
    messages = MESSAGES.replace('name="Plan"', 'name="Bassenget"')
    assert read(document(process, messages).encode(), "plan.bpmn").title == "Bassenget"


def test_elements_come_in_document_order(plan: Diagram) -> None:
    """Also those in subprocesses are there, with the subprocess as parent."""
    keys = list(plan.elements)
    assert keys[:4] == ["start", "flett", "vurder", "purring"]
    assert plan.elements["status"].parent == "runde"
    assert plan.elements["vurder"].parent is None


def test_the_blank_start_is_the_process_own(plan: Diagram) -> None:
    """Not one in a subprocess, and not one that an event begins."""
    assert plan.start.id == "start"


def test_a_user_task_is_read_whole(plan: Diagram) -> None:
    """Name, documentation, form, due date and lane."""
    task = plan.elements["vurder"]
    assert (task.kind, task.name, task.lane) == ("userTask", "Vurder behov", "Koordinator")
    assert task.documentation == "Vurder om personen trenger en plan."
    assert task.properties == {"formKey": "vurder", "due": "P14D"}


def test_a_line_break_in_a_name_becomes_a_space() -> None:
    """Editors break long names over lines in the drawing."""
    text = planted('name="Vurder behov"', 'name="Vurder&#10;behov"')
    assert read(text.encode(), "plan.bpmn").elements["vurder"].name == "Vurder behov"


def test_a_boundary_event_knows_its_host_and_its_time(plan: Diagram) -> None:
    """Whether it interrupts too, which it does unless the file says otherwise."""
    reminder, deadline = plan.elements["purring"], plan.elements["evalueringstid"]
    assert (reminder.attached_to, reminder.interrupting, reminder.event) == (
        "vurder",
        False,
        "timer",
    )
    assert reminder.timer is not None
    assert (reminder.timer.kind, reminder.timer.text) == ("duration", "P7D")
    assert deadline.interrupting


def test_an_event_subprocess_is_told_apart(plan: Diagram) -> None:
    """It begins by an event whose message is named, and here it does not interrupt."""
    start = plan.elements["trukket_start"]
    assert plan.elements["trukket"].by_event
    assert (start.event, start.trigger, start.interrupting) == (
        "message",
        "samtykke_trukket",
        False,
    )


def test_a_multi_instance_names_collection_and_item(plan: Diagram) -> None:
    """The list it goes through and what each is called inside."""
    assert plan.elements["runde"].multi_instance == Repetition("tjenester", "tjeneste")


def test_an_item_without_a_name_is_called_by_its_id() -> None:
    """Both ways of writing it are in use."""
    text = planted(' name="tjeneste"/>', "/>")
    runde = read(text.encode(), "plan.bpmn").elements["runde"]
    assert runde.multi_instance == Repetition("tjenester", "tjeneste_item")


@pytest.mark.parametrize(
    ("key", "role"),
    [
        ("vurder", "koordinator"),  # its nested lane's
        ("onske", "person"),  # its lane's
        ("status", "tjeneste"),  # its own, before that of the lane around the subprocess
        ("avklar", "koordinator"),  # that of the lane around the event subprocess
        ("valg", None),
    ],
)
def test_a_role_is_the_nearest_one(plan: Diagram, key: str, role: str | None) -> None:
    """Own property, else own lane, else the lane of the subprocess around."""
    assert plan.role_of(key) == role


def test_a_nested_lane_inherits_the_role_of_the_lane_around() -> None:
    """So a role is written once for a divided lane."""
    process = PROCESS.replace(properties(role="koordinator"), "").replace(
        'name="Kommune">', f'name="Kommune">{properties(role="kommunen")}'
    )
    assert read(document(process).encode(), "plan.bpmn").role_of("vurder") == "kommunen"


def test_forms_calls_and_messages_are_gathered(plan: Diagram) -> None:
    """What the process needs from elsewhere, and what it waits for."""
    wanted = {"start": "behov", "vurder": "vurder", "onske": "onske", "status": "status"}
    assert plan.form_keys == {**wanted, "avklar": "avklar"}
    assert plan.calls == {"samtykke"}
    assert plan.messages == {"samtykke_trukket", "svar_kom"}


@pytest.mark.parametrize(
    "extension",
    [
        '<zeebe:formDefinition formKey="skjema"/>',
        '<zeebe:formDefinition formId="skjema"/>',
    ],
)
def test_a_form_key_of_zeebe_is_understood(extension: str) -> None:
    """Files from other editors keep their forms."""
    extensions = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"
    text = planted(properties(formKey="onske", due="neste"), extensions)
    assert read(text.encode(), "plan.bpmn").form_keys["onske"] == "skjema"


def test_expressions_are_gathered_with_their_use(plan: Diagram) -> None:
    """ISO 8601 literals and plain parameters are none, and a leading = is no part of one."""
    assert [(e.element_id, e.use, e.text) for e in plan.expressions] == [
        ("f_nei", "condition", 'vurdering = "nei"'),
        ("f_igjen", "condition", "fortsett = true"),
        ("minn", "parameter", "frist"),
        ("onske", "due", "neste"),
        ("runde", "collection", "tjenester"),
        ("evalueringstid", "timer", "neste_evaluering"),
    ]


def test_an_expression_knows_its_line(plan: Diagram) -> None:
    """The line on which it is written."""
    lines = document().splitlines()
    assert all(e.text in lines[e.line - 1] for e in plan.expressions if e.use != "collection")


# What comes before and after


def test_after_skips_gateways_and_finds_tasks_calls_and_ends(plan: Diagram) -> None:
    """All ways out of a choice and a split count, in document order."""
    assert after(plan, "vurder") == ["ingen", "onske", "samtykke"]


def test_after_goes_into_a_subprocess(plan: Diagram) -> None:
    """The step inside is what somebody will have to do."""
    assert after(plan, "samtykke") == ["status"]


def test_after_leaves_a_subprocess_by_its_end(plan: Diagram) -> None:
    """Its end is not the case's end; the way goes on after it, past events that are waited for."""
    assert after(plan, "status") == ["vurder", "slutt"]
    assert after(plan, "runde") == ["vurder", "slutt"]


def test_after_skips_service_tasks(plan: Diagram) -> None:
    """What the system does by itself is not a step for anybody."""
    assert after(plan, "purring") == ["minnet"]


def test_after_in_an_event_subprocess_stops_at_its_end(plan: Diagram) -> None:
    """Nothing follows a reaction."""
    assert after(plan, "trukket_start") == ["avklar"]
    assert after(plan, "avklar") == ["avklart"]


def test_nothing_comes_after_an_end(plan: Diagram) -> None:
    """Nor does it fail."""
    assert after(plan, "slutt") == []


def test_before_joins_all_ways(plan: Diagram) -> None:
    """Back through a join, and out of a subprocess to the step inside it."""
    assert before(plan, "runde") == ["onske", "samtykke"]
    assert before(plan, "status") == ["onske", "samtykke"]
    assert before(plan, "slutt") == ["status"]


def test_before_counts_the_host_of_a_boundary_event(plan: Diagram) -> None:
    """The reminder comes from the task it sits on; a loop's way back counts too."""
    assert before(plan, "minn") == ["vurder"]
    assert before(plan, "vurder") == ["status"]


def test_nothing_comes_before_a_start(plan: Diagram) -> None:
    """Neither of the process nor of a reaction."""
    assert before(plan, "start") == []
    assert before(plan, "avklar") == []


def test_a_task_that_loops_comes_after_itself() -> None:
    """The loop is a true next step."""
    text = planted(
        flow("f_igjen", "igjen", "flett", "=fortsett = true"),
        flow("f_igjen", "igjen", "runde", "x"),
    )
    plan = read(text.encode(), "plan.bpmn")
    assert after(plan, "status") == ["status", "slutt"]


def test_after_stops_at_other_kinds_when_asked() -> None:
    """What the system does is passed over, unless its kind is asked for."""
    plan = read(document().encode(), "plan.bpmn")
    assert [e.id for e in plan.after("purring")] == ["minnet"]
    assert [e.id for e in plan.after("purring", frozenset({"serviceTask"}))] == ["minn"]


def test_rings_without_steps_come_to_rest() -> None:
    """Gateways in a ring lead nowhere, and do not hang."""
    text = planted(flow("f_samle", "samle", "runde"), flow("f_samle", "samle", "del"))
    assert after(read(text.encode(), "plan.bpmn"), "vurder") == ["ingen", "onske", "samtykke"]


# The same file, written otherwise


@pytest.mark.parametrize("prefix", ["", "bpmn2:", "semantic:"])
def test_any_prefix_will_do(prefix: str) -> None:
    """Other editors write other prefixes for the same standard."""
    declared = f"xmlns:{prefix.rstrip(':')}=" if prefix else "xmlns="
    text = document().replace("xmlns:bpmn=", declared)
    text = text.replace("<bpmn:", f"<{prefix}").replace("</bpmn:", f"</{prefix}")
    assert read(text.encode(), "plan.bpmn").elements == read(document().encode(), "").elements


def test_lines_are_right_past_the_65535th() -> None:
    """Older XML libraries stopped counting there."""
    text = document().replace(
        '<bpmn:laneSet id="baner">', "\n" * 70_000 + '<bpmn:laneSet id="baner">'
    )
    vurder = read(text.encode(), "plan.bpmn").elements["vurder"]
    exact = read(document().encode(), "plan.bpmn").elements["vurder"].line + 70_000
    assert vurder.line - exact in (0, 1)  # past it, libxml2 counts from the text inside


def test_the_hash_is_blind_to_how_the_file_is_written() -> None:
    """White space between elements, comments and the order of attributes make no new version."""
    text = document()
    other = (
        text.replace("\n<bpmn:", "\n\t  <bpmn:")
        .replace('id="vurder" name="Vurder behov"', 'name="Vurder behov" id="vurder"')
        .replace("</bpmn:process>", "<!-- slutt --></bpmn:process>")
    )
    assert other != text
    assert content_hash(other.encode()) == content_hash(text.encode())


def test_the_hash_sees_every_change() -> None:
    """A name, a flow or a place in the drawing makes a new version."""
    text = document()
    others = [
        text.replace("Vurder behov", "Vurder saken"),
        text.replace('targetRef="samle"', 'targetRef="moet"'),
        text.replace('x="1"', 'x="7"'),
    ]
    assert len({content_hash(other.encode()) for other in [text, *others]}) == 4
