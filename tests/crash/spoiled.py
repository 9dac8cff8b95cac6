"""`python -m tests.crash.spoiled SQL…`: what the judge says of rows that each of these has spoiled.

A line for each, with its sentences; the first is about rows as they should be.
"""

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from tests.crash import town, verdict
from tests.crash.clients import DONE, Ledger
from webapp import jobs
from workflows import clock, database, tasks
from workflows.actors import load_actor
from workflows.tables import Account, OpenTask, WebhookDelivery


def main(statements: list[str]) -> None:
    """A round of one case, spoiled in each of these ways."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/whole.db"
        town.build(url, colleagues=1, cases=1, people=0, told="http://127.0.0.1/")
        engine = database.connect(url)
        sessions = database.sessions(engine)
        with sessions.begin() as session:
            kari = session.scalars(select(Account.id).where(Account.name == "Kari 0")).one()
            task = session.scalars(select(OpenTask.id)).one()
            tasks.complete_task(session, load_actor(session, kari), task, {"merke": "m"})
        clock.travel(town.WAIT + timedelta(seconds=1))
        jobs.run_due(sessions)
        with sessions.begin() as session:
            session.execute(update(WebhookDelivery).values(next_try_at=None))
        engine.dispose()
        for statement in ["", *statements]:
            sys.stdout.write(" | ".join(_judged(Path(folder), statement)) + "\n")


def _judged(folder: Path, statement: str) -> list[str]:
    shutil.copy(folder / "whole.db", folder / "spoiled.db")
    engine = database.connect(f"sqlite:///{folder}/spoiled.db")
    with Session(engine) as session:
        if statement:
            session.execute(text(statement))
        messages = session.scalars(select(WebhookDelivery)).all()
        told = {str(each.id): each.payload["data"]["task_id"] for each in messages}
        found = verdict.judge(session, [Ledger({"m": DONE})], told).sentences
    engine.dispose()
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
