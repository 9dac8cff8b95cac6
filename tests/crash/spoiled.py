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
from workflows import clock, consents, database, tasks, worklist
from workflows.actors import Actor, load_actor
from workflows.tables import Account, Consent, OpenTask, WebhookDelivery


def main(statements: list[str]) -> None:
    """A round of one case and two consents, spoiled in each of these ways."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/whole.db"
        town.build(url, colleagues=1, cases=1, people=0, told="http://127.0.0.1/")
        engine = database.connect(url)
        sessions = database.sessions(engine)
        with sessions.begin() as session:
            _complete(session, "Kari 0", "arbeid", merke="m")
        clock.travel(town.WAIT + timedelta(seconds=1))
        withdrawn = _consented(sessions)
        with sessions.begin() as session:
            session.execute(update(WebhookDelivery).values(next_try_at=None))
        engine.dispose()
        for statement in ["", *statements]:
            sys.stdout.write(" | ".join(_judged(Path(folder), withdrawn, statement)) + "\n")


def _consented(sessions: jobs.Sessions) -> str:
    """Consent for Ola twice: to what is withdrawn, and to what runs out. The first one."""
    with sessions.begin() as session:
        _complete(session, "Ola 0", "svar", merke="s", svar="alle", deles_ikke="s")
    jobs.run_due(sessions)
    with sessions.begin() as session:
        given = session.scalars(select(Consent.id)).one()
        consents.withdraw_consent(session, _actor(session, "Ola 0"), given)
        _complete(session, "Ola 0", "svar", merke="over", svar="alle", deles_ikke="over")
    for work in (jobs.run_due, jobs.find_abandoned, jobs.forget_old):
        work(sessions, jobs.BATCH)
    return str(given)


def _actor(session: Session, name: str) -> Actor:
    account = session.scalars(select(Account.id).where(Account.name == name)).one()
    return load_actor(session, account)


def _complete(session: Session, name: str, element: str, **answers: str) -> None:
    seen = _actor(session, name)
    visible = worklist.visible_tasks(seen).where(OpenTask.element == element)
    task = session.scalars(visible.with_only_columns(OpenTask.id)).one()
    tasks.complete_task(session, seen, task, answers)


def _judged(folder: Path, withdrawn: str, statement: str) -> list[str]:
    shutil.copy(folder / "whole.db", folder / "spoiled.db")
    engine = database.connect(f"sqlite:///{folder}/spoiled.db")
    with Session(engine) as session:
        if statement:
            session.execute(text(statement))
        messages = session.scalars(select(WebhookDelivery)).all()
        told = {str(each.id): each.payload["data"]["task_id"] for each in messages}
        ledger = Ledger({"m": DONE, "s": DONE}, {withdrawn: DONE})
        found = verdict.judge(session, [ledger], told).sentences
    engine.dispose()
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
