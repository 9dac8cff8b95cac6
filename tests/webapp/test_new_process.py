"""The pages know no process beforehand: one made by docs/nytt-forlop.md is shown as all are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from world import World

from tests.webapp.conftest import Client
from tests.workflows import new_process_guide as guide
from tests.workflows.own_library import OwnLibrary

Clients = Callable[[str], Client]


@pytest.fixture
def library(world: World, tmp_path: Path) -> OwnLibrary:
    """The page's process, in use."""
    made = guide.written(tmp_path / "own")
    made.publish(world)
    return made


def test_it_is_read_like_the_others(client_of: Clients, library: OwnLibrary) -> None:
    """Under «Forløp» the process stands with its title, its roles, its steps and their limits."""
    client = client_of("Siri")
    assert "Ungdomskontakt" in client.get("/forlop/").text
    shown = client.get(f"/forlop/{guide.PROCESS}").text
    for words in ("Fast kontakt", "Velg fast kontakt", "Ungdommen skal ha én kontakt.", "14 dager"):
        assert words in shown


def test_it_is_started_and_answered_on_pages(
    client_of: Clients, world: World, library: OwnLibrary
) -> None:
    """Kari starts it from Mia's page, Mia answers, and Kari chooses Siri, who meets the talk."""
    start = f"/personer/{world.persons['Mia'].id}/start/"
    kari, mia, siri = client_of("Kari"), client_of("Mia"), client_of("Siri")
    assert "Ungdomskontakt" in kari.get(start).text
    kari.post(start + guide.PROCESS, data={"hvorfor_kontakt": "Trenger noen."})
    answer(mia, world, "svar", vil_ha_kontakt="ja", onsket_kontakt="Siri")
    kari.post(f"/oppgaver/{world.open_task('velg_kontakt').id}/ta")
    answer(kari, world, "velg_kontakt", koordinator=str(world.account_id("Siri")))
    task = world.open_task("samtale")
    assert "Hva er dere enige om nå?" in siri.get(f"/oppgaver/{task.id}").text
    assert "Snakk sammen" in siri.get(f"/forlop-i-gang/{task.instance_id}").text
    assert mia.get(f"/personer/{world.persons['Mia'].id}").status_code == 200


def answer(client: Client, world: World, element: str, **answers: str) -> None:
    """Open the task at an element and send it in."""
    task = f"/oppgaver/{world.open_task(element).id}"
    assert client.get(task).status_code == 200
    assert client.post(task, data=answers).status_code == 303
