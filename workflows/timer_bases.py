"""What a timer may be reckoned from that can change while it waits: the person and the plan.

A diagram reads it as `person.fodselsdato`, `plan.start`, `plan.slutt` and `plan.neste_evaluering`,
in the time of a timer and nowhere else: it never becomes a process variable. It will not move a
case.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import participants
from workflows.tables import Person, Plan, ProcessInstance

PATHS = frozenset({"person.fodselsdato", "plan.start", "plan.slutt", "plan.neste_evaluering"})


def bases(session: Session, instance: ProcessInstance, item: str | None) -> Mapping[str, Any]:
    """Both as they are now. The person is the one that the place in the diagram is about."""
    about = participants.member_at(session, instance, item)
    person = session.get_one(Person, (instance.municipality_id, about))
    plan = session.scalar(
        select(Plan).where(
            Plan.municipality_id == instance.municipality_id, Plan.instance_id == instance.id
        )
    )
    return {
        "person": {"fodselsdato": person.born_on},
        "plan": {
            "start": plan and plan.from_on,
            "slutt": plan and plan.until_on,
            "neste_evaluering": plan and plan.next_evaluation_at,
        },
    }
