"""The residents of the demo and what happens to each. The first are those a newcomer should meet.

Common given names and surnames are combined at random: nobody is meant.
"""

from webapp.demo import stories as s
from webapp.demo.municipality import SMALL
from webapp.demo.resident import Relative, Resident, Story
from webapp.demo.themes import theme

SAMARBEIDSPLAN = "samarbeidsplan"


def _as(play: s.Play, *stages: str) -> Story:
    """A story with the stages one sees in it."""
    return Story(frozenset(stages), play)


def _mother(name: str, *, login: bool = True) -> Relative:
    return Relative("mor", name, login)


def _father(name: str, *, login: bool = True) -> Relative:
    return Relative("far", name, login)


def _sibling(name: str) -> Relative:
    return Relative("soesken", name, acts_for=False)


MAIN_CHARACTER = Resident(
    "Emma Bakken",
    16,
    theme("fravaer"),
    _as(s.main_character, "evalueres", "stiger", "mangler", "trukket"),
    "Ingrid Dahl",
    (_mother("Kristin Bakken"), _father("Morten Bakken", login=False), _sibling("Jonas Bakken")),
)
FROM_SCRATCH = Resident(
    "Noah Lien",
    14,
    theme("venner"),
    _as(s.nothing, "ingenting"),
    "Torunn Eide",
    (_mother("Hanne Lien"),),
)

FIRST = (
    MAIN_CHARACTER,
    FROM_SCRATCH,
    Resident(
        "Yusuf Warsame",
        13,
        theme("sprak"),
        _as(s.reported(11), "meldt"),
        "Samira Haddad",
        (_father("Abdi Warsame"), _sibling("Hodan Warsame")),
        plan=SAMARBEIDSPLAN,
    ),
    Resident(
        "Thea Sunde",
        17,
        theme("uro"),
        _as(s.waits_at("samtykke_svar", 17), "samtykke"),
        "Solveig Brekke",
        (_mother("Lise Sunde"),),
    ),
    Resident(
        "Ali Karimi",
        9,
        theme("lesing"),
        _as(s.waits_at("godkjenning", 9), "godkjenning"),
        "Gro Helland",
        (_mother("Maryam Karimi"), _sibling("Leila Karimi")),
        login=False,
    ),
    Resident(
        "Sander Moe",
        19,
        theme("bolig"),
        _as(s.closed(3, 330, s.QUICK), "nadd", "stiger"),
        "Miriam Tekle",
    ),
)

ON_THE_WAY = (
    Resident(
        "Mathilde Aune",
        15,
        theme("venner"),
        _as(s.reported(1), "meldt"),
        "Mats Berge",
        (_mother("Grete Aune", login=False),),
    ),
    Resident(
        "Oskar Tveten",
        12,
        theme("lesing"),
        _as(s.no_need, "ikke_behov"),
        "Gro Helland",
        (_father("Kjell Tveten", login=False),),
        login=False,
    ),
    Resident(
        "Aleksander Wolski",
        18,
        theme("arbeid"),
        _as(s.waits_at("onske", 9), "onske"),
        "Camilla Ness",
        language="en",
    ),
    Resident("Frida Hauge", 20, theme("arbeid"), _as(s.wants_none, "onsker_ikke"), "Camilla Ness"),
    Resident(
        "Marius Fjeld", 22, theme("okonomi"), _as(s.refused(215, 6), "avslatt"), "Nils Petter Vik"
    ),
    Resident(
        "Hodan Warsame",
        17,
        theme("sprak"),
        _as(s.asked_again, "avslatt", "kartlegging"),
        "Lars Kvam",
        (_father("Abdi Warsame"), _sibling("Yusuf Warsame")),
    ),
    Resident(
        "Kåre Nordby",
        67,
        theme("hverdag"),
        _as(s.only_coordinator, "avslatt"),
        "Geir Lund",
        login=False,
    ),
    Resident(
        "Piotr Nowak",
        36,
        theme("okonomi"),
        _as(s.unanswered, "ubesvart"),
        "Zahra Ahmadi",
        language="en",
    ),
    Resident(
        "Sivert Langeland",
        16,
        theme("fravaer"),
        _as(s.waits_at("oppnevn_koordinator", 12), "oppnevning"),
        "Trond Hovland",
        (_father("Rune Langeland"),),
    ),
    Resident(
        "Selam Gebre",
        15,
        theme("sprak"),
        _as(s.waits_at("mine_mal", 6), "oppnevnt"),
        "Samira Haddad",
        (_mother("Almaz Gebre"),),
        language="en",
    ),
    Resident(
        "Live Kristoffersen",
        7,
        theme("funksjonsnedsettelse"),
        _as(
            s.begun_at("kartlegging", 8, "personen", "arenaer"),
            "kartlegging",
        ),
        "Erik Tangen",
        (_mother("Marte Kristoffersen"), _father("Anders Kristoffersen")),
        login=False,
    ),
    Resident(
        "Ludvig Aasen",
        13,
        theme("hjem"),
        _as(s.waits_at("startmote", 10), "startmote"),
        "Bjørn Aas",
        (_father("Stian Aasen"),),
        plan=SAMARBEIDSPLAN,
    ),
    Resident(
        "Ida Rønning",
        17,
        theme("voksenliv"),
        _as(s.begun_at("plan", 14, "tiltak", "periode_fra"), "skrives"),
        "Miriam Tekle",
        (Relative("fosterforelder", "Gunn Ravndal"),),
    ),
    Resident(
        "Amina Siddiqui",
        14,
        theme("uro"),
        _as(s.rewriting, "omskrives"),
        "Solveig Brekke",
        (_mother("Nadia Siddiqui"),),
    ),
)

AT_WORK = (
    Resident(
        "Henrik Solli",
        17,
        theme("uro"),
        _as(s.own_view, "eget_syn", "aktiv"),
        "Kjersti Lie",
        (_mother("Turid Solli"),),
    ),
    Resident(
        "Jonas Bakken",
        12,
        theme("lesing"),
        _as(s.active(1, 22, scores=s.RISING), "aktiv", "stiger"),
        "Gro Helland",
        (_mother("Kristin Bakken"), _sibling("Emma Bakken")),
        login=False,
    ),
    Resident(
        "Marte Vatne",
        21,
        theme("arbeid"),
        _as(
            s.active(2, 47, scores=s.VARYING, silent={2: ("fastlege",)}),
            "aktiv",
            "svinger",
            "mangler",
        ),
        "Camilla Ness",
    ),
    Resident(
        "Tuva Myklebust",
        15,
        theme("fravaer"),
        _as(
            s.active(3, 60, scores=s.FALLING, silent={2: ("person",)}), "aktiv", "faller", "mangler"
        ),
        "Torunn Eide",
        (_father("Jarle Myklebust"),),
    ),
    Resident(
        "Elias Berntsen",
        10,
        theme("sykdom"),
        _as(s.active(4, 24, "avlastning"), "aktiv", "stiger", "uten_ansatte"),
        "Solveig Brekke",
        (_mother("Siv Berntsen"), _father("Tor Berntsen")),
        login=False,
    ),
    Resident(
        "Astrid Holmen",
        58,
        theme("hverdag"),
        _as(s.active(5, 40, scores=s.VARYING), "aktiv", "svinger"),
        "Wenche Tveit",
        (Relative("verge", "Knut Evensen", login=True),),
        login=False,
    ),
    Resident(
        "Mikkel Øyen",
        18,
        theme("voksenliv"),
        _as(s.active(6, 25, weeks=8, scores=s.RISING), "aktiv", "stiger"),
        "Nils Petter Vik",
        (Relative("fosterforelder", "Bodil Øverås"),),
    ),
    Resident(
        "Nora Skogen",
        16,
        theme("venner"),
        _as(s.active(0, 45, "fritid"), "aktiv", "forsinket"),
        "Kjersti Lie",
        (_mother("Elin Skogen"),),
        plan=SAMARBEIDSPLAN,
    ),
    Resident(
        "Mohammed Osman",
        19,
        theme("arbeid"),
        _as(s.active(1, 40, "nav", "fastlege"), "aktiv", "forsinket"),
        "Camilla Ness",
        plan=SAMARBEIDSPLAN,
    ),
    Resident(
        "Ane Gaup", 23, theme("bolig"), _as(s.claimed(1, "nav"), "aktiv", "tatt"), "Miriam Tekle"
    ),
    Resident(
        "Isak Dalseth",
        8,
        theme("funksjonsnedsettelse"),
        _as(s.active(2, 33, "avlastning", scores=s.VARYING), "aktiv", "uten_ansatte", "svinger"),
        "Erik Tangen",
        (_mother("Camilla Dalseth"),),
        login=False,
    ),
    Resident(
        "Sara Vestby",
        14,
        theme("fravaer"),
        _as(s.evaluating(2, 9, "bup", person=True, scores=s.RISING), "evalueres", "stiger"),
        "Mats Berge",
        (_mother("Anita Vestby"),),
    ),
    Resident(
        "Kevin Tran",
        18,
        theme("bolig"),
        _as(s.evaluating(1, 20, "ot", person=False, scores=s.FALLING), "mote", "mangler", "faller"),
        "Bjørn Aas",
    ),
    Resident(
        "Ella Grønvold",
        11,
        theme("venner"),
        _as(s.evaluating(3, 18, person=True, scores=s.VARYING), "mote", "svinger"),
        "Per Inge Sæther",
        (_mother("Randi Grønvold"),),
        login=False,
    ),
    Resident(
        "Jakob Hansen-Rivera",
        15,
        theme("hjem"),
        _as(s.revised, "revidert", "aktiv"),
        "Bjørn Aas",
        (_mother("Lucia Rivera"),),
    ),
)

CHANGES = (
    Resident(
        "Vilde Røed",
        17,
        theme("uro"),
        _as(s.handing_over("Trond Hovland", escalated=False), "overlevering"),
        "Solveig Brekke",
        (_mother("Unni Røed"),),
    ),
    Resident(
        "Emil Nygård",
        20,
        theme("bolig"),
        _as(s.handing_over("Geir Lund", escalated=True), "eskalert"),
        "Miriam Tekle",
    ),
    Resident(
        "Zainab Hussain",
        12,
        theme("sykdom"),
        _as(s.handed_over("Ingrid Dahl", 3, 30), "overlevert", "aktiv", "uten_ansatte"),
        "Silje Haugland",
        (_father("Imran Hussain"),),
        login=False,
    ),
    Resident(
        "Martin Heggelund",
        16,
        theme("fravaer"),
        _as(s.withdrawn("bup"), "trukket", "parkert"),
        "Trond Hovland",
        (_mother("Sissel Heggelund"),),
    ),
    Resident(
        "Julie Opdal",
        19,
        theme("okonomi"),
        _as(s.all_withdrawn, "alt_trukket", "faller"),
        "Zahra Ahmadi",
    ),
    Resident(
        "Ingeborg Lia",
        31,
        theme("okonomi"),
        _as(s.renewing(answered=True), "fornyet", "aktiv"),
        "Nils Petter Vik",
    ),
    Resident(
        "Adrian Krogh",
        17,
        theme("voksenliv"),
        _as(s.renewing(answered=False), "fornyes", "aktiv"),
        "Miriam Tekle",
        (Relative("fosterforelder", "Svein Myrvold"),),
    ),
    Resident(
        "Sofie Brandal",
        10,
        theme("lesing"),
        _as(s.left_alone, "uten_koordinator", "mote"),
        "Tone Rasmussen",
        (_mother("Tonje Brandal"),),
        login=False,
    ),
    Resident(
        "Daniel Haile",
        22,
        theme("arbeid"),
        _as(s.moved, "flyttet"),
        "Camilla Ness",
        language="en",
    ),
)

NEIGHBOURS = (
    Resident(
        "Sunniva Myrhaug",
        15,
        theme("hjem"),
        _as(s.active(2, 38, scores=s.RISING), "aktiv", "stiger"),
        "Bjørn Aas",
        (_mother("Ragnhild Myrhaug"),),
        town=SMALL,
        language="nn",
    ),
    Resident(
        "Torjus Nesheim",
        17,
        theme("voksenliv"),
        _as(s.waits_at("kartlegging", 6), "kartlegging"),
        "Miriam Tekle",
        (_father("Halvor Nesheim", login=False),),
        town=SMALL,
        language="nn",
    ),
    Resident(
        "Amalie Storli",
        9,
        theme("hjem"),
        _as(s.reported(4), "meldt"),
        "Marit Øverland",
        (_mother("Gunhild Storli"),),
        town=SMALL,
        login=False,
    ),
)

RESIDENTS = (*FIRST, *ON_THE_WAY, *AT_WORK, *CHANGES, *NEIGHBOURS)
