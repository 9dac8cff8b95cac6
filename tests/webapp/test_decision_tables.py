"""A decision table on the page of the process that asks it: as a table, in words."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from lxml import html
from world import World

from bpmn.decision_reading import read
from bpmn.decisions import AGGREGATIONS, HIT_POLICIES
from tests.bpmn.decision_samples import TABLE
from tests.workflows import deciding
from webapp import decision_tables, library_texts
from webapp.decision_tables import condition_words, result_words, table_of
from workflows import definitions

ClientOf = Callable[[str], FlaskClient]
LIBRARY = definitions.DIAGRAMS


@pytest.fixture
def page(client_of: ClientOf, world: World, tmp_path: Path) -> html.HtmlElement:
    """The page of a process that asks a table, as the person herself sees it."""
    folder = deciding.library(tmp_path)
    definitions.publish_library(world.session, world.municipality.id, folder, folder)
    answer = client_of("Mia").get("/forlop/ruten")
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def texts(cells: list[html.HtmlElement]) -> list[str]:
    return [" ".join(cell.text_content().split()) for cell in cells]


def test_the_table_stands_under_the_diagram(page: html.HtmlElement) -> None:
    """Before the steps, under its own heading, with what it is for and which rule counts."""
    headings = texts(page.xpath("//main//h2"))
    assert headings[:2] == ["Regler: Hvilken vei", "Stegene, lagt ut for hver rolle"]
    section = page.get_element_by_id("tabell-vei").getparent()
    assert texts(section.xpath("./p")) == ["Velger vei.", "Én regel gjelder om gangen."]


def test_the_table_can_be_read_aloud(page: html.HtmlElement) -> None:
    """It has a caption, every heading has its scope, and its scrolling place can be reached."""
    [table] = page.xpath("//table")
    assert texts(table.xpath("caption")) == [
        "Hver rad er en regel: hva den gjelder for, og hva den gir."
    ]
    assert {cell.get("scope") for cell in table.xpath("thead//th")} == {"col"}
    assert {cell.get("scope") for cell in table.xpath("tbody//th")} == {"row"}
    assert (table.getparent().get("tabindex"), table.getparent().get("role")) == ("0", "group")
    assert table.getparent().get("aria-label") == "Regler: Hvilken vei"


def test_each_rule_is_a_row_in_words(page: html.HtmlElement) -> None:
    """Column by column: when, what it gives, and why."""
    head = texts(page.xpath("//thead//th"))
    assert head == ["Regel", "Når: Alder", "Når: Svar", "Gir: Vei", "Gir: poeng", "Hvorfor"]
    rows = [texts(row.xpath("*")) for row in page.xpath("//tbody/tr")]
    assert rows == [
        ["1", "under 7", "uansett", "kort", "1", "Små barn. Loven § 1"],
        ["2", "fra og med 7, under 18", "ja", "lang", "alder + 1", ""],
        ["3", "fra og med 7, under 18", "ikke ja", "ikke noe", "ikke noe", ""],
    ]


def test_the_step_is_told_and_leads_to_its_table(page: html.HtmlElement) -> None:
    """The step has its number among the others, and a link to the rules it follows."""
    steps = texts(page.xpath("//main//li//strong"))
    assert steps[0] == "1. Velg vei"
    [link] = page.xpath('//a[@href="#tabell-vei"]')
    assert link.text_content() == "Systemet følger reglene: Hvilken vei"


def test_a_process_without_tables_shows_none(client_of: ClientOf) -> None:
    """Nothing about rules where there are none."""
    assert "Regler:" not in client_of("Mia").get("/forlop/samtykke").text


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "uansett"),
        ("-", "uansett"),
        ("null", "ikke kjent"),
        ("not(null)", "kjent"),
        ("< 7", "under 7"),
        ("<= 7", "til og med 7"),
        ("> 7", "over 7"),
        (">= 1000.5", "fra og med 1 000,5"),
        ("(7..12]", "over 7, til og med 12"),
        ("true", "ja"),
        ("false", "nei"),
        ('"a", "b"', "a eller b"),
        ('not("a", < 3)', "ikke a eller under 3"),
        ('date("2027-01-01")', 'date("2027-01-01")'),
        ("< grense + 1", "< grense + 1"),
        ('"a", < grense + 1', '"a", < grense + 1'),
    ],
)
def test_a_test_in_words(app: Flask, cell: str, words: str) -> None:
    """Simple tests are said as people say them; others stay as written."""
    with app.test_request_context():
        assert condition_words(cell).replace("\xa0", " ") == words


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "ikke noe"),
        ("null", "ikke noe"),
        ('"Hør barnet."', "Hør barnet."),
        ("2.5", "2,5"),
        ("true", "ja"),
        ("a + 1", "a + 1"),
    ],
)
def test_a_result_in_words(app: Flask, cell: str, words: str) -> None:
    """A text loses its quotes, a number gets its comma."""
    with app.test_request_context():
        assert result_words(cell) == words


def test_every_way_of_counting_has_its_sentence() -> None:
    """No hit policy or aggregation that the checker lets through is without words."""
    assert set(decision_tables.HOW) == (HIT_POLICIES | AGGREGATIONS)


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.dmn")), ids=lambda path: path.stem)
def test_the_library_s_tables_are_in_words(app: Flask, path: Path) -> None:
    """No cell of a library table is shown in the language of expressions, and all say why."""
    table = table_of(read(path.read_bytes(), path.name))
    with app.test_request_context(), force_locale("nb"):
        cells = [cell for row in table.rows for cell in (*row.tests, *row.results)]
    assert not [cell for cell in cells if any(sign in cell for sign in '<>[]"=')]
    assert all(row.annotation for row in table.rows)


def test_texts_of_a_table_are_found_for_translation(tmp_path: Path) -> None:
    """Titles, headings, reasons, and texts in cells; never numbers or names of variables."""
    file = tmp_path / "vei.dmn"
    file.write_text(TABLE, encoding="utf-8")
    with file.open("rb") as opened:
        found = [text for _, _, text, _ in library_texts.extract_decision(opened, [], [], {})]
    assert sorted(found) == [
        *("Alder", "Hvilken vei", "Små barn. Loven § 1", "Svar", "Vei", "Velger vei."),
        *("ja", "ja", "kort", "lang"),
    ]
