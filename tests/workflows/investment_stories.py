"""Ways through the investment team at command level: Marit, her partner Kai and her son Ola, 12."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from world import World

from tests.workflows import families, stories
from workflows import clock, messages, plans
from workflows.tables import OpenTask, ProcessInstance

KEY = "investeringsteam"
SERVICES = ("skole", "nav")
"""The services in the team from the beginning; Siri of the school leads it."""
GOALS = (
    {"mal": "Oversikt over regningene", "horisont": "kort", "omrade": "okonomi"},
    {"mal": "Marit i fast arbeid", "horisont": "lang", "omrade": "arbeid"},
)


def contact(world: World) -> ProcessInstance:
    """The family has made contact with the coordinating unit."""
    world.person("Marit", date(1988, 5, 5))
    world.person("Kai", date(1985, 5, 5))
    world.person("Ola", date(2014, 6, 6), account=False)
    families.acts_for(world, "Marit", "Ola")
    return world.start(
        "Kari",
        "Marit",
        KEY,
        kontakt_fra="familien",
        situasjon="Regninger og lite søvn.",
        hvorfor_helhet="Alt henger sammen.",
        tjenester=[world.service_id(kind) for kind in SERVICES],
    )


def wish(world: World, answer: str = "ja") -> None:
    """Marit says whether they want a team."""
    world.complete(
        "Marit",
        "invest_onske",
        vil_endre="ja",
        endre_ord="Ro hjemme",
        vil_delta=answer,
        vil_se_helheten="ja",
        onsket_koordinator="Siri",
    )


def to_leader(world: World) -> ProcessInstance:
    """On to where Siri leads the team and is to write down the family."""
    instance = contact(world)
    wish(world)
    world.complete(
        "Kari",
        "oppnevn_koordinator",
        koordinator=str(world.account_id("Siri")),
        begrunnelse="Familien ønsker Siri.",
        neste_kontakt=clock.today().isoformat(),
    )
    return instance


def write_family(world: World) -> None:
    """Siri writes down Kai and Ola, and each says that they take part."""
    families.write_family(world)
    families.join(world, "Kai", "Kai", ("Marit",))
    families.join(world, "Marit", "Ola")


def to_team(world: World, kinds: Sequence[str] = SERVICES) -> ProcessInstance:
    """On to where everyone has answered about consent: to these services, or to none."""
    instance = to_leader(world)
    write_family(world)
    for by, person in (("Marit", "Marit"), ("Kai", "Kai"), ("Marit", "Ola")):
        families.consent(world, by, person, tuple(kinds))
    return instance


def measure(world: World, score: int, element: str = "maal_for") -> None:
    """Each grown-up says how they are; only numbers that are the same for both."""
    for name in ("Marit", "Kai"):
        families.complete_for(world, name, element, name, livet=score, penger="2")


def hear_child(world: World) -> None:
    """Ola says what he thinks, with Marit's help."""
    families.complete_for(world, "Marit", "barnets_syn", "Ola", hjelp="ja", vil_snakke="nei")


def to_meeting(world: World) -> ProcessInstance:
    """On to the start meeting: living conditions before are known, and Ola is heard."""
    instance = to_team(world)
    measure(world, 3)
    hear_child(world)
    return instance


def to_plan(world: World) -> ProcessInstance:
    """On to where Siri writes the plan; the meeting has decided goals and measures."""
    instance = to_meeting(world)
    world.complete(
        "Siri",
        "oppstartsmote",
        dato=clock.today().isoformat(),
        familien_hort="Alle var med.",
        situasjon_felles="Økonomien tar all kraft.",
        drommer="Sommerferie sammen",
        deltakere=[{"navn": "Nils", "tjeneste": "NAV", "kan_beslutte": "ja"}],
        mal=list(GOALS),
        tiltak=decided(world),
    )
    return instance


def decided(world: World) -> list[dict[str, Any]]:
    """What the meeting decided: one thing the family does, and one by each service."""
    return [
        {"hva": "Samle alle regningene"},
        *(
            {
                "hva": f"Tiltak fra {kind}",
                "tjeneste": world.service_id(kind),
                "besluttet_av": "Nils",
            }
            for kind in SERVICES
        ),
    ]


def write_plan(world: World, element: str = "investeringsplan", **answers: Any) -> None:
    """Siri writes the plan with what is known, and anything else given here."""
    known = stories.form_of(world, "Siri", element).prefill
    given = {"mal": known["mal"], "tiltak": known["tiltak"], "samarbeid": "ingen"}
    given |= {"periode_fra": clock.today().isoformat(), "evalueringsintervall": "12"}
    world.complete("Siri", element, **given | {"maleintervall": "26"} | answers)


def sign(world: World, element: str = "invest_signering", **answers: Any) -> None:
    """Marit signs for the family."""
    given = {"familien_signerer": "ja", "gjor_var_del": True, "signert_av": "Marit og Kai"}
    world.complete("Marit", element, **given | answers)


def sign_for_municipality(world: World, **answers: Any) -> None:
    """Siri signs for the municipality."""
    given = {"kommunen_signerer": "ja", "hadde_myndighet": True, "innenfor_rett": True}
    world.complete("Siri", "signer_for_kommunen", **given | answers)


def to_measures(world: World) -> ProcessInstance:
    """On to where two services work by the signed plan."""
    instance = to_plan(world)
    write_plan(world)
    sign(world)
    sign_for_municipality(world)
    return instance


def to_investment_meeting(world: World) -> ProcessInstance:
    """On to the first investment meeting, to which nobody has sent anything."""
    instance = to_measures(world)
    pass_to_meeting(world)
    return instance


def pass_to_meeting(world: World) -> None:
    """Travel to the next investment meeting; the time to answer before it runs out."""
    for _week in range(60):
        if "evaluering_mote" in world.open_elements():
            return
        stories.pass_days(world, 7)
    raise AssertionError(world.open_elements())


def measure_after(world: World, score: int) -> None:
    """Everyone is asked again, and the team looks at what is better."""
    measure(world, score, "maal_etter")
    hear_child(world)
    better = {"hva": "Regningene er betalt", "for_hvem": "Alle", "hvordan_vet_vi": "Marit sier det"}
    world.complete("Siri", "gevinster", gevinster=[better])


def to_closing(world: World, familien_mener: str = "ja") -> ProcessInstance:
    """On to where the meeting wants to end, and the family has said what they think."""
    instance = to_investment_meeting(world)
    stories.conclude(world, "avslutt")
    measure_after(world, 6)
    world.complete("Marit", "invest_behov_over", familien_mener=familien_mener)
    return instance


def close(world: World, avslutning: str) -> None:
    """Siri ends the team, or lets it go on."""
    world.complete(
        "Siri",
        "invest_avslutning",
        avslutning=avslutning,
        begrunnelse="Familien sier det.",
        gevinster="Ro hjemme",
        gjenstar="ingenting",
        videre_kontakt="Siri",
    )


def call_in(world: World, instance: ProcessInstance, kind: str = "barnevern") -> None:
    """Siri tells the case that a service is needed now."""
    messages.send_message(
        world.session,
        world.actor("Siri"),
        instance.id,
        "tjeneste_trengs",
        {"tjeneste": world.service_id(kind), "hvorfor": "Råd", "familien_sier": "Greit"},
    )


def agree_to(world: World, kind: str = "barnevern", *, yes: bool = True) -> None:
    """Each of the family is asked about a service and answers."""
    for by, person in (("Marit", "Marit"), ("Kai", "Kai"), ("Marit", "Ola")):
        consent_to(world, by, person, kind, yes=yes)


def consent_to(world: World, by: str, person: str, kind: str, *, yes: bool) -> None:
    """One of the family is asked about one service and says yes or no."""
    families.complete_for(
        world,
        "Siri",
        "samtykke_forslag",
        person,
        formal="Råd",
        opplysninger=["hverdag"],
        tjenester=[world.service_id(kind)],
        varighet="52",
    )
    svar = "alle" if yes else "nei"
    families.complete_for(
        world, by, "samtykke_svar", person, svar=svar, hvordan="skriftlig", informert=True
    )


def contribute(world: World, name: str = "Bjarne", **answers: Any) -> None:
    """The service that was called in says what it can do."""
    given = {"blir_med": "ja", "navn": name, "kan_beslutte": "ja", "bidrag": "Råd hver uke"}
    world.complete(name, "tjeneste_bidrag", **given | answers)


def reporters(world: World) -> list[str]:
    """The services that are asked to report on their measures now, by name."""
    world.session.flush()
    rows = world.session.scalars(select(OpenTask).where(OpenTask.element == "tiltak_status"))
    names = {row.id: row.name for row in world.services.values()}
    return sorted(names[row.service_id] for row in rows if row.service_id)


def goals(world: World, instance: ProcessInstance) -> Mapping[str, str | None]:
    """The plan's goals and how far ahead each looks."""
    return {row.text: row.horizon for row in plans.goals(world.session, instance)}
