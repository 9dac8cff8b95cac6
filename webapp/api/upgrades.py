"""Moving a case to another version of its process: seen beforehand, or done.

It adds its operation to those of instances. What stands in the way is told element by element.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy.orm import Session

from webapp import problems
from webapp.api.fields import Text
from webapp.api.instances import noun
from webapp.edge import translated
from workflows import access, upgrades
from workflows.actors import Actor
from workflows.api_tokens import INSTANCES_WRITE
from workflows.upgrades import Named, Plan


class Upgrade(ma.Schema):
    """Where to move a case: the newest version when none is named."""

    version = Text(load_default="")
    mapping = ma.fields.Dict(
        keys=Text(),
        values=Text(),
        load_default=dict,
        metadata={"description": "Element i den gamle versjonen → element i den nye"},
    )
    dry_run = ma.fields.Boolean(load_default=False)


class Upgraded(ma.Schema):
    """What a move does, and whether it is done."""

    instance_id = ma.fields.UUID()
    from_version = ma.fields.String()
    to_version = ma.fields.String()
    moved = ma.fields.Boolean()
    changes = ma.fields.List(ma.fields.String())


@noun.does(
    *("/<uuid:instance_id>/upgrade", access.UPGRADE_PROCESSES, INSTANCES_WRITE),
    takes=Upgrade,
    gives=Upgraded,
)
def upgrade_instance(
    session: Session, actor: Actor, sent: Mapping[str, Any], instance_id: UUID
) -> dict[str, Any]:
    """Flytt et forløp til en annen versjon, eller se hva det ville gjøre (`dry_run`)"""
    instance = upgrades.find_case(session, actor, instance_id)
    plan = upgrades.plan_for(session, instance, sent["mapping"], sent["version"])
    if plan.reasons:
        raise problems.Rejected(_located(plan), upgrades.STANDS_IN_THE_WAY)
    if not sent["dry_run"]:
        upgrades.upgrade(session, actor, instance, plan)
    return {
        "instance_id": instance.id,
        "from_version": plan.old.version,
        "to_version": plan.new.version,
        "moved": not sent["dry_run"],
        "changes": [_said(upgrades.CHANGES, each) for each in plan.changes],
    }


def _located(plan: Plan) -> list[dict[str, str]]:
    return [
        {"element": each.element, "detail": _said(upgrades.REASONS, each)} for each in plan.reasons
    ]


def _said(words: Mapping[str, str], named: Named) -> str:
    return translated(words[named.kind]) % {"element": translated(named.name)}
