"""Small BPMN documents for tests, written as Python: `process(key, elements, flows)`."""

from collections.abc import Iterable
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

NAMES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def process(key: str, *parts: str, messages: Iterable[str] = (), declared: str = "") -> bytes:
    """A BPMN document with one process; messages have the id `m_<name>`."""
    named = "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in messages)
    return (
        f'<bpmn:definitions {NAMES} id="d" targetNamespace="t">{named}{declared}'
        f'<bpmn:process id="{key}" isExecutable="true">{"".join(parts)}</bpmn:process>'
        "</bpmn:definitions>"
    ).encode()


def node(tag: str, key: str, *inner: str, **attributes: str) -> str:
    """Any element."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<bpmn:{tag} id="{key}"{given}>{"".join(inner)}</bpmn:{tag}>'


def user(key: str, *inner: str) -> str:
    return node("userTask", key, *inner)


def service(key: str, operation: str, **parameters: str) -> str:
    return node("serviceTask", key, properties(operation=operation, **parameters))


def decide(key: str, decision: str, *inner: str) -> str:
    """A business rule task."""
    return node("businessRuleTask", key, properties(decision=decision), *inner)


def properties(**given: str) -> str:
    rows = "".join(
        f"<spiffworkflow:property name={quoteattr(n)} value={quoteattr(v)}/>"
        for n, v in given.items()
    )
    inside = f"<spiffworkflow:properties>{rows}</spiffworkflow:properties>"
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"


def start(key: str = "start", *inner: str, **attributes: str) -> str:
    return node("startEvent", key, *inner, **attributes)


def end(key: str = "end", *inner: str) -> str:
    return node("endEvent", key, *inner)


def call(key: str, called: str, *inner: str) -> str:
    return node("callActivity", key, *inner, calledElement=called)


def xor(key: str, default: str = "") -> str:
    return node("exclusiveGateway", key, **({"default": default} if default else {}))


def parallel(key: str) -> str:
    return node("parallelGateway", key)


def boundary(key: str, host: str, *inner: str, interrupting: bool = True) -> str:
    return node(
        "boundaryEvent", key, *inner, attachedToRef=host, cancelActivity=str(interrupting).lower()
    )


def reaction(key: str, trigger: str, *inner: str, interrupting: bool = False) -> str:
    """An event subprocess; its start is `<key>_start`."""
    begin = start(f"{key}_start", trigger, isInterrupting=str(interrupting).lower())
    return node("subProcess", key, begin, *inner, triggeredByEvent="true")


def multi(items: str, item: str, sequential: bool = False, until: str = "") -> str:
    """Once for each of a list."""
    source = f"<bpmn:loopDataInputRef>{items}</bpmn:loopDataInputRef>"
    return _many(f'{source}<bpmn:inputDataItem id="{item}_item" name="{item}"/>', sequential, until)


def times(number: str, sequential: bool = False, until: str = "") -> str:
    """A number of times, which may be an expression."""
    inside = f"<bpmn:loopCardinality>{escape(number)}</bpmn:loopCardinality>"
    return _many(inside, sequential, until)


def _many(inside: str, sequential: bool, until: str) -> str:
    stop = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    tag = "bpmn:multiInstanceLoopCharacteristics"
    return f'<{tag} isSequential="{str(sequential).lower()}">{inside}{stop}</{tag}>'


def timer(text: str, kind: str = "timeDuration") -> str:
    return (
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )


def event(kind: str, ref: str = "") -> str:
    """An event definition of a kind, referring to `ref`."""
    return f"<bpmn:{kind}EventDefinition" + (f' {kind}Ref="{ref}"' if ref else "") + "/>"


def message(name: str) -> str:
    return event("message", f"m_{name}")


def flow(source: str, target: str, condition: str = "", key: str = "") -> str:
    tag = "bpmn:conditionExpression"
    inner = f'<{tag} xsi:type="bpmn:tFormalExpression">{escape(condition)}</{tag}>'
    inner = inner if condition else ""
    return node(
        "sequenceFlow", key or f"{source}-{target}", inner, sourceRef=source, targetRef=target
    )


def line(*elements: str) -> str:
    """Unconditional flows through the elements in this order."""
    return "".join(flow(a, b) for a, b in pairwise(elements))
