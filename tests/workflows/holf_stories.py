"""Ways through HOLF at command level, with a mother whom three services ask for different things.

Anne has low income and three children: Per, 13, has his own log-in, Ida is 9 and Liv 5. Tor, whom
they live with, takes part without letting any service know. Nina of NAV is the family coordinator.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from world import World

from tests.workflows import families, stories
from workflows import clock, tasks
from workflows.tables import ProcessInstance, Relation

AREAS = ("arbeid", "okonomi", "bolig", "barnas_situasjon")
CHILDREN = ("Per", "Ida", "Liv")
FAMILY = ("Anne", *CHILDREN, "Tor")
SON, GIRLS, JOB = "Være der for Per", "Roligere kvelder med Ida og Liv", "Søke jobb"
MEASURES: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    SON: ("bup", ("Anne", "Per"), "barnas_situasjon"),
    GIRLS: ("barnevern", ("Anne", "Ida", "Liv"), "barnas_situasjon"),
    JOB: ("nav", ("Anne",), "arbeid"),
}
"""What each service asks of Anne: (kind of service, whom it concerns, area)."""
LETS_KNOW: Mapping[str, tuple[str, ...]] = {
    "Anne": ("bup", "barnevern", "nav"),
    "Per": ("bup",),
    "Ida": ("barnevern",),
    "Liv": ("barnevern",),
    "Tor": (),
}


def start(world: World) -> ProcessInstance:
    """NAV reports Anne's family to HOLF."""
    world.service("bup", "BUP")
    world.employee("Berit", "bup")
    world.employee("Nina", "nav", "Familiekoordinator")
    today = clock.today()
    world.person("Anne", date(today.year - 36, 1, 2))
    world.person("Tor", date(today.year - 40, 1, 2))
    for name, age in zip(CHILDREN, (13, 9, 5), strict=True):
        world.person(name, date(today.year - age, 1, 1), account=name == "Per")
        _acts_for(world, "Anne", name)
    world.own_case("nav", "Anne")
    return world.start(
        "Nils",
        "Anne",
        "holf",
        hvorfor="Familien har hatt lite penger lenge.",
        lav_inntekt="lenge",
        snakket_med="Nils, NAV",
        familien_sier="De vil gjerne ha én å snakke med.",
        melder="tjeneste",
    )


def _acts_for(world: World, parent: str, child: str) -> None:
    world.session.add(
        Relation(
            municipality_id=world.municipality.id,
            person_id=world.persons[child].id,
            kind="forelder",
            name=parent,
            account_id=world.accounts[parent].id,
            acts_for=True,
        )
    )
    world.session.flush()


def to_family(world: World) -> ProcessInstance:
    """On to where Nina is coordinator and writes down who is in the family."""
    instance = start(world)
    world.complete("Anne", "onske", vil_ha_holf="ja", viktigst="At barna har det bra")
    world.complete(
        "Nils",
        "oppnevn_koordinator",
        koordinator=str(world.account_id("Nina")),
        begrunnelse="Anne kjenner Nina.",
    )
    return instance


def gather_family(world: World) -> None:
    """Everyone is written down and takes part; nobody is asked about services yet."""
    form = stories.form_of(world, "Nina", "familie_medlemmer")
    for number, name in enumerate(FAMILY):
        world.persons[name].national_number = f"1{number}"
    new = [
        {
            "navn": name,
            "fnr": f"1{number}",
            "del": "barn" if name in CHILDREN else "annen",
            "bosted": "hjemme",
        }
        for number, name in enumerate(FAMILY)
        if name != "Anne"
    ]
    world.complete("Nina", "familie_medlemmer", familie=form.prefill["familie"] + new)
    for name in ("Per", "Ida", "Liv"):
        families.join(world, "Anne", name, ("Anne",))
    families.join(world, "Tor", "Tor", ("Anne",))


def consent(
    world: World, kinds: Mapping[str, tuple[str, ...]] = LETS_KNOW, *, weeks: str = "104"
) -> None:
    """Each is asked by Nina, and answers, or Anne for the children."""
    for name, told in kinds.items():
        asked = [world.service_id(kind) for kind in told or ("nav",)]
        families.complete_for(
            world,
            "Nina",
            "samtykke_forslag",
            name,
            formal="Samarbeid om familieplanen",
            opplysninger=["hverdag"],
            tjenester=asked,
            varighet=weeks,
        )
        families.complete_for(
            world,
            "Anne" if name in CHILDREN else name,
            "samtykke_svar",
            name,
            svar="alle" if told else "nei",
            hvordan="skriftlig",
            informert=True,
        )


def to_mapping(world: World) -> ProcessInstance:
    """On to where the four areas are mapped and the children are heard."""
    instance = to_family(world)
    gather_family(world)
    consent(world)
    return instance


def hear_children(world: World) -> None:
    """Per answers himself, Anne for Ida, and Nina hears Liv."""
    families.complete_for(
        world, "Per", "barnets_syn", "Per", endre="Mer ro", hjelp="nei", vil_snakke="nei"
    )
    families.complete_for(
        world, "Anne", "barnets_syn", "Ida", bra="Turn", hjelp="andre", vil_snakke="nei"
    )
    hear_liv(world)


def hear_liv(world: World) -> None:
    families.complete_for(
        world,
        "Nina",
        "barnet_hort",
        "Liv",
        hvordan_hort=["lek"],
        barnets_uttrykk="Vil være mer hos bestemor",
    )


def map_areas(world: World, element: str = "kartlegging", value: int = 3) -> None:
    """Nina maps the four areas together with the family, who set the same number on each."""
    numbers = {f"{area}_tall": value for area in AREAS}
    world.complete(
        "Nina", element, kartlagt=clock.today().isoformat(), samlet_vurdering="Samlet.", **numbers
    )


def to_plan(world: World) -> ProcessInstance:
    """On to where Nina writes the family plan."""
    instance = to_mapping(world)
    hear_children(world)
    map_areas(world)
    return instance


def write_plan(
    world: World,
    measures: Sequence[str] = tuple(MEASURES),
    areas: Sequence[str] = AREAS,
    **more: Any,
) -> None:
    """A goal in each area, and these of the services' measures; what stands already is kept."""
    form = stories.form_of(world, "Nina", "familieplan")
    old_goals, old = form.prefill.get("mal") or [], form.prefill.get("tiltak") or []
    known = {row["hva"] for row in old}
    world.complete(
        "Nina",
        "familieplan",
        mal=old_goals or [{"mal": f"Mål om {area}", "omrade": area} for area in areas],
        tiltak=old + [_measure(world, what) for what in measures if what not in known],
        periode_fra=form.prefill.get("periode_fra") or clock.today().isoformat(),
        evalueringsintervall="12",
        **more,
    )


def _measure(world: World, what: str) -> dict[str, Any]:
    kind, whom, area = MEASURES[what]
    return {
        "hva": what,
        "tjeneste": world.service_id(kind),
        "gjelder": [str(world.persons[name].id) for name in whom],
        "krever_av": str(world.persons["Anne"].id),
        "omrade": area,
    }


def agree(world: World, *order: str, reason: str = "Per trenger henne nå.") -> None:
    """The meeting puts what the services ask into one order."""
    form = stories.form_of(world, "Nina", "rekkefolge")
    rows = [
        {"id": row["id"], "nummer": order.index(row["hva"]) + 1}
        for row in form.prefill["rekkefolge"]
        if row["hva"] in order
    ]
    world.complete("Nina", "rekkefolge", rekkefolge=rows, begrunnelse=reason)


def to_measures(world: World) -> ProcessInstance:
    """On to where the services work by a plan the family has approved, in the agreed order."""
    instance = to_plan(world)
    write_plan(world)
    agree(world, SON, GIRLS, JOB)
    world.complete("Anne", "godkjenning", godkjenner="ja")
    return instance


def report(world: World, name: str, *new: Mapping[str, Any]) -> None:
    """A service reports that its measures are under way, and new ones it tells of."""
    form = stories.form_of(world, name, "tiltak_status")
    rows = [{**row, "status": "i_gang"} for row in form.prefill["tiltak"]]
    answers = {"tiltak": rows, "nye_tiltak": list(new)}
    tasks.complete_task(world.session, world.actor(name), form.task.id, answers)


def evaluate(world: World, konklusjon: str, **more: Any) -> None:
    """Time passes to the evaluation; everyone is silent, and Nina concludes the meeting."""
    stories.pass_until_evaluation(world)
    stories.pass_days(world, 21)
    stories.conclude(world, konklusjon, by="Nina", **more)


def until(world: World, element: str) -> None:
    """Let weeks pass until somebody is asked this, and keep the meetings as they come."""
    while element not in world.open_elements():
        if "evaluering_mote" in world.open_elements():
            stories.conclude(world, by="Nina")
        stories.pass_days(world, 7)


def map_again(world: World, value: int = 6) -> None:
    """A year later: the children are heard again, and the areas are mapped again."""
    until(world, "ny_kartlegging")
    hear_children(world)
    map_areas(world, "ny_kartlegging", value)


def say_what_is_needed(world: World, more: str) -> None:
    """The family says whether they need more."""
    world.complete("Anne", "familiens_syn", trenger_mer=more, hjelp="nei")
