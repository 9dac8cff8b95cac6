"""The pages that are about nobody."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient


def test_front_leads_to_work_or_to_log_in(
    stranger: FlaskClient, client_of: Callable[[str], FlaskClient]
) -> None:
    """The front page is where one begins."""
    assert stranger.get("/").location == "/logg-inn"
    assert client_of("Kari").get("/").location == "/oppgaver/"


def test_front_of_the_demo_is_the_choice_of_user(app: Flask, stranger: FlaskClient) -> None:
    """In the demo nobody needs a password."""
    app.config["DEMO"] = True
    assert stranger.get("/").location == "/demo/"


def test_accessibility_is_told_as_it_is(stranger: FlaskClient) -> None:
    """The statement says what was tried, when, and that we tried it ourselves."""
    page = stranger.get("/tilgjengelighet").text
    assert "axe-core" in page
    assert "Ingen uavhengig har gjennomgått dem" in page
    assert "november 2026" in page


def test_about(stranger: FlaskClient) -> None:
    """The page about the product can be read without log-in."""
    assert "individuell plan" in stranger.get("/om").text
