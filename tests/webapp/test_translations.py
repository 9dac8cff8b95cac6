"""Whoever reads nynorsk or English meets no bokmål but what people have written themselves."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from lxml import html
from world import World

from tests.workflows import stories

Browser = Callable[[str], FlaskClient]

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "webapp/translations"
LANGUAGES = ("nn", "en")
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None, "_l": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%[sd]")
Key = str | tuple[str, ...]


@cache
def texts() -> frozenset[Key]:
    """Every text in code, templates, forms and diagrams, as `make messages` finds them."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS)
    return frozenset(text for _file, _line, text, _comments, _context in found if text)


@cache
def catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(text: Any) -> tuple[str, ...]:
    """A text, or the singular and plural of one that counts."""
    return (text,) if isinstance(text, str) else tuple(text)


def translations(language: str) -> Iterator[tuple[Any, tuple[str, ...]]]:
    for message in catalogue(language):
        if message.id:
            yield message.id, forms(message.string)


def test_there_is_something_to_translate() -> None:
    """The extraction reaches code, templates, forms and diagrams."""
    assert texts() >= {
        "Du er logget ut.",
        "Hopp til hovedinnhold",
        "Du er koordinator.",
        "Fyll ut dette feltet.",
        "Hva er viktig for deg nå?",
        "Vurder behovet",
        ("%(num)d uke", "%(num)d uker"),
    }


def test_no_text_hides_in_an_f_string() -> None:
    """There the extraction of Python 3.11 does not look."""
    rooms = ("webapp", "workflows", "forms", "bpmn")
    files = [file for room in rooms for file in ROOT.glob(f"{room}/**/*.py")]
    hidden = re.compile(r"""\bf["'].*\{(_|_l|n?gettext)\(""")
    assert not [file for file in files if hidden.search(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_complete(language: str) -> None:
    """Every text has a translation that somebody has stood for."""
    known = catalogue(language)
    entries = {text: known.get(forms(text)[0]) for text in texts()}
    missing = [text for text, entry in entries.items() if entry is None]
    assert not missing, "Kjør: make messages"
    empty = [text for text, entry in entries.items() if entry and not all(forms(entry.string))]
    assert not empty
    assert not [text for text, entry in entries.items() if entry and entry.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_has_nothing_else(language: str) -> None:
    """What is no longer said is no longer translated."""
    unsaid = {text for text, _translation in translations(language)} - texts()
    assert not unsaid, "Kjør: make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    """A name or a date that is filled in is there in every language, and no other."""
    for text, translation in translations(language):
        wanted = set(PLACEHOLDER.findall(forms(text)[-1]))
        needed = set(PLACEHOLDER.findall(forms(text)[0])) & wanted
        for each in translation:
            assert needed <= set(PLACEHOLDER.findall(each)) <= wanted, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_shape_is_kept(language: str) -> None:
    """Spaces at the ends, the heading marks of markdown and the number of plural forms."""
    for text, translation in translations(language):
        assert len(translation) == len(forms(text)), text
        for source, each in zip(forms(text), translation, strict=True):
            assert re.match(r"[#\s]*", each)[0] == re.match(r"[#\s]*", source)[0], text  # type: ignore[index]
            assert (each[-1] == " ") == (source[-1] == " "), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_the_same_whoever_made_it(language: str) -> None:
    """Files are named from the project's root, without lines, and nobody's address is in it."""
    text = (CATALOGUES / language / "LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    places = re.findall(r"^#: (.*)$", text, re.MULTILINE)
    assert all((ROOT / place).is_file() for line in places for place in line.split())
    assert not re.search(r"<[^>]*@", text.partition("#:")[0])


def page_in(language: str, browser: FlaskClient, path: str) -> html.HtmlElement:
    """A page as it is drawn for somebody who has chosen a language."""
    browser.post("/sprak", data={"language": language})
    answer = browser.get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


@pytest.mark.parametrize("language", ["nb", *LANGUAGES])
def test_page_says_which_language_it_is_in(language: str, client_of: Browser, world: World) -> None:
    """The language of the document is the one that was chosen."""
    assert page_in(language, client_of("Kari"), "/oppgaver/").get("lang") == language


def test_task_in_english(client_of: Browser, world: World) -> None:
    """The heading, what the diagram says, and the labels, hints and choices of the form."""
    stories.start(world)
    task = world.open_task("vurder_behov")
    page = page_in("en", client_of("Kari"), f"/oppgaver/{task.id}")
    assert page.xpath("string(//h1)") == "Assess the need"
    said = page.xpath("string(//main)")
    for words in (
        "Someone has reported the need for a plan.",
        "What is your assessment?",
        "The person can get a coordinator also without a plan.",
        "The person needs a plan and a coordinator",
    ):
        assert words in said


def test_errors_in_english(client_of: Browser, world: World) -> None:
    """What is wrong is told in the reader's language, down to the row."""
    stories.to_plan(world)
    task = world.open_task("plan")
    browser = client_of("Siri")
    browser.post("/sprak", data={"language": "en"})
    answer = browser.post(
        f"/oppgaver/{task.id}", data={"send": "1", "tiltak-0-_": "", "tiltak-0-omfang": "x"}
    )
    summary = html.fromstring(answer.text).get_element_by_id("error-summary")
    assert "Something must be corrected" in summary.text_content()
    assert "Measure 1: What is to be done?: Fill in this field." in summary.text_content()


def test_diagram_in_english(client_of: Browser, world: World) -> None:
    """The picture has the words of the page around it; the file to download is as it was drawn."""
    browser = client_of("Siri")
    page = page_in("en", browser, "/forlop/individuell_plan")
    (address,) = page.xpath("//@data-src")
    assert 'name="Assess the need"' in browser.get(address).text
    (download,) = page.xpath("//a[@download]/@href")
    assert 'name="Vurder behovet"' in browser.get(download).text


def bokmaal() -> set[str]:
    """The texts that read differently in English."""
    return {
        each
        for text, translation in translations("en")
        for each in forms(text)
        if each not in translation and "%(" not in each
    }


def said_on(page: html.HtmlElement) -> set[str]:
    """Every piece of text on a page, what is only read aloud too."""
    attributes = page.xpath("//@aria-label | //@placeholder | //@data-failed | //@data-zoom-in")
    pieces = [*page.xpath("//text()"), *attributes]
    return {" ".join(part.split()).strip(" .:") for piece in pieces for part in piece.split(", ")}


@pytest.mark.parametrize("name", ["Siri", "Mia", "Kari"])
def test_nothing_of_ours_is_left_in_bokmaal(name: str, client_of: Browser, world: World) -> None:
    """All pages of a case that has come far, from list to old answers, in English."""
    instance = stories.to_measures(world)
    stories.report(world, "Siri")
    stories.pass_until_evaluation(world)
    theirs = {*world.accounts, *(service.name for service in world.services.values())}
    theirs.add("Ja")  # «Ja, i samtale.» is somebody's own words
    ours = {text.strip(" .:") for text in bokmaal()} - theirs
    browser = client_of(name)
    paths = ["/oppgaver/", "/varsler/", "/om", "/tilgjengelighet"]
    paths += [f"/personer/{instance.person_id}", f"/forlop-i-gang/{instance.id}"]
    if name == "Mia":
        paths.append(f"/personer/{instance.person_id}/innsyn")
    if name != "Mia":
        paths += ["/forlop/", "/forlop/individuell_plan", "/personer/", "/personer/ny"]
    pages = {path: page_in("en", browser, path) for path in paths}
    for page in list(pages.values()):
        for address in page.xpath("//main//a/@href"):
            if re.fullmatch(r"/(oppgaver|svar)/[0-9a-f-]{36}", address) and address not in pages:
                pages[address] = page_in("en", browser, address)
    left = {path: wrong for path, page in pages.items() if (wrong := said_on(page) & ours)}
    assert not left
