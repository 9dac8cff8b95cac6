"""One answer: what people type, what is stored (JSON), what is shown. It knows no rows or pages."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from forms import national_number
from forms.checking import bad_characters
from forms.dates import parse_date, parse_time, show_date
from forms.definitions import Component
from forms.texts import _

Options = Mapping[str, Sequence[tuple[str, str]]]

FILL_IN = _("Fyll ut dette feltet.")
CHOOSE = _("Velg et alternativ.")

MAX_TYPED = 200_000  # characters of one answer that are kept to be shown again
MAX_CHOSEN = 300
MAX_DECIMALS = 6
MAX_DIGITS = 15  # what a float, and so JSON, carries without loss
LINES = re.compile(
    "\r\n|[\r\x0b\x0c\x85\u2028\u2029]"
)  # word processors paste these as line breaks
UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Refused(ValueError):
    """An answer that cannot be taken: a sentence to translate, and what to fill into it."""

    def __init__(self, message: str, **values: str) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


@dataclass(frozen=True)
class Around:
    """What an answer is read against."""

    today: date
    options: Options = field(default_factory=dict)


def storable(text: str) -> str:
    """Typed text that any page and database can carry; what they cannot is made visible."""
    return UNSTORABLE.sub("\ufffd", LINES.sub("\n", text[:MAX_TYPED]))


def read(component: Component, typed: Any, around: Around) -> Any:
    """The JSON-ready answer in what was typed; None when empty. Raises Refused.

    `typed` is a str, a list of str (checklist) or a bool (checkbox).
    """
    if component.readonly:
        return typed
    if component.type == "checkbox":
        if component.required and not typed:
            raise Refused(_("Du må krysse av her for å gå videre."))
        return bool(typed)
    if component.type == "checklist":
        return _chosen(component, typed, around)
    text = unicodedata.normalize("NFC", typed).strip()
    if not text:
        if component.required:
            raise Refused(CHOOSE if component.options_given else FILL_IN)
        return None
    if bad_characters(text):
        raise Refused(_("Teksten har tegn som ikke kan lagres. De er vist som �. Ta dem bort."))
    return _meaning(component, text, around)


def _meaning(component: Component, text: str, around: Around) -> Any:
    if component.kind == "fnr":
        return _fnr(text, around.today)
    if component.kind in _KINDS:
        return _KINDS[component.kind](text)
    if component.type == "number":
        return _number(component, text)
    if component.type == "datetime":
        return _moment(component, text, around.today)
    return _choice(component, text, around) if component.options_given else _text(component, text)


def _text(component: Component, text: str) -> str:
    if component.type != "textarea":
        text = text.replace("\n", " ")
    if len(text) > component.max_length:
        raise Refused(
            _("Teksten er for lang: %(length)s tegn. Skriv høyst %(max)s tegn."),
            length=str(len(text)),
            max=str(component.max_length),
        )
    if len(text) < component.min_length:
        raise Refused(_("Skriv minst %(min)s tegn."), min=str(component.min_length))
    return text


_NUMBER = re.compile(r"([-+\u2212]?)([0-9]{1,3}(?:[ \u00a0\u202f.][0-9]{3})+|[0-9]+)(?:,([0-9]+))?")
_POINT = re.compile(r"[-+\u2212]?[0-9]+\.[0-9]+")


def _number(component: Component, text: str) -> int | float:
    value = _decimal(text, whole=component.decimals == 0)
    places = MAX_DECIMALS if component.decimals is None else component.decimals
    if places == 0 and value != value.to_integral_value():
        raise Refused(_("Skriv et helt tall, for eksempel 12."))
    if round(value, places) != value:
        raise Refused(_("Skriv høyst %(places)s desimaler."), places=str(places))
    if component.minimum is not None and value < component.minimum:
        raise Refused(_("Tallet må være %(min)s eller høyere."), min=show_number(component.minimum))
    if component.maximum is not None and value > component.maximum:
        raise Refused(_("Tallet må være %(max)s eller lavere."), max=show_number(component.maximum))
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal(text: str, *, whole: bool) -> Decimal:
    # 1.234 is a thousand to some and one and a bit to others: ask rather than guess.
    if not whole and re.fullmatch(r"[-+\u2212]?[0-9]{1,3}\.[0-9]{3}", text):
        raise Refused(_("Skriv tallet uten punktum, for eksempel 1234 eller 1,234."))
    if not whole and len(text) <= 2 * MAX_DIGITS and _POINT.fullmatch(text):
        text = text.replace(".", ",")
    found = _NUMBER.fullmatch(text) if len(text) <= 100 else None
    if not found:
        raise Refused(_("Skriv et tall, for eksempel 12 eller 12,5."))
    figures = re.sub("[^0-9]", "", found[2]).lstrip("0") or "0"
    places = (found[3] or "").rstrip("0")
    if len(figures) + len(places) > MAX_DIGITS:
        raise Refused(_("Tallet har for mange sifre."))
    sign = "-" if found[1] in ("-", "\u2212") else ""
    return Decimal(f"{sign}{figures}.{places or 0}")


def _moment(component: Component, text: str, today: date) -> str:
    if component.subtype == "time":
        clock = parse_time(text)
        if clock is None:
            raise Refused(_("Skriv et klokkeslett, for eksempel 14.30."))
        return clock.strftime("%H:%M")
    day = parse_date(text, today)
    if day is None:
        example = show_date(today.isoformat())
        raise Refused(
            _("Skriv en dato som dag.måned.år, for eksempel %(example)s."), example=example
        )
    return day.isoformat()


def _choice(component: Component, text: str, around: Around) -> str:
    if text not in dict(component.choices(around.options)):
        raise Refused(_("Velg et av alternativene."))
    return text


def _chosen(component: Component, typed: Sequence[str], around: Around) -> list[str]:
    known = dict(component.choices(around.options))
    if component.required and not typed:
        raise Refused(_("Velg minst ett alternativ."))
    if not known.keys() >= set(typed):
        raise Refused(_("Velg blant alternativene."))
    return [value for value in known if value in typed]


_FOREIGN = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
_NORWEGIAN = re.compile(r"(?:(?:\+|00)47)?([2-9][0-9]{7})")
_SHORT = re.compile(r"1[0-9]{2}|0[0-9]{4}|1[0-9]{5}")


def _phone(text: str) -> str:
    figures = re.sub(r"[\s()./-]", "", text)
    if found := _NORWEGIAN.fullmatch(figures):
        return _grouped(found[1])
    if found := _FOREIGN.fullmatch(figures):
        return f"+{found[1]}"
    if _SHORT.fullmatch(figures):
        return figures
    raise Refused(_("Skriv et telefonnummer med åtte sifre, eller med landkode: +46 …"))


def _grouped(number: str) -> str:
    """Eight digits the way they are read aloud: 912 34 567 for mobiles, 22 12 34 56 for others."""
    if number[0] in "489":
        return f"{number[:3]} {number[3:5]} {number[5:]}"
    return " ".join(number[at : at + 2] for at in (0, 2, 4, 6))


_EMAIL = re.compile(r"[^@\s<>,;:\"()]{1,64}@[^@\s<>,;:\"()]{1,180}\.[^@\s<>,;:\"().]{2,}")


def _email(text: str) -> str:
    if len(text) > 254 or ".." in text or not _EMAIL.fullmatch(text):
        raise Refused(_("Skriv en e-postadresse, for eksempel navn@kommune.no."))
    return text


def _fnr(text: str, today: date) -> str:
    number = national_number.digits(text)
    if fault := national_number.fault(number, today):
        raise Refused(fault)
    return number


_KINDS: Mapping[str | None, Callable[[str], str]] = {"phone": _phone, "email": _email}


def typed(component: Component, value: Any) -> Any:
    """A stored answer as somebody would have typed it; `read` gives the same back."""
    if component.type == "checkbox":
        return value is True
    if component.type == "checklist":
        return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if not isinstance(value, str):
        return show_number(value)
    return _shown_text(component, storable(value))


def _shown_text(component: Component, text: str) -> str:
    if component.type == "datetime":
        return _show_time(text) if component.subtype == "time" else show_date(text)
    if component.kind == "fnr" and len(text) == 11:
        return f"{text[:6]} {text[6:]}"
    return text


def _show_time(text: str) -> str:
    try:
        return time.fromisoformat(text).strftime("%H.%M")
    except ValueError:
        return text


def shown(component: Component, value: Any, options: Options) -> str:
    """A stored answer as a reader sees it; a checklist's choices stand on a line each.

    A checkbox's «Ja» and «Nei» are to be translated, and so are the labels of choices.
    """
    text = typed(component, value)
    if component.type == "checkbox":
        return _("Ja") if text else _("Nei")
    labels: dict[str, str] = dict(component.choices(options))
    if isinstance(text, list):
        return "\n".join(labels.get(each) or each for each in text)
    return labels.get(text, str(text))


def show_number(value: float | Decimal) -> str:
    """A number with a decimal comma and never an exponent."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return format(exact, "f").replace(".", ",")
