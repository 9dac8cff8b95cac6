"""The rooms keep apart: the import contracts, and what imports alone do not show."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("webapp", "workflows", "bpmn", "forms")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
WEB_GLOBALS = {"current_app", "current_user", "g"}


def faults(path: str, source: str) -> Iterator[str]:
    """What a module does that its room may not; path is relative to the project."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield f"{path}:1: no docstring that says what the module is for"
    if path.startswith("webapp/"):
        return
    for node in ast.walk(tree):
        for word in said(node):
            yield f"{path}:{getattr(node, 'lineno', 1)}: {word}"


def said(node: ast.AST) -> Iterator[str]:
    """What this one node does that belongs in the web edge."""
    match node:
        case ast.Call(func=ast.Attribute(attr="commit")):
            yield "commits below the edge"
        case ast.Name(id=name) | ast.arg(arg=name) | ast.alias(name=name) if name in WEB_GLOBALS:
            yield f"{name} belongs to the web"


def test_import_contracts() -> None:
    """Every import contract of pyproject.toml is kept."""
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_module_keeps_to_its_room(module: Path) -> None:
    """A module says what it is for, and below webapp none commits or knows the web's globals."""
    path = module.relative_to(ROOT).as_posix()
    assert list(faults(path, module.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("session.commit()", "commits below the edge"),
        ("def claim(session, g): ...", "g belongs to the web"),
        ("from flask import current_app", "current_app belongs to the web"),
        ("print(current_user.name)", "current_user belongs to the web"),
    ],
)
def test_planted_fault_is_found(source: str, fault: str) -> None:
    """Each thing a module below webapp may not do is found."""
    found = faults("workflows/tasks.py", f'"""Tasks."""\n{source}')
    assert list(found) == [f"workflows/tasks.py:2: {fault}"]


def test_missing_docstring_is_found() -> None:
    """A module without a docstring is found, in webapp too."""
    [found] = faults("webapp/tasks.py", "x = 1")
    assert "no docstring" in found
