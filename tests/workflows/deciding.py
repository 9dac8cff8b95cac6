"""A small library in a folder: one process that asks one decision table, and one that calls it."""

from pathlib import Path

from tests.bpmn.decision_samples import TABLE
from tests.workflows.engine.diagrams import (
    call,
    decide,
    end,
    line,
    node,
    process,
    properties,
    start,
    user,
)


def library(folder: Path) -> Path:
    """The folder with `ruten` (asks the table `vei`), `turen` (calls it) and `roen` (does not)."""
    named = decide("velg", "vei").replace('id="velg"', 'id="velg" name="Velg vei"')
    inside = (
        start(),
        named,
        user("gaa", properties(formKey="kartlegging")),
        end(),
        line("start", "velg", "gaa", "end"),
    )
    (folder / "ruten.bpmn").write_bytes(process("ruten", *inside))
    outside = (start(), call("tur", "ruten"), end(), line("start", "tur", "end"))
    (folder / "turen.bpmn").write_bytes(process("turen", *outside))
    alone = (start(), node("manualTask", "hvil"), end(), line("start", "hvil", "end"))
    (folder / "roen.bpmn").write_bytes(process("roen", *alone))
    (folder / "vei.dmn").write_text(TABLE, encoding="utf-8")
    return folder
