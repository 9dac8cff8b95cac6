"""What Camunda and Zeebe write in places of their own, where it means what the standard's words do.

It reads nodes of lxml and says nothing of what they mean: no code, no scripts, no listeners.
"""

import re
from typing import Any

from bpmn.diagrams import Repetition, feel

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
COUNTER = "loopCounter"
"""BPMN's name for which time it is, from 1; what is repeated for a collection has its item."""
NAME = r"[^\W\d]\w*"
LITERAL = r"""-?\d+(?:\.\d+)?|true|false|(?P<quote>['"])(?P<text>[^'"\\]*)(?P=quote)"""
TERM = re.compile(
    rf"(?P<no>!\s*|not\s+)?(?P<alone>{NAME})"
    rf"|(?P<name>{NAME})\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>{LITERAL})"
)
JOINS = {"&&": "and", "||": "or", "and": "and", "or": "or"}


def condition(flow: Any) -> str:
    """A sequence flow's condition; one of JUEL's in FEEL where it says the same.

    That is of values of the kind compared with: JUEL also finds the text "5" equal to 5.
    """
    text = feel(flow.findtext(BPMN + "conditionExpression", ""))
    wrapped = re.fullmatch(r"[$#]\{(.*)\}", text, re.DOTALL)
    return (wrapped and _translated(wrapped[1])) or text


def _translated(juel: str) -> str | None:
    """Names and comparisons with a literal, perhaps several; None for anything else."""
    parts = re.split(r"\s*(&&|\|\||\band\b|\bor\b)\s*", juel.strip())
    terms, joins = parts[::2], parts[1::2]
    said = [_term(term) for term in terms]
    if None in said:
        return None
    rest = (f" {JOINS[join]} {term}" for join, term in zip(joins, said[1:], strict=True))
    return "".join([str(said[0]), *rest])


def _term(text: str) -> str | None:
    found = TERM.fullmatch(text)
    if not found:
        return None
    if found["alone"]:
        return f"{found['alone']} {'!=' if found['no'] else '='} true"
    value = found["value"]
    if found["quote"]:
        if _is_more_than_text(found["text"]):
            return None
        value = f'"{found["text"]}"'
    return f"{found['name']} {found['sign'].replace('==', '=')} {value}"


def _is_more_than_text(text: str) -> bool:
    """What an answer that is no text could be equal to in JUEL."""
    return text.strip() in ("true", "false", "") or re.search(r"\d", text) is not None


def repetition(loop: Any) -> Repetition:
    """What a multiInstanceLoopCharacteristics says; of a collection and a number neither."""
    item = loop.find(BPMN + "inputDataItem")
    said = loop.findtext(BPMN + "loopDataInputRef", "")
    named = "" if item is None else item.get("name") or item.get("id", "")
    zeebe = _extension(loop, "loopCharacteristics")
    collection = said or loop.get(CAMUNDA + "collection") or zeebe.get("inputCollection", "")
    element = named or loop.get(CAMUNDA + "elementVariable") or zeebe.get("inputElement", "")
    times = unwrapped(loop.findtext(BPMN + "loopCardinality", ""))
    if times and not collection:
        return Repetition(times, COUNTER, counted=True)
    return Repetition("" if times else unwrapped(collection), element)


def called_process(node: Any) -> str:
    """The id of the process that a call activity calls; empty when not said."""
    return str(node.get("calledElement") or _extension(node, "calledElement").get("processId", ""))


def decision(node: Any) -> str:
    """The id of the table that a business rule task asks, as they write it; empty when not said."""
    zeebe = _extension(node, "calledDecision").get("decisionId", "")
    return str(node.get(CAMUNDA + "decisionRef") or zeebe)


def unwrapped(text: str) -> str:
    """An expression without `=` before it, or the `${ }` around a lone name or number."""
    bare = " ".join(text.split()).removeprefix("=").strip()
    inside = bare[2:].removesuffix("}").strip()
    lone = inside.isidentifier() or inside.isdecimal()
    return inside if bare.startswith(("${", "#{")) and lone else bare


def _extension(node: Any, tag: str) -> Any:
    found = node.find(f"{BPMN}extensionElements/{ZEEBE}{tag}")
    return {} if found is None else found
