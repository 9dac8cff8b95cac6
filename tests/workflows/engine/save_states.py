"""Saves states of this release, so that every later one is held to loading them.

    python -m tests.workflows.engine.save_states LABEL

writes a few states of each process of the library, and of a diagram with every construct, into
`states/LABEL/`, and the diagrams they belong to, without their drawing, into `states/sources/`. Run
it for each release, and never change or delete what is there.
"""

import json
import random
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree

from tests.workflows.engine import test_library
from tests.workflows.engine.diagrams import (
    boundary,
    call,
    end,
    event,
    flow,
    line,
    message,
    multi,
    node,
    parallel,
    process,
    reaction,
    start,
    timer,
    user,
    xor,
)
from tests.workflows.engine.running import Driver

FOLDER = Path(__file__).parent / "states"
DRAWING = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"
STATES, STEPS = 4, 60


def everything() -> dict[str, bytes]:
    """A process with every construct there is, and the one it calls."""
    inclusive = [node("inclusiveGateway", key) for key in ("noen", "samlet")]
    race = [
        node("eventBasedGateway", "forst"),
        node("intermediateCatchEvent", "tiden", timer("P20D")),
        node("receiveTask", "brevet", messageRef="m_brev"),
    ]
    inside = (
        *(start("is"), user("hver"), end("ie"), line("is", "hver", "ie")),
        boundary("purr", "hver", timer("R3/P7D", "timeCycle"), interrupting=False),
        *(user("ring"), end("pe"), line("purr", "ring", "pe")),
    )
    parts = (
        *(start(), xor("igjen"), parallel("del"), xor("kom"), parallel("samle")),
        *(xor("ut", "ut-end"), end()),
        *(*inclusive, user("en"), user("to"), *race, call("kall", "under")),
        node("subProcess", "alle", *inside, multi("liste", "t")),
        user("i_tur", multi("liste", "u", sequential=True)),
        *(boundary("for_sent", "alle", timer("P90D")), xor("etter")),
        boundary("avbrutt", "kall", event("error", "feil")),
        reaction("trukket", message("trukket"), user("avklar"), end("te"),
                 line("trukket_start", "avklar", "te")),
        reaction("stans", message("stans"), user("rydd"), end("se"),
                 line("stans_start", "rydd", "se"), interrupting=True),
        line("start", "igjen", "del", "noen"),
        flow("noen", "en", "true"), flow("noen", "to", "true"),
        line("en", "samlet"), line("to", "samlet", "samle", "ut", "end"),
        line("del", "forst", "tiden", "kom", "samle"), line("forst", "brevet", "kom"),
        line("del", "kall", "etter"), line("avbrutt", "etter", "samle"),
        line("del", "alle", "i_tur", "samle"), line("for_sent", "i_tur"),
        flow("ut", "igjen", "b = true"),
    )  # fmt: skip
    declared = '<bpmn:error id="feil" errorCode="feil"/>'
    under = process(
        "under", start(), user("u"), xor("v", "v-end"), end(), end("galt", event("error", "feil")),
        line("start", "u", "v", "end"), flow("v", "galt", "c = true"), declared=declared,
    )  # fmt: skip
    names = ("brev", "trukket", "stans")
    return {"alt": process("alt", *parts, messages=names, declared=declared), "under": under}


def begun(key: str, sources: Mapping[str, bytes]) -> Driver:
    """A case of a process of the library, or of `everything`."""
    return Driver(
        *sources.values(),
        key=key,
        variables={**test_library.GIVEN, "liste": ["x", "y"]},
        operate=test_library.operate,
        decisions=test_library.DECISIONS if key != "alt" else {},
    )


def states(key: str, sources: Mapping[str, bytes]) -> list[str]:
    """The states with most in them on some walks."""
    found: dict[int, str] = {}
    for seed in range(STATES):
        hand = random.Random(seed)  # noqa: S311 - a walk that can be repeated
        case = begun(key, sources)
        for _ in range(STEPS):
            if case.case.ended:
                break
            found[seed] = max(found.get(seed, ""), case.case.dump().decode(), key=len)
            test_library.step(case, hand)
    return list(dict.fromkeys(found.values()))


def undrawn(source: bytes) -> bytes:
    """A diagram without its drawing."""
    root = etree.fromstring(source)
    for drawing in root.findall(DRAWING):
        root.remove(drawing)
    return bytes(etree.tostring(root, encoding="utf-8"))


def kept(source: bytes, kind: str) -> str:
    """The name of a source among the sources, where it is put unless it is there."""
    name = f"{sha256(source).hexdigest()[:16]}.{kind}"
    (FOLDER / "sources").mkdir(parents=True, exist_ok=True)
    (FOLDER / "sources" / name).write_bytes(source)
    return name


def save(label: str) -> None:
    """Writes the states of every process."""
    folder = FOLDER / label
    folder.mkdir(parents=True)
    tables = {path.stem: path.read_bytes() for path in test_library.FOLDER.glob("*.dmn")}
    sets = dict.fromkeys(test_library.LIBRARY, test_library.LIBRARY) | {"alt": everything()}
    for key, sources in sets.items():
        used = begun(key, sources).definition.processes
        told: dict[str, Any] = {
            "sources": {each: kept(undrawn(sources[each]), "bpmn") for each in sorted(used)},
            "decisions": {} if key == "alt" else {k: kept(t, "dmn") for k, t in tables.items()},
            "states": states(key, sources),
        }
        text = json.dumps(told, ensure_ascii=False, indent=1)
        (folder / f"{key}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    save(sys.argv[1])
