"""The only ways a diagram touches the world: named operations that service tasks call.

Each is registered by the module that owns its noun. A diagram cannot run code (design: operations).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import audit, participants
from workflows.access import Basis
from workflows.actors import Actor
from workflows.engine import OperationTask
from workflows.errors import Invalid
from workflows.tables import HistoryEntry, ProcessInstance
from workflows.texts import _

NO_ANSWER = _("Forløpet mangler svar det trenger for å gå videre.")


@dataclass(frozen=True)
class Call:
    """One call of an operation by a running case."""

    session: Session
    actor: Actor
    basis: Basis
    instance: ProcessInstance
    variables: Mapping[str, Any]
    parameters: Mapping[str, Any]
    where: OperationTask

    @property
    def person_id(self) -> UUID:
        """The person this place in the diagram is about."""
        return participants.member_at(self.session, self.instance, self.where.item)

    def answers(self, parameter: str = "form") -> dict[str, Any]:
        """The latest answers in this case to the form that a parameter names."""
        return self.entry(parameter).answers or {}

    def entry(self, parameter: str = "form") -> HistoryEntry:
        """Where those answers stand in the history, with the version of the form they were on."""
        key = self.parameters[parameter]
        entry = latest_answers(self.session, self.instance, key, item=self.where.item)
        if entry is None:
            raise Invalid(NO_ANSWER, key)
        return entry

    def chosen(self, field: str) -> UUID:
        """Who is chosen in a field of the form. Raises Invalid where nobody is, or no such field

        is in the form: whoever drew the process may have called it something else.
        """
        try:
            return UUID(self.answers()[field])
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(NO_ANSWER, field) from error

    def record(self, action: str, about: UUID | None = None, **details: Any) -> None:
        """Leave an audit line about that person, or another; `action` is one of audit.ACTIONS."""
        audit.record(
            self.session,
            self.actor,
            municipality_id=self.instance.municipality_id,
            person_id=about or self.person_id,
            action=action,
            basis=self.basis,
            **details,
        )


Operation = Callable[[Call], Mapping[str, Any] | None]
_registered: dict[str, tuple[Operation, frozenset[str]]] = {}
_given: set[str] = set()


def operation(
    name: str, *parameters: str, gives: Sequence[str] = ()
) -> Callable[[Operation], Operation]:
    """Register a function as the operation `name` with the parameters a diagram gives it.

    A parameter whose name ends in `?` may be left out. `gives` are the process variables that it
    gives back: the checker takes no others for known.
    """

    def register(function: Operation) -> Operation:
        _registered[name] = (function, frozenset(parameters))
        _given.update(gives)
        return function

    return register


def parameters_by_name() -> dict[str, frozenset[str]]:
    """Every registered operation with its parameter names, for the checker and the editor."""
    return {name: parameters for name, (_function, parameters) in sorted(_registered.items())}


def variables_given() -> frozenset[str]:
    """Every process variable that some operation gives."""
    return frozenset(_given)


def run(name: str, call: Call) -> Mapping[str, Any]:
    """Carry out an operation; the variables it gives back to the case."""
    if name not in _registered:
        raise Invalid(_("Forløpet ber om noe systemet ikke kan."), name)
    return _registered[name][0](call) or {}


def latest_answers(
    session: Session,
    instance: ProcessInstance,
    form_key: str,
    *,
    item: str | None = None,
    of_case: bool = False,
) -> HistoryEntry | None:
    """The newest answers to a form in a case; those given for a multi-instance item, if named,

    or `of_case` those given for none.
    """
    session.flush()
    query = (
        select(HistoryEntry)
        .where(
            HistoryEntry.municipality_id == instance.municipality_id,
            HistoryEntry.instance_id == instance.id,
            HistoryEntry.form_key == form_key,
            HistoryEntry.answers.is_not(None),
        )
        .order_by(HistoryEntry.seq.desc())
        .limit(1)
    )
    if item is not None:
        query = query.where(HistoryEntry.item == item)
    elif of_case:
        query = query.where(HistoryEntry.item.is_(None))
    return session.scalar(query)
