"""The families of the demo, in every stage of the two processes for families.

Who they are and what they write stands in `families`; common names are combined at random, and
nobody is meant. The mother whom three services pull apart is told of in Malmberg-Heimonen et al.
(2016), who evaluated HOLF.
"""

from collections.abc import Callable

from webapp.demo.families import Family
from webapp.demo.family_player import FamilyPlayer
from webapp.demo.resident import Story

HOLF, TEAM = "holf", "investeringsteam"
FIRST_COORDINATOR, SECOND_COORDINATOR = "Aslaug Tveiten", "Hamid Rostami"
LEADER = "Guro Lervik"

STAGES = {
    "meldt": "familien er nettopp meldt",
    "spurt": "familien blir spurt, og ikke alle har svart",
    "rekkefolge": "tjenestene trakk i ulike retninger, og møtet ble enige om én rekkefølge",
    "flagget": "noe trekker mot rekkefølgen, og koordinatoren skal avgjøre",
    "malt_igjen": "kartlagt eller målt på nytt, så en ser endringen",
    "avsluttet": "oppfølgingen er avsluttet",
    "kontakt": "familien har nettopp tatt kontakt",
    "signert": "planen er signert, og tiltakene går samtidig",
    "moter": "flere investeringsmøter er holdt",
    "behov_over": "avsluttet fordi behovet er over",
}
"""Every stage that the families show, in words."""


def _begun(ago: float, *leave: str) -> Callable[[FamilyPlayer], None]:
    """It began so many days ago and has gone on since; `leave` is as in `FamilyPlayer.go_on`."""

    def play(p: FamilyPlayer) -> None:
        p.begin(ago)
        p.report()
        p.go_on(*leave)

    return play


def _as(play: Callable[[FamilyPlayer], None], *stages: str) -> Story:
    return Story(frozenset(stages), play)


PULLED_APART = Family(
    "foss",
    HOLF,
    _as(_begun(238, "avklar_rekkefolge"), "rekkefolge", "flagget"),
    FIRST_COORDINATOR,
)
ASKED = Family("stensrud", HOLF, _as(_begun(31, "deltar:Oliver"), "spurt"), SECOND_COORDINATOR)
FAMILIES = (
    PULLED_APART,
    Family("nymoen", TEAM, _as(_begun(101, "tiltak_status:ppt"), "signert", "rekkefolge"), LEADER),
    Family("halvorsen", HOLF, _as(_begun(5, "onske"), "meldt"), SECOND_COORDINATOR),
    ASKED,
    Family("farah", HOLF, _as(_begun(175), "rekkefolge"), FIRST_COORDINATOR),
    Family("wiik", HOLF, _as(_begun(540), "malt_igjen"), SECOND_COORDINATOR),
    Family("kowalczyk", HOLF, _as(_begun(733), "malt_igjen", "avsluttet"), FIRST_COORDINATOR),
    Family("hagen", TEAM, _as(_begun(4, "invest_onske"), "kontakt"), LEADER),
    Family(
        "ionescu",
        TEAM,
        _as(
            _begun(560, "evaluering_person:Matei@2", "evaluering_tjeneste:helse@1"),
            "moter",
            "malt_igjen",
        ),
        LEADER,
    ),
    Family("solbakken", TEAM, _as(_begun(728), "behov_over", "malt_igjen"), LEADER),
)
