"""One agreed order: services that pull apart are seen, agree, and what comes later is decided."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7
from world import World

from tests.workflows import stories
from tests.workflows.mother import MothersCase, case_of_mother
from workflows import agreed_order, clock, order_standing, participants, plans
from workflows.order_standing import Standing
from workflows.tables import AgreedOrder, AuditEntry, OrderFlag, OrderPlace

SON, GIRLS, JOB = "Samtaler om sønnen", "Tid med døtrene", "Søke arbeid"
APART = (
    ("bup", SON, "barnas_situasjon"),
    ("barnevern", GIRLS, "barnas_situasjon"),
    ("nav", JOB, "arbeid"),
)


@pytest.fixture
def mother(world: World, tmp_path: Path) -> MothersCase:
    """Anne, of whom BUP, barnevern and NAV ask for different things."""
    case = case_of_mother(world, tmp_path)
    case.plan(*APART)
    return case


def standing(case: MothersCase) -> Standing:
    seen = participants.seen(case.world.session, case.world.actor("Anne"), case.instance)
    return order_standing.standing(case.world.session, case.instance, seen)


def known(case: MothersCase, element: str) -> dict:
    return stories.form_of(case.world, "Kari", element).prefill


def in_order(case: MothersCase) -> list[str]:
    view = standing(case).in_force
    assert view is not None
    return [line.place.what for _person, lines in view.people for line in lines]


def test_the_plan_shows_that_three_services_pull_apart(mother: MothersCase) -> None:
    """BUP and barnevern ask for the children, NAV for work: the meeting is called."""
    [found] = standing(mother).contradictions
    assert found.person == "Anne"
    assert [(ask.service, ask.what) for ask in found.asks] == [
        ("BUP", SON),
        ("Barneverntjenesten", GIRLS),
        ("NAV Prøvevik", JOB),
    ]
    assert mother.open == ["mote"]


def test_the_meeting_sees_it_in_words(mother: MothersCase) -> None:
    """The form says of whom, and what each service asks, with the area in the plan's own words."""
    assert known(mother, "mote")["ulike_retninger"] == [
        {
            "hvem": "Anne",
            "hva_tjenestene_ber_om": f"BUP: {SON} (Barnas situasjon)\n"
            f"Barneverntjenesten: {GIRLS} (Barnas situasjon)\nNAV Prøvevik: {JOB} (Arbeid)",
        }
    ]


def test_the_meeting_agrees_one_order(mother: MothersCase) -> None:
    """The order is written with who and why; nothing pulls apart any more, and it is recorded."""
    mother.agree(SON, JOB, GIRLS, reason="Sønnen trenger henne nå.")
    now = standing(mother)
    assert now.in_force is not None
    assert in_order(mother) == [SON, JOB, GIRLS]
    assert (now.in_force.by, now.in_force.order.reason) == ("Kari", "Sønnen trenger henne nå.")
    assert now.contradictions == []
    assert mother.open == ["velg"]
    actions = mother.world.session.scalars(
        select(AuditEntry.action).where(AuditEntry.person_id == mother.person.id)
    ).all()
    assert "order:agree" in actions


def test_an_order_with_gaps_and_ties_is_an_order_all_the_same(mother: MothersCase) -> None:
    """Numbers are only for sorting; where two are the same, they stand as in the form."""
    numbers = {SON: 7, GIRLS: 2, JOB: 2}
    rows = [{"id": str(mother.measure(w).id), "nummer": n} for w, n in numbers.items()]
    mother.do("mote", rekkefolge=rows, begrunnelse="Slik ble det.")
    assert in_order(mother) == [GIRLS, JOB, SON]


def test_what_is_left_without_a_number_has_no_place(mother: MothersCase) -> None:
    """It pulls against the order of the other two, and so goes to the coordinator."""
    mother.agree(SON, GIRLS)
    assert in_order(mother) == [SON, GIRLS]
    assert [row["hva"] for row in known(mother, "avklaring")["flagget"]] == [JOB]


def test_only_one_order_is_in_force_and_the_one_before_is_kept(mother: MothersCase) -> None:
    """A new meeting replaces the order; the old one reads as it did."""
    mother.agree(SON, GIRLS, JOB, reason="Først")
    mother.measure(SON).what = "Noe annet"
    mother.agree(JOB, GIRLS, "Noe annet", reason="Så")
    now = standing(mother)
    assert in_order(mother) == [JOB, GIRLS, "Noe annet"]
    assert [view.order.reason for view in now.earlier] == ["Først"]
    assert [line.place.what for line in now.earlier[0].people[0][1]] == [SON, GIRLS, JOB]


def test_the_database_holds_one_order_in_force(mother: MothersCase) -> None:
    """Two at the same time are refused, whoever writes them."""
    mother.agree(SON, GIRLS, JOB)
    first = mother.world.session.query(AgreedOrder).one()
    mother.world.session.add(
        AgreedOrder(
            municipality_id=first.municipality_id,
            id=uuid7(),
            instance_id=first.instance_id,
            round=2,
            agreed_at=clock.now(),
        )
    )
    with pytest.raises(IntegrityError):
        mother.world.session.flush()


def test_the_next_meeting_starts_from_the_order_in_force(mother: MothersCase) -> None:
    """Each measure stands where it has its place, with its number."""
    mother.agree(GIRLS, JOB)
    mother.world.complete("Kari", "velg", neste="mote", tjenester=[])
    rows = known(mother, "mote")["rekkefolge"]
    assert [(row["hva"], row["nummer"]) for row in rows] == [(GIRLS, 1), (JOB, 2), (SON, None)]
    assert {row["hvem"] for row in rows} == {"Anne"}


def agreed_and_later(case: MothersCase) -> None:
    """The order is agreed; then NAV reports that it begins with a course."""
    case.agree(SON, GIRLS, JOB)
    report_course(case)


def report_course(case: MothersCase) -> None:
    case.report("Nils", "nav", tiltak=[], nye_tiltak=[course(case)])


def course(case: MothersCase) -> dict[str, str]:
    return {"hva": "Jobbkurs", "krever_av": str(case.person.id), "omrade": "arbeid"}


def test_a_later_measure_that_pulls_against_the_order_goes_to_the_coordinator(
    mother: MothersCase,
) -> None:
    """It is flagged with what stands first in the order, in words; the rest is not."""
    agreed_and_later(mother)
    assert mother.open == ["avklaring"]
    [row] = known(mother, "avklaring")["flagget"]
    assert (row["hva"], row["tjeneste"], row["hvem"]) == ("Jobbkurs", "NAV Prøvevik", "Anne")
    assert row["sprik"] == (
        f"Først i rekkefølgen står «{SON}» (Barnas situasjon). Dette ber om noe annet (Arbeid)."
    )
    assert standing(mother).flags[mother.measure("Jobbkurs").id].flag.decision is None


def test_a_later_measure_in_the_area_that_comes_first_is_no_trouble(mother: MothersCase) -> None:
    """More for the children is what was agreed."""
    mother.agree(SON, GIRLS, JOB)
    more = {**course(mother), "hva": "Leksehjelp", "omrade": "barnas_situasjon"}
    mother.report("Bjarne", "barnevern", tiltak=[], nye_tiltak=[more])
    assert mother.open == ["velg"]


def test_what_comes_next_in_the_order_is_first_when_the_first_is_finished(
    mother: MothersCase,
) -> None:
    """When work is all that is left, a course for work pulls against nothing."""
    mother.agree(SON, GIRLS, JOB)
    for what in (SON, GIRLS):
        mother.measure(what).status = "fullfort"
    report_course(mother)
    assert mother.open == ["velg"]


def test_the_coordinator_lets_it_go_ahead_and_is_not_asked_again(mother: MothersCase) -> None:
    """The reason stands beside the measure; the next report brings no new question."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "na", "Kurset er nå eller aldri.")
    line = standing(mother).flags[mother.measure("Jobbkurs").id]
    assert (line.flag.decision, line.flag.reason) == ("na", "Kurset er nå eller aldri.")
    assert (mother.open, standing(mother).contradictions) == (["velg"], [])
    mother.report("Berit", "bup", tiltak=[])
    assert mother.open == ["velg"]


def test_a_new_order_asks_anew_about_what_went_ahead(mother: MothersCase) -> None:
    """What the coordinator let go beside the old order is not let go beside the new one."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "na")
    mother.agree(GIRLS, SON, JOB)
    assert mother.open == ["avklaring"]


def test_what_waits_gives_its_service_no_report_to_write(mother: MothersCase) -> None:
    """NAV has its first measure to report on, and not the one that waits."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "vent")
    nav = mother.world.service_id("nav")
    assert mother.measure("Jobbkurs").status == "venter"
    own = plans.own_measures(mother.world.session, mother.instance, nav)
    assert [row.what for row in own] == [JOB]
    mother.measure(JOB).status = "fullfort"
    assert nav not in plans.responsible_services(mother.world.session, mother.instance)


def test_a_report_cannot_wake_what_waits(mother: MothersCase) -> None:
    """The decision is the coordinator's."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "vent")
    row = {"id": str(mother.measure("Jobbkurs").id), "status": "i_gang"}
    mother.report("Nils", "nav", tiltak=[row])
    assert mother.measure("Jobbkurs").status == "venter"


def test_what_waits_pulls_no_more(mother: MothersCase) -> None:
    """It is neither flagged again nor counted among what pulls apart."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "vent")
    assert standing(mother).contradictions == []
    mother.report("Berit", "bup", tiltak=[])
    assert mother.open == ["velg"]


def test_what_waits_comes_up_again_when_its_turn_may_have_come(mother: MothersCase) -> None:
    """What stood first is finished: the coordinator is asked once, and can let it wait on."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "vent")
    mother.measure(SON).status = "fullfort"
    mother.report("Bjarne", "barnevern", tiltak=[])
    [row] = known(mother, "avklaring")["flagget"]
    assert row["sprik"] == (
        f"Tiltaket venter. Først i rekkefølgen står nå «{GIRLS}» (Barnas situasjon)."
    )
    mother.decide("Jobbkurs", "vent", "Døtrene også.")
    mother.report("Bjarne", "barnevern", tiltak=[])
    assert mother.open == ["velg"]
    for what in (GIRLS, JOB):
        mother.measure(what).status = "fullfort"
    mother.report("Bjarne", "barnevern", tiltak=[])
    [row] = known(mother, "avklaring")["flagget"]
    assert row["sprik"] == "Tiltaket venter. Det som sto foran i rekkefølgen, er ferdig."
    mother.decide("Jobbkurs", "na", "Nå er det tid.")
    assert mother.measure("Jobbkurs").status == "ikke_startet"


def test_a_place_in_a_new_order_ends_the_waiting(mother: MothersCase) -> None:
    """The meeting has found its turn, and what was decided before no longer stands beside it."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "vent")
    mother.agree(SON, "Jobbkurs", GIRLS, JOB)
    assert mother.measure("Jobbkurs").status == "ikke_startet"
    assert standing(mother).flags == {}
    assert in_order(mother) == [SON, "Jobbkurs", GIRLS, JOB]


def test_the_order_is_changed_by_a_place_at_its_end(mother: MothersCase) -> None:
    """What went ahead beside the order before stays so: it is the same order."""
    agreed_and_later(mother)
    mother.decide("Jobbkurs", "na")
    more = {**course(mother), "hva": "Praksis"}
    mother.report("Nils", "nav", tiltak=[], nye_tiltak=[more])
    mother.decide("Praksis", "endre", "Det kan komme til slutt.")
    assert in_order(mother) == [SON, GIRLS, JOB, "Praksis"]
    assert mother.open == ["velg"]


def test_what_nobody_decided_falls_away_when_it_no_longer_pulls(mother: MothersCase) -> None:
    """A flag without a decision is a question; when it has no object, it is taken back."""
    agreed_and_later(mother)
    mother.measure("Jobbkurs").status = "stoppet"
    mother.do("avklaring", flagget=[])
    assert (mother.open, mother.world.session.query(OrderFlag).count()) == (["velg"], 0)


def test_a_question_is_asked_once(mother: MothersCase) -> None:
    """As long as it is undecided there is one flag, however often one looks."""
    agreed_and_later(mother)
    mother.do("avklaring", flagget=[])
    assert mother.open == ["avklaring"]
    assert len(agreed_order.undecided(mother.world.session, mother.instance)) == 1


def test_only_what_is_asked_can_be_decided(mother: MothersCase) -> None:
    """A row for a measure that is not flagged, or a decision that is none, changes nothing."""
    agreed_and_later(mother)
    rows = [
        {"id": str(mother.measure(JOB).id), "avgjorelse": "vent", "hvorfor": "x"},
        {"id": str(mother.measure("Jobbkurs").id), "avgjorelse": "slett", "hvorfor": "x"},
    ]
    mother.do("avklaring", flagget=rows)
    assert {row.status for row in mother.measures()} == {"ikke_startet"}
    assert [flag.decision for flag in mother.world.session.query(OrderFlag)] == [None]


def test_a_service_adds_measures_of_its_own_alone(mother: MothersCase) -> None:
    """Whatever the row says, what NAV reports is NAV's; it has not started, and stands last."""
    sly = {**course(mother), "tjeneste": mother.world.service_id("bup"), "status": "fullfort"}
    mother.agree(SON, GIRLS, JOB)
    mother.report("Nils", "nav", tiltak=[], nye_tiltak=[sly | {"omfang": "Hver dag"}])
    added = mother.measures()[-1]
    assert str(added.service_id) == mother.world.service_id("nav")
    assert (added.what, added.extent, added.status) == ("Jobbkurs", "Hver dag", "ikke_startet")
    assert (added.asks_of, added.area) == (mother.person.id, "arbeid")


def test_a_plan_that_does_not_ask_leaves_what_is_known(mother: MothersCase) -> None:
    """A form without those fields does not forget of whom a measure asks."""
    mother.agree(SON, GIRLS, JOB)
    rows = [{"id": str(m.id), "hva": m.what} for m in mother.measures()]
    mother.do("plan", tiltak=rows)
    assert [m.area for m in mother.measures()] == [area for _kind, _what, area in APART]
    assert {m.asks_of for m in mother.measures()} == {mother.person.id}


def test_the_choices_are_those_who_take_part_and_the_plans_own_areas(mother: MothersCase) -> None:
    """A service that reports chooses among the words of this plan's form."""
    mother.agree(SON, GIRLS, JOB)
    mother.choose_report("nav")
    options = stories.form_of(mother.world, "Nils", "rapport").options
    assert options["familien"] == [(str(mother.person.id), "Anne")]
    assert options["omrader"][0] == ("arbeid", "Arbeid")


def test_an_order_that_is_done_covers_no_more(mother: MothersCase) -> None:
    """When nothing is left of it and services pull apart anew, it is for a meeting again."""
    mother.agree(SON, GIRLS, JOB)
    for what in (SON, GIRLS, JOB):
        mother.measure(what).status = "fullfort"
    mother.plan(("bup", "Gruppe", "barnas_situasjon"), ("nav", "Kurs", "arbeid"), keep=True)
    assert mother.open == ["mote"]


def test_what_pulls_against_the_order_shows_before_anybody_has_looked(mother: MothersCase) -> None:
    """A diagram that does not check the order hides nothing from those who read the plan."""
    mother.agree(SON, GIRLS, JOB)
    mother.measure(GIRLS).area = "okonomi"
    mother.world.session.query(OrderPlace).filter_by(what=GIRLS).delete()
    [found] = standing(mother).contradictions
    assert GIRLS in [ask.what for ask in found.asks]
