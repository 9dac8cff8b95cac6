"""What a diagram leaves without an id has one when it is read, the same one each time."""

import pytest

from bpmn.problems import UnreadableDiagram
from bpmn.reading import content_hash, read
from bpmn.sources import with_ids
from tests.bpmn.others import MESSAGE, PLAIN, document, flows, node, nodes, on, process

ARROW = '<b:sequenceFlow sourceRef="{}" targetRef="{}"/>'
STEPS = nodes("start:s user:u end:e")


def drawn(*parts: str) -> bytes:
    return document(process(*parts)).encode()


def arrow(source: str, target: str) -> str:
    return ARROW.format(source, target)


def test_an_arrow_is_known_by_its_ends() -> None:
    """Wherever in the file it stands, so that a new one elsewhere changes nothing."""
    first = read(drawn(STEPS, arrow("s", "u"), arrow("u", "e")), "p")
    later = read(drawn(STEPS, arrow("v", "e"), arrow("u", "e"), arrow("s", "u")), "p")
    assert set(first.flows) == {"Flow_s_u", "Flow_u_e"}
    assert [flow.source for flow in first.flows.values()] == ["s", "u"]
    assert set(later.flows) == {"Flow_s_u", "Flow_u_e", "Flow_v_e"}


def test_arrows_with_the_same_ends_are_numbered() -> None:
    """In the order of the file."""
    found = read(drawn(STEPS, arrow("s", "u") * 3), "p")
    assert list(found.flows) == ["Flow_s_u", "Flow_s_u_2", "Flow_s_u_3"]


def test_an_element_is_known_by_what_it_stands_in_and_its_kind() -> None:
    """Also inside what has no id of its own."""
    inside = "<b:subProcess><b:startEvent/><b:endEvent/><b:endEvent/></b:subProcess>"
    found = read(drawn(inside * 2, "<b:userTask/>"), "p")
    assert list(found.elements) == [
        "p_subProcess",
        *("p_subProcess_startEvent", "p_subProcess_endEvent", "p_subProcess_endEvent_2"),
        "p_subProcess_2",
        *("p_subProcess_2_startEvent", "p_subProcess_2_endEvent", "p_subProcess_2_endEvent_2"),
        "p_userTask",
    ]
    assert found.elements["p_subProcess_2_endEvent"].parent == "p_subProcess_2"


def test_an_id_in_the_file_is_nobody_else_s() -> None:
    """Whatever it is on, and wherever it stands."""
    taken = '<b:textAnnotation id="Flow_s_u"/><b:group id="Flow_s_u_3"/>'
    found = read(drawn(STEPS, arrow("s", "u") * 2, taken), "p")
    assert list(found.flows) == ["Flow_s_u_2", "Flow_s_u_4"]
    assert not [remark for remark in found.remarks if remark.kind == "duplicate"]


def test_an_empty_id_is_none() -> None:
    """XML Schema says so too."""
    assert list(read(drawn('<b:userTask id=""/>'), "p").elements) == ["p_userTask"]


def test_given_ids_are_short() -> None:
    """However long the ids they are made of, and still each its own."""
    far = "x" * 200
    found = read(drawn(arrow(far, "a"), arrow(far, "b")), "p")
    assert len(found.flows) == 2
    assert all(len(key) < 200 for key in found.flows)


def test_many_without_ids_are_read_in_no_time() -> None:
    """Each is named once: nobody looks through all the numbers before it."""
    found = read(drawn(STEPS, arrow("s", "u") * 15_000), "p")
    assert "Flow_s_u_15000" in found.flows


def test_a_process_is_not_given_an_id() -> None:
    """It is what it is found by."""
    source = drawn(PLAIN).replace(b'id="p" ', b"")
    with pytest.raises(UnreadableDiagram, match="p:2: -: Prosessen mangler id"):
        read(source, "p")


def test_what_is_kept_has_its_ids_written_in() -> None:
    """It is the same diagram, with the same hash; reading it gives the same."""
    source = drawn(STEPS, arrow("s", "u"), arrow("u", "e"), "<b:userTask/>")
    kept = with_ids(source)
    assert b'id="Flow_s_u"' in kept
    assert b'id="p_userTask"' in kept
    assert content_hash(kept) == content_hash(source)
    assert read(kept, "p").flows.keys() == read(source, "p").flows.keys()
    assert with_ids(kept) == kept


def test_what_lacks_nothing_is_kept_as_it_was() -> None:
    """To the byte, comments too."""
    source = drawn(PLAIN, "<!-- hvorfor -->")
    assert with_ids(source) == source


@pytest.mark.parametrize(
    ("reference", "trigger"), [("m", "beskjed"), ("tns:m", "beskjed"), ("andre:m", ""), ("x:m", "")]
)
def test_a_reference_may_be_a_qualified_name(reference: str, trigger: str) -> None:
    """To what is in this file, not in another's namespace."""
    catch = node("catch", "c", on("message", reference))
    text = document(process(nodes("start:s end:e"), catch, flows("s c e"), beside=MESSAGE))
    spaces = 'xmlns:tns="http://x" xmlns:andre="http://y" '
    source = text.replace("<bpmn:definitions ", f"<bpmn:definitions {spaces}").encode()
    assert read(source, "p").elements["c"].trigger == trigger


def test_without_a_namespace_of_its_own_a_file_has_no_qualified_names() -> None:
    """An unknown prefix is not the missing namespace, and an id is no prefix."""
    catch = node("catch", "c", on("message", "x:m")) + node("catch", "d", on("message", "m"))
    text = document(process(nodes("start:s end:e"), catch, flows("s c d e"), beside=MESSAGE))
    bare = text.replace(' targetNamespace="http://x"', ' xmlns:m="http://x"').encode()
    spaced = text.replace(" targetNamespace", ' xmlns:m="http://x" targetNamespace').encode()
    for source in (bare, spaced):
        found = read(source, "p").elements
        assert (found["c"].trigger, found["d"].trigger) == ("", "beskjed")
