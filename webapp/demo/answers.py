"""What people in the demo write, form by form, out of the resident's theme.

Only values: whether a form takes them is for the form to say.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webapp.demo import phrases
from webapp.demo.municipality import UNIT
from webapp.demo.settling import OWN
from webapp.demo.themes import Goal, Measure
from workflows.tables import Account
from workflows.task_pages import TaskForm

if TYPE_CHECKING:
    from webapp.demo.player import Player

Given = dict[str, Any]


def answers_to(p: "Player", asked: TaskForm) -> Given:
    """What the one who has a task writes in its form."""
    return _BY_FORM[asked.form.key](p, asked)


def need(p: "Player", reporter: Account) -> Given:
    """The form that starts a case."""
    keys = p.service_keys()
    return {
        "plantype": p.resident.plan,
        "behov": _about(p, p.resident.theme.need),
        "tjenester": [p.service_id(key) for key in keys],
        "person_hort": _about(p, p.resident.theme.heard),
        "melder": "tjeneste",
        "melder_navn": reporter.name,
    }


def _about(p: "Player", text: str) -> str:
    return text.format(navn=p.resident.first_name)


def _on(p: "Player", days: int = 0) -> str:
    return (p.today + timedelta(days=days)).isoformat()


def _assessment(p: "Player", _asked: TaskForm) -> Given:
    return {"vurdering": "plan", "begrunnelse": _about(p, p.random.choice(phrases.ASSESSMENTS))}


def _wish(p: "Player", _asked: TaskForm) -> Given:
    return {
        "onsker": "plan",
        "viktigst": p.resident.theme.matters,
        "onsket_koordinator": p.resident.coordinator,
    }


def _proposal(p: "Player", _asked: TaskForm) -> Given:
    return {
        "formal": _about(p, p.random.choice(phrases.PURPOSES)),
        "opplysninger": topics(p.service_keys()),
        "tjenester": [p.service_id(key) for key in p.service_keys()],
        "varighet": "104",
        "deles_ikke": p.random.choice(phrases.NOT_SHARED),
    }


def topics(keys: list[str]) -> list[str]:
    """What is asked to be shared: what the services that are asked need to know."""
    wanted = ["kontakt", "hverdag", "skole_arbeid", "plan"]
    for topic, services in phrases.TOPICS.items():
        if not services.isdisjoint(keys):
            wanted.append(topic)
    return wanted


def consent(_p: object, asked: TaskForm) -> Given:
    """A yes to all that is asked."""
    written = asked.task.reason == "person"
    return {
        "svar": "alle",
        "hvordan": "skriftlig" if written else "muntlig",
        "informert": True,
    }


def _appointment(p: "Player", _asked: TaskForm) -> Given:
    return {
        "koordinator": str(p.employee(p.resident.coordinator).id),
        "begrunnelse": _about(p, p.random.choice(phrases.APPOINTMENTS)),
        "neste_kontakt": _on(p, 7),
    }


def _own_goals(p: "Player", _asked: TaskForm) -> Given:
    theme = p.resident.theme
    return {
        "mal": [{"mal": goal.text} for goal in theme.goals],
        "ressurser": theme.strengths,
        "behov": theme.help,
    }


def _mapping(p: "Player", _asked: TaskForm) -> Given:
    theme = p.resident.theme
    return {
        "samtaledato": _on(p, -1),
        "personen": _about(p, theme.heard),
        "arenaer": [
            {"arena": each.arena, "fungerer": each.good, "vanskelig": each.hard}
            for each in theme.arenas
        ],
        "hjelp_i_dag": [{"tiltak": theme.today, "nytte": p.random.choice(phrases.BENEFITS)}],
        "samarbeid": theme.partners,
        "personens_syn": p.random.choice(phrases.RECOGNISED),
        "samlet_vurdering": _about(p, theme.picture),
    }


def _start_meeting(p: "Player", _asked: TaskForm) -> Given:
    staffed = [key for key in p.service_keys() if p.town.staff[key]]
    team = [_member(p, key) for key in staffed]
    family = [{"navn": r.name, "rolle": "Pårørende"} for r in p.resident.relatives if r.acts_for]
    return {
        "dato": _on(p),
        "person_deltok": "ja",
        "deltakere": [{"navn": p.resident.name, "rolle": "Planeier"}, *family, *team],
        "bidrag": [
            {"hvem": "personen", "navn": p.resident.name, "bidrag": "Sier fra hva som virker."},
            *({"hvem": "parorende", "navn": r["navn"], "bidrag": phrases.SUPPORT} for r in family),
            *_contributions(p),
        ],
        "avtaler": [
            {"hva": text, "hvem": p.coordinator.name, "frist": _on(p, days)}
            for text, days in phrases.AGREEMENTS
        ],
    }


def _member(p: "Player", key: str) -> Given:
    service = p.town.services[key]
    contact = p.contact(key)
    role = "Koordinator" if contact == p.coordinator else "Kontakt"
    return {
        "navn": contact.name,
        "tjeneste": service.name,
        "rolle": role,
        "telefon": p.town.phones[contact.name],
    }


def _contributions(p: "Player") -> list[Given]:
    found: dict[str, str] = {}
    for _goal, measure, key in _measures(p):
        found.setdefault(key, _about(p, measure.what))
    return [
        {"hvem": "tjeneste", "navn": p.town.services[key].name, "bidrag": what}
        for key, what in found.items()
    ]


def _measures(p: "Player") -> list[tuple[Goal, Measure, str]]:
    """The theme's measures with the key of the service that does each here."""
    found = [
        (goal, measure, p.town.resolve(measure.by, p.resident.age))
        for goal in p.resident.theme.goals
        for measure in goal.measures
    ]
    return [(goal, measure, key) for goal, measure, key in found if key is not None]


def _plan(p: "Player", asked: TaskForm) -> Given:
    areas = {goal.text: goal.area for goal in p.resident.theme.goals}
    goals = [row | {"omrade": areas.get(row["mal"])} for row in asked.prefill.get("mal", [])]
    written = asked.prefill.get("tiltak", [])
    return {
        "mal": goals,
        "tiltak": [*written, _later_measure(p)] if written else _first_measures(p),
        "periode_fra": asked.prefill.get("periode_fra") or _on(p),
        "periode_til": asked.prefill.get("periode_til") or _on(p, 730),
        "evalueringsintervall": asked.prefill.get("evalueringsintervall") or str(p.weeks),
    }


def _first_measures(p: "Player") -> list[Given]:
    return [
        {
            "hva": _about(p, measure.what),
            "omfang": _about(p, measure.extent),
            "maal": goal.text,
            "tjeneste": p.service_id(key),
            "hvordan": _about(p, measure.how),
            "start": _on(p, 7 + 7 * at),
        }
        for at, (goal, measure, key) in enumerate(_measures(p))
    ]


def _later_measure(p: "Player") -> Given:
    goal, _measure, key = _measures(p)[0]
    what, extent, how = p.random.choice(phrases.LATER_MEASURES)
    return {
        "hva": what,
        "omfang": extent,
        "maal": goal.text,
        "tjeneste": p.service_id(key),
        "hvordan": _about(p, how),
        "start": _on(p, 14),
    }


def _approval(_p: "Player", _asked: TaskForm) -> Given:
    return {"godkjenner": "ja"}


def score(p: "Player", goal: str) -> int:
    """How near a goal is in the round that is under way, 0 to 10."""
    texts = [each.text for each in p.resident.theme.goals]
    row = p.scores[texts.index(goal) % len(p.scores)] if goal in texts else p.scores[0]
    return row[min(max(p.round, 1), len(row)) - 1]


def _band(value: int, low: Sequence[str], middle: Sequence[str], high: Sequence[str]) -> list[str]:
    return list(low if value <= 3 else middle if value <= 6 else high)


def _status(p: "Player", asked: TaskForm) -> Given:
    rows = asked.prefill["tiltak"]
    wanted = p.random.choice(phrases.NEEDED) if p.round % 2 else None
    return {"tiltak": [_reported(p, row) for row in rows], "til_koordinator": wanted}


def _reported(p: "Player", row: Given) -> Given:
    near = score(p, row["maal"] or "")
    status = _went(p, row["maal"], near)
    comments = _band(near, phrases.SLOW, phrases.STEADY, phrases.GOOD)
    comment = p.random.choice(phrases.NOT_STARTED if status == "ikke_startet" else comments)
    return row | {"status": status, "kommentar": _about(p, comment)}


def _went(p: "Player", goal: str, near: int) -> str:
    """How a measure goes; those towards the first goal last as long as the plan."""
    if p.round == 0:
        return "i_gang" if p.random.random() > 0.3 else "ikke_startet"
    if p.round == 1 or goal == p.resident.theme.goals[0].text:
        return "i_gang"
    return "fullfort" if near >= 8 else "stoppet" if near <= 3 else "i_gang"


def _own_evaluation(p: "Player", asked: TaskForm) -> Given:
    theme = p.resident.theme
    rows = asked.prefill.get("vurderinger", [])
    alone = p.doer(asked.task) is p.private.get(OWN)
    helped = "nei" if alone else "ja" if asked.task.reason == "person" else "andre"
    return {
        "vurderinger": [_own_rating(p, row) for row in rows],
        "fungerer": theme.works,
        "fungerer_ikke": theme.fails if p.round % 2 else None,
        "onske_na": theme.wants,
        "hjelp": helped,
    }


def _own_rating(p: "Player", row: Given) -> Given:
    near, goal = score(p, row["mal"]), _goal_of(p, row["mal"])
    words = _band(near, goal.low, goal.middle, goal.high)
    return row | {"vurdering": near, "ord": words[p.round % len(words)]}


def _goal_of(p: "Player", text: str) -> Goal:
    return next(goal for goal in p.resident.theme.goals if goal.text == text)


def _service_evaluation(p: "Player", asked: TaskForm) -> Given:
    rows = asked.prefill.get("vurderinger", [])
    own = {goal.text for goal, _m, key in _measures(p) if p.service_id(key) == asked.task.item}
    return {
        "vurderinger": [_service_rating(p, row) if row["mal"] in own else row for row in rows],
        "innspill": p.random.choice(phrases.INPUT),
    }


def _service_rating(p: "Player", row: Given) -> Given:
    near = score(p, row["mal"]) + p.random.choice((-1, 0, 0, 1))
    attained = next(value for limit, value in phrases.ATTAINMENT if near <= limit)
    words = p.random.choice(_band(near, phrases.SLOW, phrases.STEADY, phrases.GOOD))
    return row | {"oppnaelse": attained, "kommentar": _about(p, words)}


def _evaluation_meeting(p: "Player", asked: TaskForm) -> Given:
    rows = asked.prefill.get("konklusjoner", [])
    return {
        "dato": _on(p),
        "person_deltok": "ja",
        "konklusjoner": [row | {"konklusjon": _concluded(p, row["mal"])} for row in rows],
        "beslutninger": [_agreed(p, asked, *each) for each in _decisions(p)],
        "konklusjon": "fortsett",
        "begrunnelse": _about(p, p.random.choice(phrases.REASONS)),
    }


def _decisions(p: "Player") -> list[tuple[str, str, int]]:
    """Three in turn, so that no meeting agrees on the same as the one before."""
    start = 3 * ((p.round + 1) % 2)
    return list(phrases.DECISIONS[start : start + 3])


def _agreed(p: "Player", asked: TaskForm, what: str, who: str, days: int) -> Given:
    """The first of those who can be asked that is of the wanted kind, else the coordinator."""
    known = [value for value, _label in asked.options["ansvarlige"]]
    found = next((value for value in known if value.startswith(who)), known[0])
    return {"hva": _about(p, what), "hvem": found, "frist": _on(p, days)}


def _decision(p: "Player", _asked: TaskForm) -> Given:
    kept = p.random.random() > 0.2
    words = p.random.choice(phrases.KEPT) if kept else phrases.NOT_KEPT
    return {
        "gjort": "ja" if kept else "nei",
        "kommentar": _about(p, words) if words else None,
    }


def _concluded(p: "Player", goal: str) -> str:
    near = score(p, goal)
    return "nadd" if near >= 9 else "endre" if near <= 2 else "fortsett"


def _follow_up(p: "Player", _asked: TaskForm) -> Given:
    return {
        "notat": _about(p, p.random.choice(phrases.FOLLOW_UPS)),
        "videre": "fortsett",
        "neste_kontakt": _on(p, 28),
    }


def _clarification(p: "Player", _asked: TaskForm) -> Given:
    return {
        "losning": "utenfor",
        "begrunnelse": _about(p, phrases.AFTER_WITHDRAWAL),
        "informert": ["personen", "tjenesten", "teamet"],
    }


def _closing(p: "Player", _asked: TaskForm) -> Given:
    return {
        "arsak": "mal_nadd",
        "oppsummering": _about(p, phrases.REACHED),
        "personens_syn": p.resident.theme.goals[0].high[0],
        "videre_kontakt": f"{p.coordinator.name}, eller Koordinerende enhet på "
        f"{p.town.services[UNIT].phone}.",
    }


def _handover(p: "Player", _asked: TaskForm) -> Given:
    # The story says who: `ny_koordinator`.
    return {"hvorfor": _about(p, phrases.LEAVING), "dato": _on(p, 30)}


def _handover_wish(_p: "Player", _asked: TaskForm) -> Given:
    return {
        "mening": "greit",
        "onske": "At vi tre møtes før det byttes.",
        "viktig_a_vite": "Jeg svarer best på melding.",
    }


def _handover_answer(_p: "Player", _asked: TaskForm) -> Given:
    return {"godtar": "ja"}


def _handover_meeting(p: "Player", _asked: TaskForm) -> Given:
    return {
        "dato": _on(p),
        "person_deltok": "ja",
        "viktigst": _about(p, phrases.HANDED_OVER),
        "avtaler": "Faste møtetidspunkter blir som før.",
        "beskjed": True,
    }


def _handover_decision(_p: "Player", _asked: TaskForm) -> Given:
    return {"avgjorelse": "fortsetter", "hvorfor": "Nåværende koordinator kan bli ut året."}


_BY_FORM: dict[str, Callable[["Player", TaskForm], Given]] = {
    "vurder_behov": _assessment,
    "onske": _wish,
    "samtykke_forslag": _proposal,
    "samtykke_svar": consent,
    "oppnevn_koordinator": _appointment,
    "mine_mal": _own_goals,
    "kartlegging": _mapping,
    "startmote": _start_meeting,
    "plan": _plan,
    "godkjenning": _approval,
    "tiltak_status": _status,
    "evaluering_person": _own_evaluation,
    "evaluering_tjeneste": _service_evaluation,
    "evaluering_mote": _evaluation_meeting,
    "beslutning": _decision,
    "oppfolging": _follow_up,
    "avklar_samtykke": _clarification,
    "avslutt_plan": _closing,
    "overlevering_forslag": _handover,
    "overlevering_onske": _handover_wish,
    "overlevering_svar": _handover_answer,
    "overlevering_mote": _handover_meeting,
    "overlevering_avklaring": _handover_decision,
}
"""Form key → what is written in it. Every form of the library that a task asks for is here."""
