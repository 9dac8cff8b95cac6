"""Living conditions and quality of life over time: the same few questions, asked again.

It compares what the person answered then and now. It will not say what a change is due to: trials
of coordination have found no effect on incomes or results, so we promise none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.scales import Reading, readings
from workflows import clock, definitions
from workflows.operations import Call, operation
from workflows.tables import HistoryEntry, Measurement, Person, ProcessInstance
from workflows.texts import Say, _


@dataclass(frozen=True)
class Comparison:
    """How one person has answered one scale in a case, the first time first."""

    person_id: UUID
    person: str
    measurements: Sequence[Measurement]

    @property
    def first(self) -> Measurement:
        return self.measurements[0]

    @property
    def latest(self) -> Measurement:
        return self.measurements[-1]


@operation("scale.record", "form")
def record_scales(call: Call) -> None:
    """Keep what was answered on the form's scales, to be compared with what is answered later."""
    entry = call.entry()
    form = definitions.form_version(call.session, entry.municipality_id, entry.form_version or "")
    if _is_recorded(call.session, entry):
        return
    found = readings(form, entry.answers or {})
    for reading in found:
        call.session.add(_measurement(call, entry, reading))
    call.session.flush()
    if found:
        call.record("measurement:record", form=form.key)


def _is_recorded(session: Session, entry: HistoryEntry) -> bool:
    known = select(Measurement.id).where(
        Measurement.municipality_id == entry.municipality_id, Measurement.entry_id == entry.id
    )
    return session.scalar(known.limit(1)) is not None


def _measurement(call: Call, entry: HistoryEntry, reading: Reading) -> Measurement:
    return Measurement(
        municipality_id=entry.municipality_id,
        instance_id=entry.instance_id,
        person_id=entry.person_id,
        entry_id=entry.id,
        scale=reading.scale,
        label=reading.label,
        value=reading.value,
        choice=reading.choice,
        lowest=reading.lowest,
        highest=reading.highest,
        lowest_label=reading.lowest_label,
        highest_label=reading.highest_label,
        words=reading.words,
        taken_on=entry.at.astimezone(clock.OSLO).date(),
        round=_rounds(call.session, entry, reading.scale) + 1,
    )


def _rounds(session: Session, entry: HistoryEntry, scale: str) -> int:
    last = session.scalar(
        select(func.max(Measurement.round)).where(
            Measurement.municipality_id == entry.municipality_id,
            Measurement.instance_id == entry.instance_id,
            Measurement.person_id == entry.person_id,
            Measurement.scale == scale,
        )
    )
    return last or 0


@operation("scale.due", "form", gives=("maling_na",))
def due(call: Call) -> Mapping[str, bool]:
    """Whether it is time to measure again: `maling_na`.

    The form says after how many weeks in its field `maleintervall`; a case where nobody has been
    measured is asked at once.
    """
    weeks = int(call.answers().get("maleintervall") or 0)
    last = call.session.scalar(
        select(func.max(Measurement.taken_on)).where(
            Measurement.municipality_id == call.instance.municipality_id,
            Measurement.instance_id == call.instance.id,
        )
    )
    return {"maling_na": last is None or last + timedelta(weeks=weeks) <= clock.today()}


def comparisons(
    session: Session, instance: ProcessInstance, people: Collection[UUID]
) -> list[Comparison]:
    """Per scale for each of these people, as first asked: every time they were measured.

    A scale whose ends have been changed is another scale: its numbers are not compared.
    """
    rows = session.execute(
        select(Measurement, Person.name)
        .join(
            Person,
            (Person.municipality_id == Measurement.municipality_id)
            & (Person.id == Measurement.person_id),
        )
        .where(
            Measurement.municipality_id == instance.municipality_id,
            Measurement.instance_id == instance.id,
            Measurement.person_id.in_(people),
        )
        .order_by(Measurement.id)
    )
    found: dict[tuple[UUID, str, int, int], tuple[str, list[Measurement]]] = {}
    for row, name in rows:
        same = (row.person_id, row.scale, row.lowest, row.highest)
        found.setdefault(same, (name, []))[1].append(row)
    return [Comparison(same[0], name, given) for same, (name, given) in found.items()]


def change_words(compared: Comparison, say: Say = _) -> str:
    """What was answered first and last, plainly: «fra 3 til 6 av 10»."""
    first, latest = compared.first, compared.latest
    if len(compared.measurements) == 1:
        return say(_("%(answer)s, spurt én gang")) % {"answer": _answer(latest, say)}
    if first.value == latest.value:
        return say(_("som før: %(answer)s")) % {"answer": _answer(latest, say)}
    if latest.choice is not None:
        return say(_("fra %(first)s til %(latest)s")) % {
            "first": _answer(first, say),
            "latest": _answer(latest, say),
        }
    return say(_("fra %(first)d til %(latest)d av %(highest)d")) % {
        "first": first.value,
        "latest": latest.value,
        "highest": latest.highest,
    }


def _answer(row: Measurement, say: Say) -> str:
    """What was chosen, in words; else the number."""
    if row.choice is not None:
        return f"«{say(row.choice)}»"
    return say(_("%(value)d av %(highest)d")) % {"value": row.value, "highest": row.highest}
