"""The user-oriented picture of a case: who is in the middle, and everything there is around them.

Fafo's model (Fafo 2019:21): the person or family; near them the factors and arenas of their life;
further out measures and the services that give them, with a line between services where they
cooperate. Factors and arenas come from answers to any form whose fields say so (`picture`).

It will not decide who may see it: who asks for it may read the plan of all in the middle.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import answers as form_answers
from forms.answers import Answer
from forms.definitions import Form
from workflows import (
    clock,
    consents,
    definitions,
    history,
    participants,
    prefill,
    process_instances,
)
from workflows.participants import Seen
from workflows.tables import (
    Evaluation,
    Goal,
    HistoryEntry,
    Measure,
    ProcessInstance,
    Rating,
    Service,
)
from workflows.texts import _

CHOSEN = frozenset({"radio", "select", "checklist", "checkbox"})
"""The kinds of answer whose text is the form's own."""


@dataclass(frozen=True)
class Words:
    """A text of somebody's own, or one of ours, each line of which is translated when shown."""

    text: str
    ours: bool = False


@dataclass(frozen=True)
class Said:
    """What is written about something; `label`, which is ours, is empty where the name says it."""

    label: str
    words: Words


@dataclass(frozen=True)
class Item:
    """A factor, an arena or a measure, and what is written about it."""

    name: Words
    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Helper:
    """A service or somebody else who helps, with their measures."""

    name: Words
    coordinates: bool = False
    measures: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Tie:
    """Two helpers, by their places in the picture, that cooperate: on which goals and rounds."""

    between: tuple[int, int]
    goals: tuple[str, ...] = ()
    rounds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """What there is around those in the middle."""

    persons: tuple[str, ...]
    factors: tuple[Item, ...] = ()
    arenas: tuple[Item, ...] = ()
    own: tuple[Item, ...] = ()
    """What the person or the family does themselves."""
    helpers: tuple[Helper, ...] = ()
    ties: tuple[Tie, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing but the persons is known."""
        return not (self.factors or self.arenas or self.own or self.helpers)


@dataclass(frozen=True)
class _Mapped:
    """What a form's answers say of the surroundings; measures with who gives them."""

    factors: tuple[Item, ...] = ()
    arenas: tuple[Item, ...] = ()
    measures: tuple[tuple[str, Item], ...] = ()


def picture_of(
    session: Session,
    instance: ProcessInstance,
    seen: Seen,
    goals: Sequence[Goal],
    measures: Sequence[Measure],
) -> Picture:
    """The picture of a case with those the actor sees in the middle, of the goals and measures

    that are given. Answers and consents are those of the persons in the middle; what else there is
    in the case is not told of.
    """
    part = participants.taking_part(session, instance)
    about = [row.person for row in part if row.person_id in seen.people]
    ids = {person.id for person in about}
    mapped = _mapped(session, instance, seen)
    given = [measure for measure in measures if measure.status != "stoppet"]
    services = _services(session, instance, ids, given)
    helpers = _helpers(session, instance, services, given)
    return Picture(
        persons=tuple(person.name for person in about),
        factors=mapped.factors,
        arenas=mapped.arenas,
        own=tuple(_planned(m) for m in given if m.service_id is None),
        helpers=_with_help_from_before(helpers, mapped.measures),
        ties=_ties(list(services), _at_goals(given), _in_rounds(session, instance, goals)),
    )


def _mapped(session: Session, instance: ProcessInstance, seen: Seen) -> _Mapped:
    options = prefill.municipal_options(session, instance.municipality_id)
    found = [
        _read(form, entry, options)
        for entry, form in _pictured(session, instance, set(seen.people))
        if seen.covers_entry(entry.person_id, entry.item)
    ]
    return _Mapped(
        factors=tuple(item for each in found for item in each.factors),
        arenas=tuple(item for each in found for item in each.arenas),
        measures=tuple(pair for each in found for pair in each.measures),
    )


def _pictured(
    session: Session, instance: ProcessInstance, about: set[UUID]
) -> Iterator[tuple[HistoryEntry, Form]]:
    """The newest answers to each form that says what the picture shows, with the form."""
    session.flush()
    rows = session.execute(
        select(
            HistoryEntry.id,
            HistoryEntry.form_key,
            HistoryEntry.form_version,
            HistoryEntry.person_id,
            HistoryEntry.item,
        )
        .where(
            HistoryEntry.municipality_id == instance.municipality_id,
            HistoryEntry.instance_id == instance.id,
            HistoryEntry.person_id.in_(about),
            HistoryEntry.form_version.is_not(None),
            HistoryEntry.form_key.not_in(history.CONFIDED),
        )
        .order_by(HistoryEntry.seq)
    )
    newest = {(row.form_key, row.person_id, row.item): row for row in rows}
    for row in newest.values():
        form = definitions.form_version(session, instance.municipality_id, row.form_version)
        if any(field.picture for field in form.fields):
            yield session.get_one(HistoryEntry, (instance.municipality_id, row.id)), form


def _read(form: Form, entry: HistoryEntry, options: prefill.Options) -> _Mapped:
    shown = form_answers.shown(form, entry.answers or {}, options, today=clock.today())
    kinds = {field.path: field.picture for field in form.fields}
    known = [(kinds[each.path], each) for each in shown if kinds.get(each.path)]
    givers = {path for path, kind in kinds.items() if kind == "tjeneste"}
    return _Mapped(
        factors=tuple(i for kind, each in known if kind == "faktor" for i in _items(each)),
        arenas=tuple(i for kind, each in known if kind == "arena" for i in _items(each)),
        measures=tuple(
            pair for kind, each in known if kind == "tiltak" for pair in _given(each, givers)
        ),
    )


def _items(answer: Answer) -> Iterator[Item]:
    """A field is one thing, named by its label; so is each of several choices, and each row."""
    if answer.type == "checklist":
        yield from (Item(Words(chosen, ours=True)) for chosen in (answer.text or "").splitlines())
    elif answer.text:
        yield Item(Words(answer.label, ours=True), (Said("", _words(answer)),))
    for row in answer.rows:
        yield from _row(row)


def _row(row: Iterable[Answer]) -> Iterator[Item]:
    """A row is named by the first of it that is answered."""
    cells = [cell for cell in row if cell.text]
    if cells:
        said = (Said(cell.label, _words(cell)) for cell in cells[1:])
        yield Item(_words(cells[0]), tuple(said))


def _words(answer: Answer) -> Words:
    return Words(answer.text or "", ours=answer.type in CHOSEN)


def _given(answer: Answer, givers: set[str]) -> Iterator[tuple[str, Item]]:
    """(who gives it, the measure); nobody's name where it was not written."""
    for row in answer.rows:
        who = next((cell.text for cell in row if cell.path in givers and cell.text), "")
        yield from ((who, item) for item in _row(c for c in row if c.path not in givers))
    if not answer.rows:
        yield from (("", item) for item in _items(answer))


def _services(
    session: Session, instance: ProcessInstance, about: set[UUID], measures: Sequence[Measure]
) -> dict[UUID, str]:
    """The coordinator's service, those with measures, and those with consent, by id."""
    live = consents.live_consents(session, instance)
    held = process_instances.holder(session, instance)
    ids = [held[1].id] if held else []
    ids += [m.service_id for m in measures if m.service_id]
    ids += [one.service_id for one in live if one.person_id in about]
    rows = session.scalars(
        select(Service).where(
            Service.municipality_id == instance.municipality_id, Service.id.in_(ids)
        )
    )
    names = {row.id: row.name for row in rows}
    return {one: names[one] for one in dict.fromkeys(ids)}


def _helpers(
    session: Session,
    instance: ProcessInstance,
    services: dict[UUID, str],
    measures: Sequence[Measure],
) -> list[Helper]:
    held = process_instances.holder(session, instance)
    return [
        Helper(
            Words(name),
            coordinates=held is not None and held[1].id == service_id,
            measures=tuple(_planned(m) for m in measures if m.service_id == service_id),
        )
        for service_id, name in services.items()
    ]


def _planned(measure: Measure) -> Item:
    said = ((_("Mål"), measure.goal), (_("Omfang"), measure.extent), ("", measure.how))
    return Item(
        Words(measure.what), tuple(Said(label, Words(text)) for label, text in said if text)
    )


def _with_help_from_before(
    helpers: list[Helper], given: Iterable[tuple[str, Item]]
) -> tuple[Helper, ...]:
    """The help that the mapping found, at whoever gives it: one we know by name, or one more."""
    found = list(helpers)
    for who, item in given:
        name = Words(who) if who else Words(_("Hjelp fra før"), ours=True)
        same = [at for at, one in enumerate(found) if _plain(one.name.text) == _plain(name.text)]
        if not same:
            found.append(Helper(name))
        at = same[0] if same else -1
        found[at] = replace(found[at], measures=(*found[at].measures, item))
    return tuple(found)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _ties(
    services: list[UUID], goals: list[tuple[str, set[UUID]]], rounds: dict[int, set[UUID]]
) -> tuple[Tie, ...]:
    """A line between two services with measures towards one goal, or voices in one evaluation."""
    ties = [
        Tie(
            (first, second),
            tuple(words for words, who in goals if {services[first], services[second]} <= who),
            tuple(n for n, who in rounds.items() if {services[first], services[second]} <= who),
        )
        for first, second in combinations(range(len(services)), 2)
    ]
    return tuple(tie for tie in ties if tie.goals or tie.rounds)


def _at_goals(measures: Sequence[Measure]) -> list[tuple[str, set[UUID]]]:
    """Each goal that measures name, and the services with measures towards it."""
    found: dict[str, tuple[str, set[UUID]]] = {}
    for measure in measures:
        if measure.goal and measure.service_id:
            found.setdefault(_plain(measure.goal), (measure.goal, set()))[1].add(measure.service_id)
    return list(found.values())


def _in_rounds(
    session: Session, instance: ProcessInstance, goals: Sequence[Goal]
) -> dict[int, set[UUID]]:
    """Each round of evaluation, and the services that gave their voice on any of the goals."""
    rows = session.execute(
        select(Evaluation.round, Rating.service_id)
        .join(
            Rating,
            (Rating.municipality_id == Evaluation.municipality_id)
            & (Rating.evaluation_id == Evaluation.id),
        )
        .where(
            Evaluation.municipality_id == instance.municipality_id,
            Evaluation.instance_id == instance.id,
            Rating.goal_id.in_([goal.id for goal in goals]),
        )
        .order_by(Evaluation.round)
        .distinct()
    )
    found: dict[int, set[UUID]] = {}
    for number, service_id in rows:
        if service_id is not None:
            found.setdefault(number, set()).add(service_id)
    return found
