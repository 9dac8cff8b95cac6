"""One agreed order of what services ask of a person, and what becomes of what pulls against it.

A meeting agrees the order; a case has one at a time, and those before it stay to be read. What
comes later and pulls against it goes to the coordinator, who decides and says why. It will not
decide anything itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import asks, audit, clock, participants
from workflows.asks import Ask, Contradiction, Place
from workflows.operations import Call, operation
from workflows.participants import Seen
from workflows.tables import AgreedOrder, Measure, OrderFlag, OrderPlace, ProcessInstance

GOES_AHEAD, WAITS, LAST = "na", "vent", "endre"
DECISIONS = frozenset({GOES_AHEAD, WAITS, LAST})


@operation("order.agree", "form")
def agree_order(call: Call) -> None:
    """Write down the one order that the meeting agreed; the one before it is kept to be read."""
    answers = call.answers()
    before = in_force(call.session, call.instance)
    _forget_undecided(call)
    if before is not None:
        before.replaced_at = clock.now()
        call.session.flush()
    order = AgreedOrder(
        municipality_id=call.instance.municipality_id,
        instance_id=call.instance.id,
        round=before.round + 1 if before else 1,
        agreed_at=clock.now(),
        agreed_by=call.actor.account_id,
        reason=answers.get("begrunnelse"),
        replaced_at=None,
    )
    call.session.add(order)
    call.session.flush()
    for ask in _in_order(call, answers.get("rekkefolge") or []):
        _give_place(call, order, ask)
    placed = [place.person_id for place in places(call.session, order)]
    _record(call, placed or [call.person_id], "order:agree", round=order.round)


def _in_order(call: Call, rows: Sequence[Mapping[str, Any]]) -> list[Ask]:
    """What was given a number, by number; where two have the same, as they stood in the form."""
    known = {str(ask.measure_id): ask for ask in asks.in_case(call.session, call.instance)}
    numbered = [row for row in rows if row.get("nummer") is not None and row.get("id") in known]
    return [known[row["id"]] for row in sorted(numbered, key=lambda row: row["nummer"])]


def _give_place(call: Call, order: AgreedOrder, ask: Ask) -> None:
    """Put an ask last in its person's order; a measure with a place waits no more."""
    mine = [one for one in places(call.session, order) if one.person_id == ask.person_id]
    call.session.add(
        OrderPlace(
            municipality_id=order.municipality_id,
            order_id=order.id,
            measure_id=ask.measure_id,
            person_id=ask.person_id,
            service_id=ask.service_id,
            position=len(mine) + 1,
            what=ask.what,
        )
    )
    _wake(call, ask.measure_id)
    call.session.flush()


def _record(call: Call, people: Iterable[UUID], action: str, **details: Any) -> None:
    """Leave a line in the record of each of these persons."""
    for person_id in dict.fromkeys(people):
        audit.record(
            call.session,
            call.actor,
            municipality_id=call.instance.municipality_id,
            person_id=person_id,
            action=action,
            basis=call.basis,
            **details,
        )


def _measure(call: Call, measure_id: UUID) -> Measure:
    return call.session.get_one(Measure, (call.instance.municipality_id, measure_id))


def _wake(call: Call, measure_id: UUID) -> None:
    measure = _measure(call, measure_id)
    if measure.status == "venter":
        measure.status = "ikke_startet"


@operation("order.check", "form?", gives=("trekker_mot", "sprik"))
def check_order(call: Call) -> Mapping[str, bool]:
    """Find the measures that pull against the order, for the coordinator to decide on.

    Gives `trekker_mot`: something is to be decided, in a service's own place in the diagram
    something of that service's; and `sprik`: services pull apart and no order covers it.
    `form` may name the form the measures came from: the audit tells of it.
    """
    session, instance = call.session, call.instance
    order = in_force(session, instance)
    if order is not None:
        _flag(call, order, asks.in_case(session, instance))
    waiting = undecided(session, instance)
    about = [flag.person_id for flag in waiting]
    _record(call, about, "order:flag", form=call.parameters.get("form"))
    to_decide = [flag for flag in waiting if _is_of_place(call, flag)]
    return {"trekker_mot": bool(to_decide), "sprik": bool(contradictions(session, instance))}


def _is_of_place(call: Call, flag: OrderFlag) -> bool:
    """Whether a flag is to be decided at this place: each service's once, where it reported."""
    told = {str(one) for one in participants.services_told(call.session, call.instance)}
    if call.where.item not in told:
        return True
    return str(_measure(call, flag.measure_id).service_id) == call.where.item


def _flag(call: Call, order: AgreedOrder, asked: Sequence[Ask]) -> None:
    """Keep the flags that still hold, drop those that do not, and add what is new."""
    known = flags(call.session, call.instance)
    wanted = _to_decide(call.session, order, known, asked)
    for flag in [flag for flag in known if flag.decision is None]:
        if wanted.get(flag.measure_id) == (flag.person_id, flag.against_id):
            del wanted[flag.measure_id]
        else:
            call.session.delete(flag)
    for measure_id, (person_id, against_id) in wanted.items():
        call.session.add(
            OrderFlag(
                municipality_id=order.municipality_id,
                instance_id=order.instance_id,
                order_id=order.id,
                measure_id=measure_id,
                person_id=person_id,
                against_id=against_id,
                flagged_at=clock.now(),
                decision=None,
            )
        )
    call.session.flush()


def _to_decide(
    session: Session, order: AgreedOrder, flags: Sequence[OrderFlag], asked: Sequence[Ask]
) -> dict[UUID, tuple[UUID, UUID | None]]:
    """Measure → (person, what stands first) of all that is to be decided.

    What waits is asked about again when something else, or nothing, stands before it.
    """
    placed = _placed(session, order)
    first = {person: ask.measure_id for person, ask in asks.first_of(asked, placed).items()}
    let_go = {flag.measure_id for flag in flags if _goes_ahead(flag, order)}
    waited = {f.measure_id: f.against_id for f in flags if f.decision == WAITS}
    beside = [pull.ask for pull in asks.pulling_against(asked, placed)]
    again = [ask for ask in asked if ask.waits and _has_changed(ask, waited, first)]
    return {
        ask.measure_id: (ask.person_id, first.get(ask.person_id))
        for ask in [*beside, *again]
        if ask.waits or ask.measure_id not in let_go
    }


def _has_changed(ask: Ask, waited: Mapping[UUID, UUID | None], first: Mapping[UUID, UUID]) -> bool:
    """Nobody decided that it waits, or what it waited for is first no more."""
    if ask.measure_id not in waited:
        return True
    return waited[ask.measure_id] != first.get(ask.person_id)


@operation("order.decide", "form", gives=("trekker_mot",))
def decide_order(call: Call) -> Mapping[str, bool]:
    """Write what the coordinator decided about each flagged measure, and why; let it be so."""
    flagged = undecided(call.session, call.instance)
    waiting = {str(flag.measure_id): flag for flag in flagged}
    for row in call.answers().get("flagget") or []:
        flag = waiting.get(row.get("id") or "")
        if flag is not None and row.get("avgjorelse") in DECISIONS:
            _decide(call, flag, row["avgjorelse"], row.get("hvorfor"))
    _record(call, [flag.person_id for flag in flagged if flag.decision], "order:decide")
    return {"trekker_mot": bool(undecided(call.session, call.instance))}


def _decide(call: Call, flag: OrderFlag, decision: str, reason: str | None) -> None:
    flag.decision, flag.reason = decision, reason
    flag.decided_at, flag.decided_by = clock.now(), call.actor.account_id
    if decision == WAITS:
        _measure(call, flag.measure_id).status = "venter"
        return
    _wake(call, flag.measure_id)
    order = in_force(call.session, call.instance)
    asked = {ask.measure_id: ask for ask in asks.in_case(call.session, call.instance)}
    if decision == LAST and order is not None and flag.measure_id in asked:
        _give_place(call, order, asked[flag.measure_id])


def _forget_undecided(call: Call) -> None:
    for flag in undecided(call.session, call.instance):
        call.session.delete(flag)


def agreed(session: Session, instance: ProcessInstance) -> Sequence[AgreedOrder]:
    """Every order a case has had, the newest first."""
    session.flush()
    return session.scalars(
        select(AgreedOrder)
        .where(
            AgreedOrder.municipality_id == instance.municipality_id,
            AgreedOrder.instance_id == instance.id,
        )
        .order_by(AgreedOrder.round.desc())
    ).all()


def in_force(session: Session, instance: ProcessInstance) -> AgreedOrder | None:
    """The order a case goes by; None before any is agreed."""
    return next((each for each in agreed(session, instance) if each.replaced_at is None), None)


def places(session: Session, order: AgreedOrder) -> Sequence[OrderPlace]:
    """The places of an order, each person's from the first."""
    session.flush()
    return session.scalars(
        select(OrderPlace)
        .where(OrderPlace.municipality_id == order.municipality_id, OrderPlace.order_id == order.id)
        .order_by(OrderPlace.person_id, OrderPlace.position)
    ).all()


def _placed(session: Session, order: AgreedOrder) -> list[Place]:
    return [(place.person_id, place.measure_id) for place in places(session, order)]


def flags(session: Session, instance: ProcessInstance) -> Sequence[OrderFlag]:
    """Every measure that was flagged in a case, the first of them first."""
    session.flush()
    return session.scalars(
        select(OrderFlag)
        .where(
            OrderFlag.municipality_id == instance.municipality_id,
            OrderFlag.instance_id == instance.id,
        )
        .order_by(OrderFlag.id)
    ).all()


def undecided(session: Session, instance: ProcessInstance) -> Sequence[OrderFlag]:
    """What the coordinator is to decide."""
    return [flag for flag in flags(session, instance) if flag.decision is None]


def contradictions(
    session: Session, instance: ProcessInstance, seen: Seen | None = None
) -> Sequence[Contradiction]:
    """Where services pull apart in a case, with no order, decision or question that covers it;

    with `seen`, among what an actor may see.
    """
    asked = asks.in_case(session, instance)
    order = in_force(session, instance)
    settled = _settled(session, instance, order, asked) if order else set()
    shown = [a for a in asked if seen is None or asks.may_see(seen, a.persons, a.person_id)]
    return asks.pulling_apart(shown, settled)


def _settled(
    session: Session, instance: ProcessInstance, order: AgreedOrder, asked: Sequence[Ask]
) -> set[UUID]:
    """What goes with the order, what is let go beside it, and what is to be decided."""
    placed = _placed(session, order)
    first = asks.first_of(asked, placed)
    beside = {pull.ask.measure_id for pull in asks.pulling_against(asked, placed)}
    known = flags(session, instance)
    seen_to = {f.measure_id for f in known if f.decision is None or _goes_ahead(f, order)}
    return {ask.measure_id for ask in asked if ask.person_id in first} - beside | seen_to


def _goes_ahead(flag: OrderFlag, order: AgreedOrder) -> bool:
    """The coordinator has let it go ahead beside this order; a new order asks anew."""
    return flag.decision == GOES_AHEAD and flag.order_id == order.id
