"""What families and those around them write, form by form.

Most stands in the family's own file; here is what follows from who they are, what the plan holds
and what comes in every family. Whether a form takes it is for the form to say.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from forms.definitions import Component, Form
from webapp.demo import answers, phrases
from webapp.demo.families import Goal, Measure
from webapp.demo.settling import OWN
from workflows import definitions
from workflows.tables import Account
from workflows.task_pages import TaskForm

if TYPE_CHECKING:
    from webapp.demo.family_player import FamilyPlayer

Given = dict[str, Any]
AREAS = ("arbeid", "okonomi", "bolig", "barnas_situasjon")
MEETING = "evaluering_mote"


def start(p: "FamilyPlayer", _reporter: Account) -> Given:
    """The form that starts a family's case."""
    process = definitions.latest_process(p.session, p.person.municipality_id, p.process)
    key = process.diagram.start.properties["formKey"]
    form = definitions.latest_form(p.session, p.person.municipality_id, key)
    own = {"tjenester": list(p.resident.household.services), **p.resident.household.says[key][0]}
    return filled(p, form, own)


def answers_to(p: "FamilyPlayer", asked: TaskForm) -> Given:
    """What the one who has a task writes: what every family would, and then their own."""
    key, place = asked.form.key, f"{asked.form.key} {asked.task.item}"
    given = _BY_FORM[key](p, asked) | filled(p, asked.form, _own(p, asked, p.times[place]))
    p.times.update({key, place})
    p.round = p.times[MEETING]
    return given


def _own(p: "FamilyPlayer", asked: TaskForm, time: int) -> Given:
    """What the family's file says for a form, the first, second … time; a member's own first."""
    person = p.member(asked.task.person_id)
    household = p.resident.household
    said = person.says.get(asked.form.key) or household.says.get(asked.form.key) or [{}]
    return dict(said[min(time, len(said) - 1)])


# From what a file says to what a form takes


def filled(p: "FamilyPlayer", form: Form, given: Given) -> Given:
    """A file's answers with ids for services and members, and dates for days ahead."""
    return _filled(p, form.components, given)


def _filled(p: "FamilyPlayer", components: Iterable[Component], given: Given) -> Given:
    found = dict(given)
    for field in components:
        if field.type == "dynamiclist" and field.key in given:
            found[field.key] = [_filled(p, field.components, row) for row in given[field.key]]
        elif field.components and not field.key:
            found |= _filled(p, field.components, given)
        elif field.key in given:
            found[field.key] = _value(p, field, given[field.key])
    return found


def _value(p: "FamilyPlayer", field: Component, value: Any) -> Any:
    if isinstance(value, list):
        return [_value(p, field, each) for each in value]
    if field.options_from == "tjenester" and value in p.town.services:
        return p.service_id(value)
    if field.options_from == "familien" and value in p.people:
        return str(p.people[value].id)
    if field.type == "datetime" and isinstance(value, int):
        return p.in_days(value)
    return value


# The family


def _family(p: "FamilyPlayer", asked: TaskForm) -> Given:
    known = {row["id"]: row for row in asked.prefill.get("familie", [])}
    return {"familie": [_family_row(p, name, known) for name in p.people]}


def _family_row(p: "FamilyPlayer", name: str, known: dict[str, Given]) -> Given:
    """A member; who is not named for the case yet is found by the national number."""
    person = p.people[name]
    member, there = p.member(person.id), str(person.id) in known
    return {
        "id": str(person.id) if there else None,
        "navn": member.name,
        "fodt": person.born_on.isoformat() if person.born_on else None,
        "del": member.part,
        "bosted": member.home,
        "fnr": None if there else person.national_number,
    }


def _joins(p: "FamilyPlayer", asked: TaskForm) -> Given:
    member = p.member(asked.task.person_id)
    others = {value for value, _name in asked.options["familien"]}
    shown = [str(p.people[name].id) for name in member.shows_to]
    return {
        "deltar": "ja" if member.joins else "nei",
        "viser_til": [each for each in shown if each in others] if member.joins else None,
    }


def _wish(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"vil_ha_holf": "ja"}


def _investment_wish(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"vil_endre": "ja", "vil_delta": "ja", "vil_se_helheten": "ja"}


def _not_now(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {
        "tilbud": ["koordinator"],
        "tilbud_ord": phrases.INSTEAD,
        "videre_kontakt": phrases.CALL_THE_UNIT,
    }


def _appointment(p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {
        "koordinator": str(p.employee(p.resident.coordinator).id),
        "begrunnelse": p.random.choice(phrases.FAMILY_APPOINTMENTS),
        "neste_kontakt": p.in_days(7),
    }


def _proposal(p: "FamilyPlayer", _asked: TaskForm) -> Given:
    services = p.resident.household.services
    return {
        "formal": phrases.FAMILY_PURPOSE,
        "opplysninger": answers.topics(list(services)),
        "tjenester": [p.service_id(key) for key in services],
        "varighet": "104",
    }


def _child(p: "FamilyPlayer", asked: TaskForm) -> Given:
    return {"hjelp": _help(p, asked), "vil_snakke": "nei"}


def _child_heard(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"hvordan_hort": ["samtale"], "barnets_uttrykk": phrases.CHILD_HEARD}


def _help(p: "FamilyPlayer", asked: TaskForm) -> str:
    """Who answered: the member, the member with somebody's help, or somebody else."""
    if asked.task.reason != "person":
        return "andre"
    return "nei" if p.doer(asked.task) is p.voices[asked.task.person_id].get(OWN) else "ja"


# Mapping and plan


def _mapped(p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"kartlagt": p.in_days(-1), "samlet_vurdering": phrases.MAPPED}


def _plan(p: "FamilyPlayer", asked: TaskForm) -> Given:
    goals = [*asked.prefill.get("mal", []), *_new(p, asked, p.resident.household.goals)]
    lacking = set(AREAS) - {row["omrade"] for row in goals}
    return {
        "mal": goals,
        "tiltak": [*asked.prefill.get("tiltak", []), *_new(p, asked, _planned(p))],
        "omrader_uten_mal": phrases.AREA_DONE if lacking else None,
        "deltakere": asked.prefill.get("deltakere") or _team(p),
        **_period(p, asked),
    }


def _planned(p: "FamilyPlayer") -> list[Measure]:
    return [each for each in p.resident.household.measures if each.period is None]


def _new(p: "FamilyPlayer", asked: TaskForm, each: Sequence[Goal | Measure]) -> list[Given]:
    """The rows that come with this writing of the plan."""
    writing = p.times[asked.form.key] + 1
    rows = [dict(one.row) for one in each if one.writing == writing]
    path = "mal" if rows and "mal" in rows[0] else "tiltak"
    return [dict(row) for row in filled(p, asked.form, {path: rows})[path]]


def _period(p: "FamilyPlayer", asked: TaskForm) -> Given:
    return {
        "periode_fra": asked.prefill.get("periode_fra") or p.in_days(0),
        "periode_til": asked.prefill.get("periode_til") or p.in_days(1095),
        "evalueringsintervall": str(p.resident.household.weeks),
    }


def _team(p: "FamilyPlayer") -> list[Given]:
    """The coordinator, and the contact of each service that has somebody."""
    keys = [key for key in p.resident.household.services if p.town.staff[key]]
    team = [_team_row(p, p.contact(key).name, p.town.services[key].name, "Kontakt") for key in keys]
    return [_team_row(p, p.coordinator.name, None, "Koordinator"), *team]


def _team_row(p: "FamilyPlayer", name: str, service: str | None, role: str) -> Given:
    return {"navn": name, "tjeneste": service, "rolle": role, "telefon": p.town.phones[name]}


def _start_meeting(p: "FamilyPlayer", asked: TaskForm) -> Given:
    goals = [dict(goal.row) for goal in p.resident.household.goals]
    rows = {"mal": goals, "tiltak": [_decided_on(p, measure) for measure in _planned(p)]}
    may = {"kan_beslutte": "ja", "myndighet": phrases.MAY_DECIDE}
    team = [row | may for row in _team(p)]
    return {"dato": p.in_days(0), "deltakere": team, **filled(p, asked.form, rows)}


def _decided_on(p: "FamilyPlayer", measure: Measure) -> Given:
    """What the meeting decided; what the family does itself, nobody else decides."""
    service = measure.row.get("tjeneste")
    return {**measure.row, **({"besluttet_av": p.contact(service).name} if service else {})}


def _investment_plan(p: "FamilyPlayer", asked: TaskForm) -> Given:
    return {"maleintervall": "52", "samarbeid": phrases.NOBODY_OUTSIDE, **_period(p, asked)}


def _approval(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"godkjenner": "ja"}


def _signed(p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"familien_signerer": "ja", "gjor_var_del": True, "signert_av": p.resident.name}


def _signed_by_the_municipality(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"kommunen_signerer": "ja", "hadde_myndighet": True, "innenfor_rett": True}


def _order(p: "FamilyPlayer", asked: TaskForm) -> Given:
    """What the meeting put in order; what came later and is not in it stands without a number."""
    order = p.resident.household.order
    rows = [
        row | {"nummer": order.index(row["hva"]) + 1} if row["hva"] in order else row
        for row in asked.prefill.get("rekkefolge", [])
    ]
    return {"rekkefolge": rows, "begrunnelse": phrases.ONE_ORDER}


def _decided(p: "FamilyPlayer", asked: TaskForm) -> Given:
    why = {measure.text: measure.why for measure in p.resident.household.measures}
    return {
        "flagget": [
            row | {"avgjorelse": "vent", "hvorfor": why.get(row["hva"]) or phrases.ONE_ORDER}
            for row in asked.prefill["flagget"]
        ]
    }


# Rounds


def _score(p: "FamilyPlayer", text: str) -> int:
    """How near a goal is in the round that is under way."""
    found = _goal(p, text)
    return found.scores[min(p.round + 1, len(found.scores) - 1)] if found else 5


def _goal(p: "FamilyPlayer", text: str) -> Goal | None:
    return next((goal for goal in p.resident.household.goals if goal.text == text), None)


def _status(p: "FamilyPlayer", asked: TaskForm) -> Given:
    household, key = p.resident.household, p.key_of(asked.task.item)
    new = [
        {name: value for name, value in each.row.items() if name != "by"}
        for each in household.measures
        if each.period == p.round and each.row["by"] == key
    ]
    rows = [_reported(p, row) for row in asked.prefill["tiltak"]]
    return {"tiltak": rows, **(filled(p, asked.form, {"nye_tiltak": new}) if new else {})}


def _reported(p: "FamilyPlayer", row: Given) -> Given:
    measure = next(m for m in p.resident.household.measures if row["tiltak"].startswith(m.text))
    near = _score(p, str(measure.row.get("maal")))
    words = p.random.choice(phrases.FAMILY_GOES_WELL if near > 4 else phrases.FAMILY_STEADY)
    done = measure.done_in is not None and p.round >= measure.done_in
    waits = row["status"] == "venter"
    status = "fullfort" if done else "ikke_startet" if waits else "i_gang"
    return row | {"status": status, "kommentar": phrases.WAITS if waits else words}


def _own_evaluation(p: "FamilyPlayer", asked: TaskForm) -> Given:
    name = p.member(asked.task.person_id).first_name
    rows = asked.prefill.get("vurderinger", [])
    return {"vurderinger": [_rated(p, name, row) for row in rows], "hjelp": _help(p, asked)}


def _rated(p: "FamilyPlayer", name: str, row: Given) -> Given:
    goal = _goal(p, row["mal"])
    words = goal.words.get(name, ()) if goal else ()
    near = min(max(_score(p, row["mal"]) + p.random.choice((-1, 0, 0, 1)), 0), 10)
    return row | {"vurdering": near, "ord": words[p.round] if p.round < len(words) else None}


def _service_evaluation(p: "FamilyPlayer", asked: TaskForm) -> Given:
    rows = asked.prefill.get("vurderinger", [])
    return {"vurderinger": [_service_rated(p, row) for row in rows]}


def _service_rated(p: "FamilyPlayer", row: Given) -> Given:
    near = _score(p, row["mal"])
    return row | {"oppnaelse": next(v for limit, v in phrases.ATTAINMENT if near <= limit)}


def _meeting(p: "FamilyPlayer", asked: TaskForm) -> Given:
    rows = asked.prefill.get("konklusjoner", [])
    return {
        "dato": p.in_days(0),
        "person_deltok": "ja",
        "konklusjoner": [row | {"konklusjon": "fortsett"} for row in rows],
        "beslutninger": [_agreed(p, asked, *each) for each in phrases.FAMILY_DECISIONS],
        "konklusjon": "fortsett",
        "begrunnelse": phrases.GOES_ON,
    }


def _agreed(p: "FamilyPlayer", asked: TaskForm, what: str, who: str, days: int) -> Given:
    """The first of those who can be asked that is of the wanted kind, else the coordinator."""
    known = [value for value, _label in asked.options["ansvarlige"]]
    found = next((value for value in known if value.startswith(who)), known[0])
    return {"hva": what, "hvem": found, "frist": p.in_days(days)}


def _decision(p: "FamilyPlayer", _asked: TaskForm) -> Given:
    kept = p.random.random() > 0.2
    return {"gjort": "ja" if kept else "nei", "kommentar": None if kept else phrases.NOT_KEPT}


# After a year, and the end


def _own_view(p: "FamilyPlayer", asked: TaskForm) -> Given:
    return {"trenger_mer": "ja", "hjelp": _help(p, asked)}


def _onwards(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {
        "familien_hort": phrases.FAMILY_HEARD,
        "behov_videre": "fortsett",
        "begrunnelse": phrases.GOES_ON,
    }


def _quality_of_life(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {}


def _gains(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"gevinster": []}


def _need_over(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"familien_mener": "nei"}


def _investment_closing(_p: "FamilyPlayer", _asked: TaskForm) -> Given:
    return {"avslutning": "fortsetter", "begrunnelse": phrases.GOES_ON}


def _joins_the_team(p: "FamilyPlayer", asked: TaskForm) -> Given:
    return {
        "blir_med": "ja",
        "navn": p.contact(p.key_of(asked.task.service_id)).name,
        "kan_beslutte": "ja",
        "bidrag": phrases.CONTRIBUTES,
    }


_BY_FORM: dict[str, Callable[["FamilyPlayer", TaskForm], Given]] = {
    "familie": _family,
    "deltar": _joins,
    "samtykke_forslag": _proposal,
    "samtykke_svar": answers.consent,
    "oppnevn_koordinator": _appointment,
    "barnets_syn": _child,
    "barnet_hort": _child_heard,
    "holf_onske": _wish,
    "holf_kartlegging": _mapped,
    "holf_plan": _plan,
    "rekkefolge": _order,
    "godkjenning": _approval,
    "tiltak_status": _status,
    "avklar_rekkefolge": _decided,
    "beslutning": _decision,
    "evaluering_person": _own_evaluation,
    "evaluering_tjeneste": _service_evaluation,
    MEETING: _meeting,
    "holf_ny_kartlegging": _mapped,
    "holf_familiens_syn": _own_view,
    "holf_videre": _onwards,
    "invest_onske": _investment_wish,
    "invest_ikke_aktuelt": _not_now,
    "livskvalitet": _quality_of_life,
    "oppstartsmote": _start_meeting,
    "investeringsplan": _investment_plan,
    "invest_signering": _signed,
    "invest_signering_leder": _signed_by_the_municipality,
    "gevinster": _gains,
    "invest_behov_over": _need_over,
    "invest_avslutning": _investment_closing,
    "tjeneste_bidrag": _joins_the_team,
}
"""Form key → what is written in it in every family."""
