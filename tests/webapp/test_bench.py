"""`rodtrad bench` in the smallest sizes: that every figure is there, never how large it is."""

import json
import math

import pytest
from click.testing import CliRunner, Result
from databases import PostgreSQL
from sqlalchemy import text

from webapp import cli
from webapp.bench import measuring, places, running, town
from webapp.bench import worklist as filling
from workflows import tenancy, worklist

MANY = 30_000
KEYS = {"name", "value", "unit", "floor", "ratio", "n"}


def bench(*args: str) -> Result:
    return CliRunner().invoke(cli.main, ["bench", "--sizes", "small", *args])


def test_every_figure_is_measured(postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is JSON and nothing else, with every figure on both databases."""
    address = postgresql.server.render_as_string(hide_password=False)
    monkeypatch.setenv(places.SERVER, address)
    done = bench("--json")
    assert done.exit_code == 0, done.output
    figures = {each["name"]: each for each in json.loads(done.stdout)["figures"]}
    assert set(running.REQUIRED) <= figures.keys()
    assert [each for each in figures.values() if each.keys() != KEYS or not sound(each)] == []


def sound(figure: dict[str, float]) -> bool:
    """Whether the numbers of a figure agree."""
    if figure["floor"] is None:
        return figure["value"] > 0 and figure["ratio"] is None
    ratio = figure["value"] / figure["floor"]
    return figure["n"] > 0 and math.isclose(figure["ratio"], ratio, rel_tol=0.01)


def test_without_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no PostgreSQL one is told what was left out, and the exit code is 1."""

    def nothing() -> None:
        raise places.NoPostgreSQL

    monkeypatch.setattr(places, "server", nothing)
    done = bench("--figure", "timers", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"figures": []}
    assert "timers" in done.stderr
    assert places.SERVER in done.stderr


def test_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --json each figure is a line with its floor and the ratio."""
    figure = measuring.compared("a", 3, "ms", 2, 5)
    result = running.Result([figure, measuring.alone("b", 4, "s", 1)], [])
    monkeypatch.setattr(running, "run", lambda *_: result)
    assert bench().stdout == "a: 3 ms  gulv 2  forhold 1.5  (n=5)\nb: 4 s  (n=1)\n"


def test_sizes_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size that is given takes the place of the named one."""
    asked: list[measuring.Sizes] = []

    def run(_subjects: object, sizes: measuring.Sizes, _tell: object) -> running.Result:
        asked.append(sizes)
        return running.Result([], [])

    monkeypatch.setattr(running, "run", run)
    bench("--tasks", "7", "--timers", "9", "--open-tasks", "5000")
    assert (asked[0].tasks, asked[0].due, asked[0].open_tasks) == (7, 9, (50, 500, 5000))
    assert asked[0].pages == measuring.SIZES["small"].pages


def test_a_list_among_many_reads_its_own(postgresql: PostgreSQL) -> None:
    """Each way in which one is given a task has an index, so no list reads every task."""
    address = postgresql.server.render_as_string(hide_password=False)
    with (
        places.postgresql(address) as databases,
        databases.made() as url,
        town.founded(url) as place,
    ):
        assert tenancy.in_force(place.engine)
        filling.fill(place, MANY)
        with place.sessions.begin() as session:
            query = worklist.visible_tasks(filling.employee(session))
            sql = query.compile(place.engine, compile_kwargs={"literal_binds": True})
            plan = "\n".join(session.scalars(text(f"explain {sql}")))
    assert "BitmapOr" in plan
    assert "Seq Scan on open_task" not in plan
