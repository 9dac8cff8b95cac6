"""The guide to the API tells the truth: every request in it is sent, and works."""

import re
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any

from world import World

import dev
from tests.webapp.api.conftest import System, SystemOf
from tests.workflows import stories
from workflows import api_tokens, webhooks

ROOT = Path(dev.__file__).resolve().parent
GUIDE = (ROOT / "docs/api.md").read_text("utf-8")
PLACE = "https://rodtrad.example/api/v1"


def requests() -> list[list[str]]:
    """The words of every curl command in the guide."""
    found = re.findall(r"(?m)^curl .+$", GUIDE)
    return [shlex.split(line)[1:] for line in found]


def sent(system: System, words: list[str], values: dict[str, str]) -> Any:
    """What curl would send, sent."""
    words = [re.sub(r"\$([A-Z]+)", lambda name: values[name[1]], word) for word in words]
    method, more, address, options = "GET", {}, "", iter(words)
    headers: dict[str, str] = {}
    for word in options:
        if word == "-X":
            method = next(options)
        elif word == "-H":
            name, _colon, value = next(options).partition(": ")
            headers[name] = value
        elif word == "-d":
            more["data"] = next(options)
        elif word == "-F":
            path = ROOT / next(options).partition("=@")[2]
            more["data"] = {"fil": (BytesIO(path.read_bytes()), path.name)}
        else:
            address = word
    assert address.startswith(PLACE)
    return system.call(method, address.removeprefix(PLACE), headers=headers, **more)


def test_every_request_of_the_guide_works(world: World, system_of: SystemOf) -> None:
    """Whoever copies a command from the guide gets what it says."""
    unit = system_of("koordinerende_enhet", roles=("prosesseier",))
    instance = stories.start(world)
    ida = world.person("Ida")
    values = {
        "TOKEN": unit.token,
        "TASK": str(world.open_task("vurder_behov").id),
        "INSTANCE": str(instance.id),
        "PERSON": str(ida.id),
        "SERVICE": world.service_id("skole"),
    }
    found = requests()
    assert len(found) > 10
    for words in found:
        answer = sent(unit, words, values)
        assert answer.status_code < 300, (words, answer.text)


def test_guide_names_every_scope_and_event() -> None:
    """The closed sets stand in the guide."""
    names = [*api_tokens.SCOPES, *webhooks.EVENTS]
    assert [name for name in names if f"`{name}`" not in GUIDE] == []
