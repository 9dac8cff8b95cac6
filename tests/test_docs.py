"""The docs tell the truth: commands, code, links, screen texts and variables are there."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner

import dev
from webapp import cli
from workflows import operation_catalogue, operations

ROOT = Path(dev.__file__).resolve().parent
GUIDES = sorted((ROOT / "docs").glob("*.md"))
ENGLISH = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
DOCS = [*ENGLISH, *GUIDES, ROOT / "docs/pictures/README.md"]
EVERYTHING = [*ENGLISH, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = ("webapp", "workflows", "forms", "bpmn")
TARGETS = set(re.search(r"(?m)^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"))[1].split())
FENCE = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\bRODTRAD_[A-Z_]+\b")
ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")
READS_ONLY = ("check", "--version", "--help")


class Block(NamedTuple):
    """A fenced block: its file and line, its language and its text."""

    place: str
    language: str
    text: str


def named(path: Path) -> str:
    """A document's path in the project."""
    return path.relative_to(ROOT).as_posix()


def blocks(*languages: str) -> list[Block]:
    """Every fenced block in one of the languages."""
    return [
        Block(f"{named(path)}:{text.count(chr(10), 0, found.start()) + 1}", *found.groups())
        for path in DOCS
        for text in [path.read_text("utf-8")]
        for found in FENCE.finditer(text)
        if found[1] in languages
    ]


def commands(block: Block) -> Iterator[list[str]]:
    """The commands of a block, word by word, without the variables set before them."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and ASSIGNMENT.fullmatch(words[0]):
            words.pop(0)
        if words:
            yield words


def fault(words: list[str]) -> str | None:
    """What is wrong with a command, if anything."""
    program, *args = words
    match Path(program).name:
        case "make":
            missing = [each for each in args if each not in TARGETS]
            return f"make has no {missing}" if missing else None
        case "rodtrad":
            return rodtrad_fault(args)
        case "python" | "python3" if args[:1] == ["dev.py"]:
            return missing_path(args[2:]) if args[1] in dev.JOBS else f"dev.py has no {args[1]}"
        case "python" | "python3" | "pytest":
            return missing_path(args)
        case "docker":  # compose -f FILE …: what is run of ours, in whatever folders there are
            ours = args[args.index("rodtrad") + 1 :] if "rodtrad" in args else ["--help"]
            return missing_path(args[2:3]) or rodtrad_fault([a for a in ours if "/" not in a])
        case "systemctl" | "systemd-analyze":
            units = {unit.stem.partition("@")[0] for unit in ROOT.glob("deploy/systemd/*")}
            named = {arg.partition("@")[0] for arg in args if arg.startswith("rodtrad")}
            return missing_path(args) or (f"there is no {named - units}" if named - units else None)
        case "git" | "cd" | "curl":  # tests/webapp/api/test_guide.py sends what curl does
            return None
    return f"nobody knows {program}"


def rodtrad_fault(args: list[str]) -> str | None:
    """What is wrong with the arguments of `rodtrad`: click parses them, and nothing is run."""
    command: click.Command = cli.main
    context = click.Context(command, info_name="rodtrad")
    while isinstance(command, click.Group) and args and not args[0].startswith("-"):
        if args[0] not in command.commands:
            return f"rodtrad has no {args[0]}"
        command, args = command.commands[args[0]], args[1:]
    options = {name for param in command.get_params(context) for name in param.opts}
    options |= {"-h", "--help"}
    unknown = [arg for arg in args if arg.startswith("-") and arg.split("=")[0] not in options]
    return f"{command.name} has no {unknown}" if unknown else missing_path(args)


def missing_path(args: list[str]) -> str | None:
    """The arguments that look like paths of the project and are none."""
    gone = [arg for arg in args if "/" in arg and "://" not in arg and not (ROOT / arg).exists()]
    return f"there is no {gone}" if gone else None


def all_commands(command: click.Command = cli.main, path: str = "rodtrad") -> Iterator[str]:
    """Every command there is, with its groups before it."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from all_commands(inner, f"{path} {name}")


def on_screen() -> str:
    """Every text a page can show: templates, code and library."""
    kinds = ("*.html", "*.py", "*.form", "*.bpmn", "*.dmn")
    files = [path for room in ROOMS for kind in kinds for path in (ROOT / room).rglob(kind)]
    return "\n".join(path.read_text("utf-8") for path in files)


@pytest.mark.parametrize("block", blocks("sh", "console"), ids=lambda block: block.place)
def test_commands_exist(block: Block) -> None:
    """Every make target, command, option and path in the docs is there."""
    found = list(commands(block))
    assert found
    assert [wrong for words in found if (wrong := fault(words))] == []


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.place)
def test_output_is_what_the_command_says(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command shown with its output gives that output, when it only reads."""
    monkeypatch.chdir(ROOT)
    [words] = commands(block)
    assert words[1] in READS_ONLY
    done = CliRunner().invoke(cli.main, words[1:], prog_name="rodtrad")
    assert done.output.strip() == block.text.split("\n", 1)[1].strip()


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.place)
def test_code_runs(block: Block, tmp_path: Path) -> None:
    """Every Python block runs by itself, where there is an `instance` folder."""
    (tmp_path / "instance").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block.text],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_no_block_goes_unchecked(path: Path) -> None:
    """A fenced block is a command, code, or plainly text.

    Files to make are in XML and JSON: tests/workflows/test_new_process.py tries each.
    """
    found = {language for language, _text in FENCE.findall(path.read_text("utf-8"))}
    assert found <= {"sh", "console", "python", "text", "xml", "json"}
    assert path.read_text("utf-8").count("```") == 2 * len(FENCE.findall(path.read_text("utf-8")))


@pytest.mark.parametrize("path", EVERYTHING, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link and picture in a document exists."""
    targets = [link.split("#")[0] for link in LINK.findall(path.read_text("utf-8"))]
    local = [link for link in targets if link and "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=named)
def test_bold_words_are_on_the_screen(path: Path) -> None:
    """What is in bold is the name of a page, a button, a task or an answer, letter by letter."""
    shown = on_screen()
    bold = re.findall(r"\*\*([^*\n]+)\*\*", FENCE.sub("", path.read_text("utf-8")))
    assert [words for words in bold if words not in shown] == []


@pytest.mark.parametrize("command", list(all_commands()))
def test_every_command_is_documented(command: str) -> None:
    """Whoever reads the docs learns of every command."""
    assert any(command in path.read_text("utf-8") for path in DOCS)


def test_every_operation_is_documented() -> None:
    """A process owner reads in the docs of everything that a diagram can have the system do."""
    operation_catalogue.register()
    page = (ROOT / "docs/prosesseier.md").read_text("utf-8")
    assert [each for each in operations.parameters_by_name() if f"`{each}`" not in page] == []


def test_every_variable_is_documented() -> None:
    """The environment variables in the code and in the docs are the same."""
    rooms = (*ROOMS, "tests", "deploy")
    sources = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    sources = [*sources, ROOT / "dev.py"]
    used = {name for path in sources for name in VARIABLE.findall(path.read_text("utf-8"))}
    named = {name for path in DOCS for name in VARIABLE.findall(path.read_text("utf-8"))}
    assert used == named


def test_pictures_are_small() -> None:
    """No picture makes the repository heavy."""
    assert [p.name for p in (ROOT / "docs").rglob("*.png") if p.stat().st_size > 300_000] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("make nothing", "make has no"),
        ("PORT=1 rodtrad fly", "rodtrad has no fly"),
        ("rodtrad serve --fast", "serve has no"),
        ("rodtrad check bpmn/nowhere", "there is no"),
        ("python3 dev.py fly", "dev.py has no"),
        ("docker compose -f deploy/nothing.yaml up", "there is no"),
        ("docker compose -f deploy/compose.yaml exec web rodtrad fly", "rodtrad has no fly"),
        ("systemctl start rodtrad-fly", "there is no"),
        ("podman run", "nobody knows"),
    ],
)
def test_planted_fault_is_found(line: str, wrong: str) -> None:
    """Each way a command can be wrong is found."""
    [words] = commands(Block("README.md", "sh", line))
    assert (fault(words) or "").startswith(wrong)
