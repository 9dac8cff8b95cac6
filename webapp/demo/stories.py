"""What can happen to a resident: each story is played day by day and ends today.

A story that comes to today stops where it is: what is open then depends on the calendar a little.
"""

from collections.abc import Callable, Mapping
from typing import Any

from webapp.demo import phrases
from webapp.demo.player import Player

Play = Callable[[Player], None]

STAGES = {
    "ingenting": "registrert, og ingenting er startet",
    "meldt": "behovet er nettopp meldt",
    "ikke_behov": "koordinerende enhet fant ikke behov for plan",
    "onske": "venter på at personen sier hva den ønsker",
    "onsker_ikke": "personen ønsket ikke plan",
    "samtykke": "spurt om samtykke, og påminnet",
    "avslatt": "samtykke ikke gitt: koordinator uten plan",
    "ubesvart": "ikke svart på samtykke: koordinator uten plan",
    "oppnevning": "ingen koordinator er oppnevnt ennå",
    "oppnevnt": "koordinator nettopp oppnevnt",
    "kartlegging": "kartlegging pågår, med utkast",
    "startmote": "startmøte skal holdes",
    "skrives": "planen skrives",
    "godkjenning": "planen venter på personens godkjenning",
    "omskrives": "personen sa nei, og planen skrives om",
    "eget_syn": "godkjent med eget syn",
    "aktiv": "tiltak i gang",
    "revidert": "planen er endret etter en evaluering",
    "forsinket": "status på tiltak er ikke meldt i tide",
    "tatt": "en ansatt har tatt en oppgave for tjenesten",
    "uten_ansatte": "en tjeneste uten ansatte: enheten har oppgaven",
    "evalueres": "evaluering pågår",
    "mangler": "stemmer mangler i en evaluering",
    "mote": "evalueringsmøte skal holdes",
    "stiger": "vurderingene stiger",
    "faller": "vurderingene faller",
    "svinger": "vurderingene går opp og ned",
    "overlevering": "overlevering til ny koordinator pågår",
    "eskalert": "overleveringen er løftet til koordinerende enhet",
    "overlevert": "ny koordinator har tatt over",
    "trukket": "samtykke trukket fra én tjeneste",
    "parkert": "en oppgave venter fordi samtykket er trukket",
    "alt_trukket": "alt samtykke er trukket",
    "fornyet": "samtykker er fornyet",
    "fornyes": "samtykker går snart ut, og personen er spurt på nytt",
    "uten_koordinator": "koordinatoren har sluttet i kommunen",
    "nadd": "avsluttet med målene nådd",
    "flyttet": "avsluttet fordi personen har flyttet",
}
"""Every stage that the demo shows, in words."""

STEPS = {
    "vurder_behov": 6,
    "onske": 12,
    "samtykke_forslag": 15,
    "samtykke_svar": 21,
    "oppnevn_koordinator": 25,
    "mine_mal": 36,
    "kartlegging": 41,
    "startmote": 52,
    "plan": 63,
    "godkjenning": 70,
}
"""The way to an active plan, with the day of the story on which each step is done."""
PREPARED = STEPS["godkjenning"]
AGREED = "beslutning_gjores"
EVALUATION = 24
"""Days from when an evaluation opens until the meeting is held."""

NO_CONSENT = {"svar": "nei", "informert": None}
A_YEAR_OF_CONSENT = STEPS["samtykke_svar"] + 364
"""The day of the story on which a consent for a year expires."""

Scores = tuple[tuple[int, ...], ...]
QUICK: Scores = ((4, 7, 9), (5, 7, 9), (3, 6, 8))
RISING: Scores = ((3, 5, 6, 7, 8, 9), (4, 5, 5, 6, 8, 8), (2, 4, 6, 7, 7, 9))
FALLING: Scores = ((7, 6, 4, 3, 3, 2), (6, 6, 5, 4, 3, 3), (8, 7, 5, 5, 4, 4))
VARYING: Scores = ((4, 7, 3, 6, 8, 5), (5, 3, 6, 4, 7, 6), (2, 6, 5, 7, 4, 8))


def prepare(p: Player, before: str | None = None, **changes: Mapping[str, Any]) -> None:
    """Report the need and do the steps of STEPS, but not `before` and what follows it.

    `changes` are what is answered differently, by step.
    """
    p.report()
    for element, day in STEPS.items():
        if element == before:
            return
        p.do(element, day, **changes.get(element, {}))


def opens(p: Player) -> float:
    """The day of the story on which the round that is under way began."""
    return PREPARED + p.round * (p.weeks * 7 + EVALUATION) + p.delay


def days(rounds: int, into: float, weeks: int = 12) -> float:
    """How long ago a story began that is `into` days into the round after `rounds` evaluations."""
    return PREPARED + rounds * (weeks * 7 + EVALUATION) + into


def work(p: Player, *leave: str) -> None:
    """What the last meeting agreed is done, and every service reports, but not those in `leave`."""
    keep_agreements(p)
    p.do_for_services("tiltak_status", opens(p) + 12, opens(p) + 26, leave)


def keep_agreements(p: Player) -> None:
    """Those who were to do something say how it went; every other time the last one does not."""
    asked = p.open_tasks(AGREED)
    for at, task in enumerate(asked if p.round % 2 else asked[:-1]):
        p.answer(task, opens(p) + 9 + at)


def ask(p: Player, *leave: str, person: bool = True) -> None:
    """The next evaluation opens, and those who are not missing answer."""
    opened = opens(p) + p.weeks * 7
    p.round += 1
    p.wait_for("evaluering_person")
    if person:
        p.do("evaluering_person", opened + 5)
    p.do_for_services("evaluering_tjeneste", opened + 4, opened + 10, leave)


def meet(p: Player, **changes: Any) -> None:
    """The evaluation meeting is held and concluded."""
    p.wait_for("evaluering_mote")
    p.look(p.coordinator)
    p.do("evaluering_mote", opens(p), **changes)


def rounds(p: Player, count: int, *, leave: Mapping[int, tuple[str, ...]] | None = None) -> None:
    """So many whole rounds; `leave` names the services that are silent, by round.

    `person` among them is the person's own voice.
    """
    for number in range(p.round + 1, p.round + count + 1):
        silent = (leave or {}).get(number, ())
        work(p)
        ask(p, *silent, person="person" not in silent)
        meet(p)


def hand_over(p: Player, to: str, after: float, *, answer: bool = True) -> None:
    """A handover from its proposal on; without `answer` the successor stays silent."""
    begun = p.day
    p.do("overlevering_forslag", begun + 3, ny_koordinator=str(p.employee(to).id))
    p.do("overlevering_onske", begun + after)
    if answer:
        p.do("overlevering_svar", begun + after + 3)
        p.do("overlevering_mote", begun + after + 10)


# The stories


def nothing(p: Player) -> None:
    """The person is registered and known to two services, no more."""
    p.begin(2)


def reported(ago: float, **changes: Any) -> Play:
    """The need is reported and not assessed."""

    def play(p: Player) -> None:
        p.begin(ago)
        p.report(**changes)

    return play


def no_need(p: Player) -> None:
    """The coordinating unit finds no need, and says so."""
    p.begin(95)
    p.report()
    p.do(
        "vurder_behov",
        8,
        vurdering="ikke_behov",
        begrunnelse=phrases.NO_NEED.format(navn=p.resident.first_name),
        orientert=True,
    )


def wants_none(p: Player) -> None:
    """The person wants neither plan nor coordinator."""
    p.begin(540)
    refusal = {"onsker": "nei", "viktigst": None, "onsket_koordinator": None}
    prepare(p, "samtykke_forslag", onske=refusal)


def waits_at(element: str, waited: float) -> Play:
    """The way to an active plan has come to `element`, which has waited so many days."""

    def play(p: Player) -> None:
        before = list(STEPS)[list(STEPS).index(element) - 1]
        p.begin(STEPS[before] + waited)
        prepare(p, element)

    return play


def begun_at(element: str, waited: float, *fields: str) -> Play:
    """As `waits_at`, with the named fields of the form begun on and saved as a draft."""

    def play(p: Player) -> None:
        waits_at(element, waited)(p)
        p.until(p.day + waited / 2)
        p.draft(element, *fields)

    return play


def refused(ago: float, follow_ups: int) -> Play:
    """No consent: the coordinator alone, and a talk every four weeks."""

    def play(p: Player) -> None:
        p.begin(ago)
        prepare(p, "mine_mal", samtykke_svar=NO_CONSENT)
        follow_up(p, follow_ups)

    return play


def follow_up(p: Player, times: int, element: str = "oppfolging") -> None:
    """So many talks without a plan, the first a week from now."""
    begun = p.day
    for number in range(times):
        p.do(element, begun + 7 + 28 * number)


def asked_again(p: Player) -> None:
    """No consent at first; after some talks the person says yes, and the mapping begins."""
    p.begin(150)
    prepare(p, "mine_mal", samtykke_svar=NO_CONSENT)
    follow_up(p, 3)
    p.do("oppfolging", p.day + 28, videre="innhent_samtykke", neste_kontakt=p.in_days(7))
    p.do("samtykke_forslag", p.day + 4)
    p.do("samtykke_svar", p.day + 6)
    p.do("mine_mal", p.day + 9)


def only_coordinator(p: Player) -> None:
    """The person wants a coordinator and no plan, and after a while no more."""
    p.begin(300)
    prepare(p, "samtykke_forslag", onske={"onsker": "bare_koordinator"})
    p.do("oppnevn_koordinator", p.day + 5)
    follow_up(p, 5)
    p.do(
        "oppfolging",
        p.day + 28,
        videre="avslutt",
        neste_kontakt=None,
        arsak="ikke_behov",
        videre_kontakt=f"Ring {p.coordinator.name} når som helst.",
    )


def unanswered(p: Player) -> None:
    """The question of consent is never answered: nothing is shared."""
    p.begin(125)
    prepare(p, "samtykke_svar")
    p.wait_for("oppnevn_koordinator")
    p.do("oppnevn_koordinator", p.day + 4)
    follow_up(p, 2)


def rewriting(p: Player) -> None:
    """The person said no to the plan, and it is written again."""
    p.begin(PREPARED + 6)
    prepare(p, godkjenning=_own_view(p, "nei"))
    p.until(p.day + 3)
    p.draft("plan", "tiltak")


def own_view(p: Player) -> None:
    """The person said no, then yes with a view of their own; the measures are under way."""
    p.delay = 17
    p.begin(days(0, 20) + p.delay)
    prepare(p, godkjenning=_own_view(p, "nei"))
    p.do("plan", PREPARED + 9)
    p.do("godkjenning", PREPARED + 17, **_own_view(p, "ja_med_eget_syn"))
    work(p)


def _own_view(p: Player, answer: str) -> dict[str, Any]:
    return {"godkjenner": answer, "eget_syn": p.resident.theme.other_view}


def active(
    count: int,
    into: float,
    *leave: str,
    scores: Scores = RISING,
    weeks: int = 12,
    silent: Mapping[int, tuple[str, ...]] | None = None,
) -> Play:
    """So many rounds, and into the next; the services in `leave` have not reported in it."""

    def play(p: Player) -> None:
        p.scores, p.weeks = scores, weeks
        p.begin(days(count, into, weeks))
        prepare(p)
        rounds(p, count, leave=silent)
        work(p, *leave)

    return play


def claimed(count: int, key: str) -> Play:
    """An employee has taken the service's report and not given it."""

    def play(p: Player) -> None:
        active(count, 31, key)(p)
        p.claim("tiltak_status")

    return play


def evaluating(count: int, opened: float, *leave: str, person: bool, scores: Scores) -> Play:
    """So many rounds, and the next evaluation opened so many days ago; `leave` has not answered."""

    def play(p: Player) -> None:
        active(count, 84 + opened, scores=scores)(p)
        ask(p, *leave, person=person)

    return play


def main_character(p: Player) -> None:
    """Two rounds are concluded; the third evaluation is open, and one consent is withdrawn."""
    p.scores = ((3, 5, 6, 7), (4, 4, 6, 7), (2, 6, 7, 8))
    p.begin(days(2, 84 + 7))
    prepare(p)
    rounds(p, 2, leave={1: ("bup",)})
    work(p)
    p.withdraw("fritid", opens(p) + 84 - 5)
    p.round += 1
    p.wait_for("evaluering_tjeneste")
    bup = next(t for t in p.open_tasks("evaluering_tjeneste") if p.key_of(t.item) == "bup")
    p.answer(bup, p.day + 1)


def revised(p: Player) -> None:
    """The first evaluation led to a new version of the plan."""
    p.scores = VARYING
    p.begin(days(1, 40) + 17)
    prepare(p)
    work(p)
    ask(p)
    meet(p, konklusjon="revider", begrunnelse=phrases.REVISION)
    p.do("plan", opens(p) + 9)
    p.do("godkjenning", opens(p) + 17)
    p.delay = 17
    work(p)


def closed(count: int, ago: float, scores: Scores, **changes: Any) -> Play:
    """So many rounds, and the last evaluation closed the plan."""

    def play(p: Player) -> None:
        p.scores = scores
        p.begin(days(count, ago + 10))
        prepare(p)
        rounds(p, count - 1)
        work(p)
        ask(p)
        meet(p, konklusjon="avslutt", begrunnelse="Vi er enige om at det er tid for å avslutte.")
        p.do("avslutt_plan", p.day + 8, **changes)

    return play


def moved(p: Player) -> None:
    """The person moved to another municipality, and the plan was closed."""
    summary = phrases.MOVED.format(navn=p.resident.first_name)
    closed(2, 25, VARYING, arsak="flyttet", oppsummering=summary)(p)


def handing_over(to: str, *, escalated: bool) -> Play:
    """The coordinator leaves; the proposed one has the question, or has let it lie too long."""

    def play(p: Player) -> None:
        p.scores = RISING
        p.begin(days(1, 50))
        prepare(p)
        rounds(p, 1)
        work(p)
        p.leave(opens(p) + (27 if escalated else 36))
        hand_over(p, to, 8, answer=False)

    return play


def handed_over(to: str, count: int, into: float) -> Play:
    """The first evaluation led to a new coordinator, who has had the baton since."""

    def play(p: Player) -> None:
        p.scores = RISING
        p.begin(days(count, into) + 25)
        prepare(p)
        work(p)
        ask(p)
        meet(p, konklusjon="ny_koordinator")
        hand_over(p, to, 12)
        p.delay = 25
        rounds(p, count - 1)
        work(p)

    return play


def withdrawn(key: str) -> Play:
    """The person withdrew consent to one service while it had a report to give."""

    def play(p: Player) -> None:
        p.scores = VARYING
        p.begin(days(1, 34))
        prepare(p)
        rounds(p, 1)
        p.withdraw(key, opens(p) + 8)
        p.do("avklar_samtykke", opens(p) + 11)
        work(p)

    return play


def all_withdrawn(p: Player) -> None:
    """The person withdrew everything: the plan is stopped, the coordinator stays."""
    p.scores = FALLING
    p.begin(days(1, 115))
    prepare(p)
    rounds(p, 1)
    p.withdraw_all(opens(p) + 21)
    follow_up(p, 3, "oppfolging_trukket")


def renewing(*, answered: bool) -> Play:
    """Consent for a year is about to expire: the person is asked again, and has answered or not."""

    def play(p: Player) -> None:
        p.scores = RISING
        p.begin(days(3, 20) if answered else A_YEAR_OF_CONSENT - 22)
        prepare(p, samtykke_forslag={"varighet": "52"})
        rounds(p, 2)
        work(p)
        p.do("samtykke_forslag", A_YEAR_OF_CONSENT - 27)
        if answered:
            p.do("samtykke_svar", A_YEAR_OF_CONSENT - 20)
            ask(p)
            meet(p)
            work(p)

    return play


def left_alone(p: Player) -> None:
    """The coordinator has left the municipality, and the unit has the tasks."""
    p.scores = VARYING
    p.begin(days(1, 84 + 19))
    prepare(p)
    rounds(p, 1)
    work(p)
    p.resign(opens(p) + 84 - 10)
    ask(p)
