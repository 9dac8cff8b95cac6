"""Diagrams as other people and other tools write them, drawn by us after their habits.

`GOOD` can be run when what they name exists; `OTHERS` are whole files that must be refused with an
element and a reason or run; `JUNK` is no diagram at all. Nothing here is copied from anybody.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPACES = {
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "signavio": "http://www.signavio.com",
    "bizagi": "http://www.bizagi.com/bpmn20",
    "activiti": "http://activiti.org/bpmn",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
}


def document(inside: str, prefix: str = "bpmn") -> str:
    """A file; `inside` is written with the prefix `b:`, which becomes `prefix` or none."""
    spaces = "".join(f' xmlns:{name}="{uri}"' for name, uri in SPACES.items())
    own = f'xmlns:{prefix}="{MODEL}"' if prefix else f'xmlns="{MODEL}"'
    text = (
        f'<b:definitions {own}{spaces} id="d" targetNamespace="http://x">{inside}</b:definitions>'
    )
    for start in ("<", "</"):
        text = text.replace(f"{start}b:", f"{start}{prefix}:" if prefix else start)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def process(*parts: str, key: str = "p", ready: str = "true", beside: str = "") -> str:
    return f'{beside}<b:process id="{key}" isExecutable="{ready}">{"".join(parts)}</b:process>'


def flows(*lines: str) -> str:
    """`a b c` are arrows from a to b to c; `a ? x > 1 ? b` is one with a condition."""
    made = []
    for line in lines:
        names = line.split()
        if "?" in names:
            source, condition, target = (part.strip() for part in line.split(" ? "))
            body = condition.replace("&", "&amp;").replace("<", "&lt;")
            tag = "b:conditionExpression"
            text = f'<{tag} xsi:type="tFormalExpression">{body}</{tag}>'
            made.append(_flow(source, target, text))
        else:
            made += [_flow(a, b, "") for a, b in pairwise(names)]
    return "".join(made)


def _flow(source: str, target: str, inside: str) -> str:
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<b:sequenceFlow id="{source}_{target}" {ends}>{inside}</b:sequenceFlow>'


def nodes(text: str) -> str:
    """`user:a` is a user task with the id a; several with blanks between."""
    made = []
    for each in text.split():
        kind, _, key = each.partition(":")
        made.append(f'<b:{SHORT.get(kind, kind)} id="{key}" name="{key}"/>')
    return "".join(made)


SHORT = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "race": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
}


def node(kind: str, key: str, *inside: str, **attributes: str) -> str:
    given = "".join(
        f' {name.replace("__", ":")}="{value}"' for name, value in {"id": key, **attributes}.items()
    )
    tag = SHORT.get(kind, kind)
    return f"<b:{tag}{given}>{''.join(inside)}</b:{tag}>"


def on(kind: str, ref: str = "", inside: str = "") -> str:
    """An event definition."""
    named = f' {kind}Ref="{ref}"' if ref else ""
    return f"<b:{kind}EventDefinition{named}>{inside}</b:{kind}EventDefinition>"


AFTER = on("timer", inside="<b:timeDuration>PT1H</b:timeDuration>")
PLAIN = nodes("start:s user:u end:e") + flows("s u e")
MESSAGE = '<b:message id="m" name="beskjed"/>'


def pools(*processes: str) -> str:
    """A collaboration with a participant for each process and message flows between them."""
    names = [part.split('id="')[1].split('"')[0] for part in processes]
    people = "".join(f'<b:participant id="pool_{n}" processRef="{n}"/>' for n in names)
    return f'<b:collaboration id="c">{people}{{}}</b:collaboration>{"".join(processes)}'


PIZZA = (
    pools(
        process(
            nodes("start:hungry user:choose race:wait user:ask user:eat end:full xor:more"),
            node("throw", "order", on("message", "m")),
            node("catch", "pizza", on("message", "m")),
            node("catch", "late", AFTER),
            flows("hungry choose order more wait pizza eat full", "wait late ask more"),
            key="customer",
        ),
        process(
            node("start", "ordered", on("message", "m")),
            nodes("and:split user:bake user:calm end:paid"),
            node("task", "deliver"),
            flows("ordered split bake deliver paid", "split calm calm"),
            key="vendor",
        ),
    ).format('<b:messageFlow id="f" sourceRef="order" targetRef="ordered"/>')
    + MESSAGE
)

UNDELIVERABLE = (
    '<b:error id="err" errorCode="undeliverable"/><b:escalation id="esc" escalationCode="late"/>'
)
ORDER = process(
    nodes("start:s xor:x user:ship user:tell user:clean end:e end:late end:gone"),
    node("callActivity", "procure", calledElement="procurement"),
    node(
        "boundaryEvent",
        "slow",
        on("escalation", "esc"),
        attachedToRef="procure",
        cancelActivity="false",
    ),
    node("boundaryEvent", "none", on("error", "err"), attachedToRef="procure"),
    flows(
        "s x", "x ? lager ? ship", "x procure ship e", "slow tell late", "none clean gone"
    ).replace('id="x_procure"', 'id="x_procure" name="ellers"'),
    beside=UNDELIVERABLE,
).replace('<b:exclusiveGateway id="x"', '<b:exclusiveGateway id="x" default="x_procure"')

PROCUREMENT = process(
    nodes("start:ps user:ask xor:px user:get end:pe"),
    node("throw", "pl", on("escalation", "esc")),
    node("end", "pn", on("error", "err")),
    flows("ps ask px", "px ? dager > 2 ? pl", "px ? dager = null ? pn", "px get", "pl get pe"),
    key="procurement",
    beside=UNDELIVERABLE,
).replace('<b:exclusiveGateway id="px"', '<b:exclusiveGateway id="px" default="px_get"')

TRAVEL = process(
    nodes("start:s user:ask user:tell end:e end:e2 end:e3"),
    node(
        "transaction",
        "booking",
        nodes("start:ts and:f user:flight user:hotel and:j end:te"),
        node("boundaryEvent", "undo_f", on("compensate"), attachedToRef="flight"),
        nodes("serviceTask:cancel_f"),
        flows("ts f flight j te", "f hotel j"),
        '<b:association id="as" sourceRef="undo_f" targetRef="cancel_f"/>',
    ),
    node("boundaryEvent", "failed", on("cancel"), attachedToRef="booking"),
    flows("s ask booking e", "failed tell e2"),
)

DATA = (
    '<b:dataObject id="do" isCollection="true"/><b:dataObjectReference id="dr" dataObjectRef="do"/>'
    "<b:ioSpecification><b:inputSet/><b:outputSet/></b:ioSpecification>"
)
ARROWS = (
    '<b:property id="pr" name="__targetRef_placeholder"/>'
    '<b:dataInputAssociation id="di"><b:sourceRef>dr</b:sourceRef><b:targetRef>pr</b:targetRef>'
    "</b:dataInputAssociation>"
)
LOOPED = '<b:standardLoopCharacteristics loopMaximum="3"><b:loopCondition>true</b:loopCondition>'
VOTING = process(
    DATA,
    nodes("start:s end:e user:announce"),
    node("user", "vote", ARROWS),
    node(
        "subProcess",
        "discuss",
        nodes("start:ds user:dd end:de"),
        flows("ds dd de"),
        LOOPED + "</b:standardLoopCharacteristics>",
    ),
    flows("s announce discuss vote e"),
)

NOBEL = pools(
    process(
        '<b:laneSet id="ls"><b:lane id="l1" name="Komité"><b:flowNodeRef>nominate</b:flowNodeRef>'
        '<b:childLaneSet id="cls"><b:lane id="l2"><b:flowNodeRef>screen</b:flowNodeRef></b:lane>'
        '<b:lane id="l3"><b:flowNodeRef>borte</b:flowNodeRef></b:lane></b:childLaneSet></b:lane>'
        "</b:laneSet>",
        nodes("start:s user:nominate user:screen user:choose end:e"),
        flows("s nominate screen choose e"),
        '<b:textAnnotation id="ta"><b:text>September</b:text></b:textAnnotation>'
        '<b:association id="as" sourceRef="nominate" targetRef="ta"/><b:group id="g"/>',
        key="committee",
        ready="false",
    ),
    process(
        nodes("start:ns user:answer end:ne"), flows("ns answer ne"), key="nominator", ready="false"
    ),
).format('<b:messageFlow id="mf" sourceRef="nominate" targetRef="answer"/>')

CAMUNDA = process(
    node("start", "s", camunda__formKey="embedded:app:x.html", camunda__initiator="me"),
    node(
        "user",
        "u",
        camunda__assignee="${me}",
        camunda__candidateGroups="g",
        camunda__dueDate="${now()}",
    ),
    node("serviceTask", "pay", camunda__class="org.x.Pay"),
    node("serviceTask", "ring", camunda__expression="${bean.ring()}", camunda__asyncBefore="true"),
    node("serviceTask", "out", camunda__type="external", camunda__topic="t"),
    nodes("xor:x end:e end:e2"),
    flows("s u x", "x ? ${approved} ? pay", "x ? ${!approved && sum > 10} ? e2", "pay ring out e"),
)
CAMUNDA_MANY = process(
    nodes("start:s end:e"),
    node(
        "user",
        "u",
        '<b:multiInstanceLoopCharacteristics isSequential="true" camunda:collection="${liste}" '
        'camunda:elementVariable="en"/>',
    ),
    node("businessRuleTask", "r", camunda__decisionRef="tabell", camunda__resultVariable="svar"),
    flows("s u r e"),
)


def zeebe(inside: str) -> str:
    return f"<b:extensionElements>{inside}</b:extensionElements>"


ZEEBE = process(
    nodes("start:s xor:x end:e end:e2"),
    node(
        "user",
        "u",
        zeebe('<zeebe:formDefinition formId="f"/><zeebe:assignmentDefinition assignee="=x"/>'),
    ),
    node("serviceTask", "w", zeebe('<zeebe:taskDefinition type="pay" retries="3"/>')),
    flows("s u x", "x ? =orderValue >= 100 ? w", "x e2", "w e"),
).replace('<b:exclusiveGateway id="x"', '<b:exclusiveGateway id="x" default="x_e2"')
ZEEBE_MANY = process(
    nodes("start:s end:e"),
    node(
        "user",
        "u",
        "<b:multiInstanceLoopCharacteristics>"
        + zeebe('<zeebe:loopCharacteristics inputCollection="=liste" inputElement="en"/>')
        + "</b:multiInstanceLoopCharacteristics>",
    ),
    node("callActivity", "c", zeebe('<zeebe:calledElement processId="procurement"/>')),
    node("businessRuleTask", "r", zeebe('<zeebe:calledDecision decisionId="tabell"/>')),
    flows("s u c r e"),
)

PROPERTY = (
    '<spiffworkflow:properties><spiffworkflow:property name="operation" value="notify"/>'
    "</spiffworkflow:properties>"
)


def many(inside: str) -> str:
    tag = "b:multiInstanceLoopCharacteristics"
    return f"<{tag}>{inside}</{tag}>"


WHY = "<b:documentation>Fordi</b:documentation>"
SHAPES = (
    '<bpmndi:BPMNDiagram id="dia"><bpmndi:BPMNPlane bpmnElement="p"><bpmndi:BPMNShape id="sh" '
    'bpmnElement="u"><dc:Bounds x="NaN" y="tull" width="1e999" height=""/></bpmndi:BPMNShape>'
    '<bpmndi:BPMNShape id="sh2"/><bpmndi:BPMNEdge id="ed" bpmnElement="borte"><di:waypoint x="1"/>'
    "</bpmndi:BPMNEdge></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
)

JUEL = process(
    nodes("start:s user:u xor:x user:v user:w end:e"),
    node("serviceTask", "z", zeebe(PROPERTY)),
    flows(
        "s u x",
        "x ? ${nivå == 1 && !lager} ? v",
        "x ? #{ nivå >= 2 or navn == 'ja' } ? w",
        "x z e",
        "v e",
        "w e",
    ),
).replace('<b:exclusiveGateway id="x"', '<b:exclusiveGateway id="x" default="x_z"')
NAMELESS = re.sub(r'(<b:sequenceFlow) id="\w+"', r"\1", process(PLAIN))
SUBPROCESS = (
    '<b:subProcess triggeredByEvent="true"><b:startEvent id="es" isInterrupting="false">'
    '<b:messageEventDefinition messageRef="m"/></b:startEvent>'
    '<b:sequenceFlow sourceRef="es" targetRef="ee"/><b:endEvent id="ee"/></b:subProcess>'
)

GOOD: dict[str, str] = {
    "flows without ids": document(NAMELESS),
    "flows without ids and with the same ends": document(
        process(PLAIN, '<b:sequenceFlow sourceRef="s" targetRef="u"/>' * 2)
    ),
    "a subprocess without id": document(process(PLAIN, SUBPROCESS, beside=MESSAGE)),
    "a task without id": document(process(PLAIN, "<b:userTask/>")),
    "a process without id beside": document(process(PLAIN) + "<b:process/><b:process/>"),
    "cardinality": document(
        process(
            nodes("start:s end:e"),
            node("user", "u", many("<b:loopCardinality>3</b:loopCardinality>")),
            node("user", "v", many("<b:loopCardinality>${antall}</b:loopCardinality>")),
            flows("s u v e"),
        )
    ),
    "juel": document(JUEL),
    "documentation inside": document(
        process(
            nodes("start:s xor:x end:e"),
            node("catch", "c", AFTER.replace("</b:timerEvent", f"{WHY}</b:timerEvent")),
            flows("s c x", "x ? lager = null ? e").replace("null<", f"null{WHY}<"),
        )
    ),
    "qualified names": document(
        process(
            nodes("start:s end:e"),
            node("catch", "c", on("message", "tns:m")),
            flows("s c e"),
            beside=MESSAGE,
        )
    ).replace("<bpmn:definitions", '<bpmn:definitions xmlns:tns="http://x"'),
    "plain": document(process(PLAIN)),
    "bpmn2 prefix": document(process(PLAIN), "bpmn2"),
    "semantic prefix": document(process(PLAIN), "semantic"),
    "no prefix": document(process(PLAIN), ""),
    "order": document(ORDER),
    "camunda collection": document(CAMUNDA_MANY),
    "zeebe collection": document(ZEEBE_MANY),
    "not executable": document(process(PLAIN, ready="false")),
    "data objects": document(
        process(DATA, nodes("start:s end:e"), node("user", "u", ARROWS), flows("s u e"))
    ),
    "signavio": document(
        process(
            zeebe('<signavio:signavioMetaData metaKey="bgcolor" metaValue="#fff"/>'),
            nodes("start:s end:e"),
            node("user", "u", zeebe('<signavio:signavioLabel x="1"/>'), completionQuantity="1"),
            flows("s u e"),
        )
    ),
    "bizagi": document(process(zeebe("<bizagi:BizagiExtensions/>"), PLAIN)),
    "comments": document(process("<!-- a --><?x y?>", PLAIN)),
    "unknown encoding": document(process(PLAIN)).replace("UTF-8", "X-TULL"),
    "shapes": document(process(PLAIN) + SHAPES),
    "text annotations": document(
        process(PLAIN, '<b:textAnnotation id="t"/><b:group id="g" categoryValueRef="x"/>')
    ),
    "links": document(
        process(
            nodes("start:s user:u end:e"),
            node("throw", "t", '<b:linkEventDefinition name="L"/>'),
            node("catch", "c", '<b:linkEventDefinition name="L"/>'),
            flows("s t", "c u e"),
        )
    ),
    "incidents": document(
        process(
            nodes("start:s user:first xor:x user:second xor:y user:third end:e"),
            flows(
                "s first x",
                "x ? nivå = 2 ? second",
                "x e",
                "second y",
                "y ? nivå = 3 ? third",
                "y e",
                "third e",
            ),
        )
        .replace('<b:exclusiveGateway id="x"', '<b:exclusiveGateway id="x" default="x_e"')
        .replace('<b:exclusiveGateway id="y"', '<b:exclusiveGateway id="y" default="y_e"')
    ),
    "event subprocess": document(
        process(
            PLAIN,
            node(
                "subProcess",
                "es",
                node("start", "es_s", on("message", "m"), isInterrupting="false"),
                nodes("user:es_u end:es_e"),
                flows("es_s es_u es_e"),
                triggeredByEvent="true",
            ),
            beside=MESSAGE,
        )
    ),
    "unlinked elements": document(process(PLAIN, nodes("user:alone xor:lone"))),
    "implicit end": document(process(nodes("start:s user:u"), flows("s u"))),
    "merge without gateway": document(
        process(nodes("start:s and:a user:u user:v user:w end:e"), flows("s a u w e", "a v w"))
    ),
    "split without gateway": document(
        process(nodes("start:s user:u user:v user:w end:e"), flows("s u v e", "u w e"))
    ),
}


def _start(kind: str, inside: str = "") -> str:
    return document(
        process(
            node("start", "s", on(kind, inside=inside)),
            nodes("user:u end:e"),
            flows("s u e"),
            beside=MESSAGE,
        )
    )


def _with(*parts: str) -> str:
    return document(process(PLAIN, *parts))


def _marked(inside: str) -> str:
    return document(process(nodes("start:s end:e"), node("user", "u", inside), flows("s u e")))


OTHERS: dict[str, str] = {
    **{
        f"start by {kind}": _start(kind)
        for kind in ("message", "signal", "conditional", "timer", "error", "x")
    },
    **{
        f"with {kind}": _with(node(kind, "x"))
        for kind in (
            *(
                "scriptTask",
                "task",
                "sendTask",
                "receiveTask",
                "manualTask",
                "serviceTask",
                "complexGateway",
            ),
            *(
                "adHocSubProcess",
                "transaction",
                "choreographyTask",
                "subChoreography",
                "callChoreography",
            ),
            *(
                "callActivity",
                "businessRuleTask",
                "subProcess",
                "startEvent",
                "boundaryEvent",
                "tull",
            ),
            *(
                "intermediateCatchEvent",
                "implicitThrowEvent",
                "globalTask",
                "event",
                "dataStore",
                "laneSet",
            ),
        )
    },
    **{
        f"throw {kind}": _with(node("throw", "x", on(kind)))
        for kind in ("message", "compensate", "link", "timer")
    },
    **{
        f"end {kind}": _with(node("end", "x", on(kind)))
        for kind in ("message", "cancel", "compensate", "terminate")
    },
    "pizza": document(PIZZA),
    "procurement": document(PROCUREMENT),
    "travel": document(TRAVEL),
    "voting": document(VOTING),
    "nobel": document(NOBEL),
    "camunda": document(CAMUNDA),
    "zeebe": document(ZEEBE),
    "many without": _marked("<b:multiInstanceLoopCharacteristics/>"),
    "standard loop": _marked(LOOPED + "</b:standardLoopCharacteristics>"),
    "two starts": _with(nodes("start:s2 user:u2 end:e2"), flows("s2 u2 e2")),
    "no start": document(process(nodes("user:u end:e"), flows("u e"))),
    "no end": document(process(nodes("start:s"))),
    "empty process": document(process()),
    "two processes": document(process(PLAIN) + process(PLAIN, key="q")),
    "processes that share ids": document(process(PLAIN) + process(PLAIN, key="p")),
    "duplicate ids": _with(nodes("user:u")),
    "missing process id": document(process(PLAIN).replace(' id="p"', "")),
    "an element in another": _with(node("user", "x", nodes("user:y"), flows("u y"))),
    "dangling flow": _with(flows("u borte")),
    "flow without ends": _with('<b:sequenceFlow id="f"/>'),
    "dangling message": _with(node("catch", "x", on("message", "borte"))),
    "dangling default": document(
        process(nodes("start:s xor:x end:e"), flows("s x e")).replace(
            'id="x"', 'id="x" default="borte"'
        )
    ),
    "dangling boundary": _with(node("boundaryEvent", "x", AFTER, attachedToRef="borte")),
    "message without id": document('<b:message name="x"/>' + process(PLAIN)),
    "error without id": document('<b:error name="x"/>' + process(PLAIN)),
    "correlation": document('<b:correlationProperty id="x"/>' + process(PLAIN)),
    "data store": document(
        '<b:dataStore id="x"/>' + process(PLAIN, '<b:dataStoreReference id="y" dataStoreRef="x"/>')
    ),
    "loop of nothing": document(
        process(nodes("start:s xor:x xor:y end:e"), flows("s x y x", "y e"))
    ),
    "calls itself": document(
        process(
            nodes("start:s end:e"), node("callActivity", "c", calledElement="p"), flows("s c e")
        )
    ),
    "stuck join": document(
        process(
            nodes("start:s xor:x user:a user:b and:j end:e"),
            flows("s x", "x ? true ? a", "x ? false ? b", "a j e", "b j"),
        )
    ),
    "bad time": _with(
        node(
            "boundaryEvent",
            "x",
            on("timer", inside="<b:timeDuration>P1D\ni morgen</b:timeDuration>"),
            attachedToRef="u",
        )
    ),
    "reserved ids": document(
        process(nodes("start:Start user:Root end:End"), flows("Start Root End"))
    ),
    "odd ids": document(process(nodes("start:1-2 user:æ.ø end:_"), flows("1-2 æ.ø _"))),
    "empty definitions": document(""),
    "collaboration only": document(
        '<b:collaboration id="c"><b:participant id="q" processRef="borte"/></b:collaboration>'
    ),
    "choreography": document('<b:choreography id="p"/>'),
    "condition in python": document(
        process(
            nodes("start:s xor:x end:e end:f"),
            flows("s x", "x ? a == 1 ? e", "x ? __import__('os') ? f"),
        )
    ),
}

JUNK: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t",
    "binary": bytes(range(256)) * 20,
    "zip": b"PK\x03\x04" + bytes(200),
    "text": "Kjære leser".encode(),
    "json": b'{"definitions": []}',
    "half": document(process(PLAIN))[:700].encode(),
    "html": b"<!doctype html><html><body><p>Hei</body></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>',
    "dmn": b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d"/>',
    "bpmn 1": b'<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0" id="d"/>',
    "no namespace": b"<definitions><process id='p' isExecutable='true'/></definitions>",
    "unknown prefix": b"<bpmn:definitions><bpmn:process id='p'/></bpmn:definitions>",
    "process alone": f'<process xmlns="{MODEL}" id="p"/>'.encode(),
    "utf-16": document(process(PLAIN)).replace("UTF-8", "UTF-16").encode("utf-16"),
    "latin-1": document(process(PLAIN)).replace('name="u"', 'name="æ"').encode("latin-1"),
    "said latin-1": document(process(PLAIN))
    .replace("UTF-8", "ISO-8859-1")
    .replace('name="u"', 'name="æ"')
    .encode("latin-1"),
    "nul": document(process(PLAIN)).replace('name="u"', 'name="\0"').encode(),
    "dtd": document(process(PLAIN))
    .replace("?>", "?><!DOCTYPE x SYSTEM 'file:///etc/passwd'>", 1)
    .encode(),
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "laughs": (
        "<!DOCTYPE x [<!ENTITY a0 'ha'>"
        + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
        + "]><x>&a11;</x>"
    ).encode(),
}


def deep(levels: int) -> str:
    """Subprocesses inside one another."""
    inside = nodes("start:s0 end:e0") + flows("s0 e0")
    for n in range(1, levels + 1):
        inside = (
            f"{nodes(f'start:s{n} end:e{n}')}"
            f'<b:subProcess id="u{n}">{inside}</b:subProcess>{flows(f"s{n} u{n} e{n}")}'
        )
    return document(process(inside))


def long(count: int) -> str:
    """Tasks in a row."""
    keys = [f"u{n}" for n in range(count)]
    return document(
        process(
            nodes("start:s end:e " + " ".join(f"user:{k}" for k in keys)),
            flows(" ".join(["s", *keys, "e"])),
        )
    )


def huge() -> Iterator[tuple[str, bytes]]:
    """Files too deep or too large; a generator, for they fill the memory."""
    start = f'<b:definitions xmlns:b="{MODEL}"><b:process id="p" isExecutable="true">'.encode()
    yield "10,000 subprocesses inside one another", start + b'<b:subProcess id="a">' * 10_000
    yield "10,000 levels of XML", start + b"<x>" * 10_000
    yield "100,000 elements", start + b"<b:userTask/>" * 100_000
    yield "50 MB", start + b" " * 50_000_000
    yield "1,000,000 attributes", start + b"<b:userTask " + b"a='1' " * 1_000_000 + b"/>"


def ladder(count: int) -> str:
    """Inclusive splits and joins one after another."""
    steps, ways = [nodes("start:s end:e")], []
    for n in range(count):
        steps.append(
            nodes(f"or:o{n} xor:t{n} or:i{n}").replace(f'name="o{n}"', f'default="o{n}_i{n}"')
        )
        before = f"i{n - 1}" if n else "s"
        ways += [f"{before} o{n} i{n}", f"o{n} ? true ? t{n}", f"t{n} i{n}"]
    return document(process(*steps, flows(*ways, f"i{count - 1} e")))
