"""What Camunda and Zeebe write in places of their own, where it means what the standard's words do.

It reads nodes of lxml and says nothing of what they mean: no code, no scripts, no listeners.
"""

from typing import Any

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


def repetition(loop: Any) -> tuple[str, str]:
    """The collection and the item of a multiInstanceLoopCharacteristics; empty when not said."""
    item = loop.find(BPMN + "inputDataItem")
    said = loop.findtext(BPMN + "loopDataInputRef", "")
    named = "" if item is None else item.get("name") or item.get("id", "")
    zeebe = _extension(loop, "loopCharacteristics")
    collection = said or loop.get(CAMUNDA + "collection") or zeebe.get("inputCollection", "")
    element = named or loop.get(CAMUNDA + "elementVariable") or zeebe.get("inputElement", "")
    return unwrapped(collection), element


def called_process(node: Any) -> str:
    """The id of the process that a call activity calls; empty when not said."""
    return str(node.get("calledElement") or _extension(node, "calledElement").get("processId", ""))


def decision(node: Any) -> str:
    """The id of the table that a business rule task asks, as they write it; empty when not said."""
    zeebe = _extension(node, "calledDecision").get("decisionId", "")
    return str(node.get(CAMUNDA + "decisionRef") or zeebe)


def unwrapped(text: str) -> str:
    """An expression without `=` before it, or the `${ }` around a lone name."""
    bare = " ".join(text.split()).removeprefix("=").strip()
    inside = bare.removeprefix("${").removesuffix("}").strip()
    return inside if bare.startswith("${") and inside.isidentifier() else bare


def _extension(node: Any, tag: str) -> Any:
    found = node.find(f"{BPMN}extensionElements/{ZEEBE}{tag}")
    return {} if found is None else found
