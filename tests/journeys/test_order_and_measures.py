"""Pulling apart, agreeing and measuring again, in a browser: accessible, by keyboard, narrow."""

from pathlib import Path

from tests.journeys.people import Cast
from tests.workflows.mother import case_of_mother
from tests.workflows.test_agreed_order import APART, GIRLS, JOB, SON, report_course


def test_three_services_and_one_order(every_cast: Cast, tmp_path: Path) -> None:
    """The meeting agrees an order, NAV begins something new, it waits, and Anne is asked again."""
    served = every_cast.served
    folder = tmp_path / "library"
    folder.mkdir()
    case = case_of_mother(served.world, folder)
    case.plan(*APART)
    served.world.session.commit()
    person, whole = f"/personer/{case.person.id}", f"/forlop-i-gang/{case.instance.id}"
    kari, anne = every_cast["Kari"], every_cast["Anne"]
    kari.visit(person)
    kari.sees("Dette trekker i ulike retninger")
    numbers = [{"nummer": "1"}, {"nummer": "2"}, {"nummer": "3"}]
    kari.do("mote", rekkefolge=numbers, begrunnelse="Sønnen trenger henne nå.")
    served.world.session.expire_all()
    report_course(case)
    served.world.session.commit()
    kari.do("avklaring", flagget=[{"avgjorelse": "vent", "hvorfor": "Neste kurs er i januar."}])
    for value, words in ((3, "Sliten"), (6, "Lettere")):
        served.pass_days(200)
        served.world.session.expire_all()
        case.choose("sporsmal")
        served.world.session.commit()
        kari.do("sporsmal", livet=str(value), livet_ord=words, penger="4")
    anne.visit(whole)
    anne.visit(person)
    for words in (SON, GIRLS, JOB, "venter, fordi: Neste kurs", "Fra 3 til 6 av 10", "Lettere"):
        anne.sees(words)
