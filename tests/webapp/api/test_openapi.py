"""The OpenAPI document holds together, and whatever is sent to what it lists is answered."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from flask import Flask
from flask_babel import get_locale
from world import World

from tests.webapp.api.conftest import System, SystemOf
from tests.webapp.conftest import Client
from tests.workflows import stories
from webapp.api import pages
from workflows import api_tokens

ROOT = Path(__file__).parents[3]
METHODS = {"get", "post", "delete"}
PROBLEM = "application/problem+json"
KINDS = {"string", "integer", "number", "boolean", "object", "array", "null"}


@pytest.fixture
def document(stranger: Client) -> dict[str, Any]:
    """The document, as anybody gets it."""
    answer = stranger.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.text)
    return found


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from inside(each)
    elif isinstance(value, list):
        for each in value:
            yield from inside(each)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield method, path, item[method] | {"above": item.get("parameters", [])}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """What the document points to is in it."""
    references = [each["$ref"] for each in inside(document) if isinstance(each.get("$ref"), str)]
    assert len(references) > 30
    for reference in references:
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    """The parts that OpenAPI 3.1 demands are there, and types are JSON Schema's."""
    assert document["openapi"].startswith("3.1.")
    assert document["info"].keys() >= {"title", "version"}
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for schema in document["components"]["schemas"].values():
        for each in inside(schema):
            kinds = each.get("type", [])
            if not isinstance(kinds, dict):  # else a property that is called type
                assert set([kinds] if isinstance(kinds, str) else kinds) <= KINDS
            assert "nullable" not in each


def test_every_operation_is_told_whole(document: dict[str, Any]) -> None:
    """Each has its own id, words, a scope of the set, its path's parameters, and its answers."""
    ids = []
    for method, path, told in operations(document):
        ids.append(told["operationId"])
        assert told["summary"]
        assert set(told["security"][0]["token"]) <= set(api_tokens.SCOPES)
        named = {each["name"] for each in told["above"] if each["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        assert any(status.startswith("2") for status in told["responses"])
        assert told["responses"]["default"]["$ref"].endswith("/Problem")
        keys = {each["name"] for each in told.get("parameters", ())}
        assert ("Idempotency-Key" in keys) == (method == "post")
    assert len(ids) == len(set(ids)) > 15


def said(document: dict[str, Any]) -> set[str]:
    """Every summary and description."""
    found = {each.get(key) for each in inside(document) for key in ("summary", "description")}
    return {text for text in found if isinstance(text, str) and text}


def test_every_word_of_the_document_is_found_for_translation(document: dict[str, Any]) -> None:
    """All but what HTTP itself calls its answers."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, DEFAULT_KEYWORDS)
    known = {text for _file, _line, text, _comments, _context in found}
    assert said(document) - known == {"OK", "Created", "No Content"}


def test_document_is_in_the_reader_s_language(
    stranger: Client, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each word of it, and of the page."""
    monkeypatch.setattr(pages, "gettext", lambda text: f"{get_locale()}: {text}")
    asked = {"Accept-Language": "en"}
    answer = stranger.get("/api/v1/openapi.json", headers=asked)
    assert said(json.loads(answer.text)) == {f"en: {text}" for text in said(document)}
    assert "en: Start et forløp for en person" in stranger.get("/api/v1/", headers=asked).text


def test_document_lists_every_route(app: Flask, document: dict[str, Any]) -> None:
    """No operation is left out of the document."""
    listed = {(method.upper(), path) for method, path, _told in operations(document)}
    there = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], "scope")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert listed == there


def test_page_lists_every_operation(stranger: Client, document: dict[str, Any]) -> None:
    """The page for people has what the document has, and every kind of problem."""
    page = stranger.get("/api/v1/").text
    for method, path, told in operations(document):
        assert f"{method.upper()} {path}" in page
        assert told["security"][0]["token"][0] in page
    assert 'id="problem-409"' in page


ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1e308, 2**70, "", "x", "æ", "\x00", "\ud800", "a" * 3000),
    *([], {}, [[]], [None], {"": {}}, {"x": [1]}, "00000000-0000-0000-0000-000000000007"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "../../etc/passwd", "%s%n", "' or 1=1 --"),
)


class Odd:
    """What nobody would send, and what somebody might, by a seed."""

    def __init__(self, seed: int, document: dict[str, Any], ids: list[str]) -> None:
        self.random = random.Random(seed)  # noqa: S311 - to be repeated
        self.document, self.ids = document, ids

    def value(self, depth: int = 0) -> Any:
        if depth < 3 and self.random.random() < 0.3:
            names = [self.random.choice(("name", "answers", "vurdering", "x")) for _ in range(3)]
            inner = [self.value(depth + 1) for _ in names]
            return self.random.choice((inner, dict(zip(names, inner, strict=True))))
        return self.random.choice((*ODD, *self.ids))

    def body(self, told: dict[str, Any]) -> dict[str, Any]:
        """A body near what the document asks for, or far from it."""
        content = told.get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        schema = self.document["components"]["schemas"].get(reference.rsplit("/", 1)[-1], {})
        names = list(schema.get("properties", {}))
        kept = [name for name in names if self.random.random() < 0.8]
        made = {name: self.value() for name in kept}
        return made if self.random.random() < 0.8 else self.value()

    def path(self, path: str) -> str:
        texts = ("x", "%00", "%FF", "æ", "a" * 300, ".", "%2e%2e")
        while found := re.search(r"{(\w+)}", path):
            chosen = self.random.choice((*self.ids, *self.ids, *texts))
            path = path.replace(found[0], chosen, 1)
        return path.removeprefix("/api/v1")

    def query(self, told: dict[str, Any]) -> dict[str, str]:
        names = [each["name"] for each in told.get("parameters", ()) if each["in"] == "query"]
        odd = ("", "x", "-1", "%00", "\x00", "9" * 400, "W251bGwsIngiXQ", "2026-02-30", *self.ids)
        return {name: self.random.choice(odd) for name in names if self.random.random() < 0.4}

    def headers(self) -> dict[str, str]:
        odd = {
            "Idempotency-Key": ("", "k", "\x80", "k" * 500),
            "Accept-Language": ("", "nn", "x;q=9", "\xff", "en," * 500),
            "Content-Type": ("application/json", "text/plain", "multipart/form-data", "x", ""),
            "Accept": ("text/html", "x"),
        }
        return {n: self.random.choice(v) for n, v in odd.items() if self.random.random() < 0.3}


@pytest.fixture
def busy(world: World, system_of: SystemOf) -> System:
    """A process owner's system, with a case under way."""
    stories.to_coordinator(world)
    return system_of("koordinerende_enhet", roles=("prosesseier",))


def known_ids(system: System) -> list[str]:
    """Ids that are there, each of something else."""
    system.post("/webhooks", {"url": "https://a.example/", "events": ["task.opened"]})
    lines = [
        system.get("/tasks").json["tasks"],
        system.get("/webhooks").json["webhooks"],
        system.get("/definitions").json["definitions"][:1],
    ]
    return ["individuell_plan", *{str(v) for line in lines for one in line for v in one.values()}]


@pytest.mark.parametrize("throw", range(4))
def test_whatever_is_sent_is_answered(
    app: Flask, busy: System, document: dict[str, Any], throw: int
) -> None:
    """Never an error of ours, and every refusal is a problem that says what is wrong."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    odd = Odd(throw, document, known_ids(busy))
    wrong = []
    for method, path, told in sorted(operations(document), key=lambda each: each[:2]):
        if method == "delete":
            continue
        for _time in range(12):
            address, headers = odd.path(path), odd.headers()
            more: dict[str, Any] = {"query_string": odd.query(told), "headers": headers}
            if method == "post":
                body = json.dumps(odd.body(told)).encode()
                cut = odd.random.randrange(len(body)) if odd.random.random() < 0.1 else None
                more["data"] = body[:cut]
                headers.setdefault("Content-Type", "application/json")
            answer = busy.call(method.upper(), address, **more)
            fine = answer.status_code < 400 or answer.content_type == PROBLEM
            if answer.status_code >= 500 or not fine:
                wrong.append((method, address, more, answer.status_code, answer.text[:200]))
            if answer.status_code >= 400:
                assert {"type", "title", "status", "detail", "instance"} <= answer.json.keys()
    assert wrong == []
