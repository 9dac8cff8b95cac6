"""Requests that name themselves: sent again, they are given the answer they had, and do nothing.

What is kept is written in the transaction of the effect, so there is never one without the other.
It will not keep refusals: those have no effect, and the next try may succeed.
"""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from workflows import clock
from workflows.errors import Invalid
from workflows.tables import IdempotencyKey
from workflows.texts import _

KEPT = timedelta(hours=24)


def find(
    session: Session, account_id: UUID, key: str, route: str, request_hash: str
) -> IdempotencyKey | None:
    """What the same request was answered. Raises Invalid when the key was another request's."""
    found = session.get(IdempotencyKey, (account_id, key, route))
    if found is None:
        return None
    if found.created_at < clock.now() - KEPT:
        session.delete(found)
        session.flush()
        return None
    if found.request_hash != request_hash:
        raise Invalid(_("Nøkkelen er brukt til noe annet. Bruk en ny nøkkel for hver handling."))
    return found


def keep(
    session: Session,
    account_id: UUID,
    key: str,
    route: str,
    request_hash: str,
    answer: tuple[int, str, str | None],
) -> None:
    """Keep (status, body, location). Raises IntegrityError when a twin was quicker."""
    status, body, location = answer
    session.add(
        IdempotencyKey(
            account_id=account_id,
            key=key,
            route=route,
            request_hash=request_hash,
            status=status,
            body=body,
            location=location,
            created_at=clock.now(),
        )
    )
    session.flush()


def prune(session: Session) -> int:
    """Forget what is older than a day; how many there were."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT)
    return cast("CursorResult[Any]", session.execute(old)).rowcount
