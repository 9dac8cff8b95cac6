"""A decision table in words, for those who do not read FEEL; what it cannot say stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from bpmn.decisions import Decision, Rule
from forms import feel
from forms.feel.tree import ANYTHING, INPUT, Call, Compare, Literal, Logic, Node, Range, Within
from webapp.edge import translated

LIMITS: Mapping[str, str] = {
    "<": _l("under %(end)s"),
    "<=": _l("til og med %(end)s"),
    ">": _l("over %(end)s"),
    ">=": _l("fra og med %(end)s"),
}
HOW: Mapping[str, str] = {
    "UNIQUE": _l("Én regel gjelder om gangen."),
    "FIRST": _l("Den første regelen som passer, gjelder."),
    "ANY": _l("Flere regler kan passe, men da gir de det samme."),
    "RULE ORDER": _l("Alle reglene som passer, gjelder, i denne rekkefølgen."),
    "COLLECT": _l("Alle reglene som passer, gjelder."),
    "SUM": _l("Det som gis av reglene som passer, legges sammen."),
    "MIN": _l("Det minste som gis av reglene som passer, gjelder."),
    "MAX": _l("Det største som gis av reglene som passer, gjelder."),
    "COUNT": _l("Resultatet er hvor mange regler som passer."),
}
NULL = Literal(None)


@dataclass(frozen=True)
class Row:
    """A rule in words."""

    tests: Sequence[str]
    results: Sequence[str]
    annotation: str


@dataclass(frozen=True)
class DecisionTable:
    """A decision table as a page shows it; `how` says which of the rules that fit count."""

    key: str
    title: str
    documentation: str
    how: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    rows: Sequence[Row]
    annotated: bool


def table_of(decision: Decision) -> DecisionTable:
    """The table for a page."""
    return DecisionTable(
        key=decision.key,
        title=decision.title,
        documentation=decision.documentation,
        how=HOW[decision.aggregation or decision.hit_policy],
        inputs=[column.title for column in decision.inputs],
        outputs=[column.title for column in decision.outputs],
        rows=[_row(rule) for rule in decision.rules],
        annotated=decision.annotated,
    )


def _row(rule: Rule) -> Row:
    return Row(
        tests=[condition_words(cell.text) for cell in rule.tests],
        results=[result_words(cell.text) for cell in rule.results],
        annotation=rule.annotation,
    )


def condition_words(text: str) -> str:
    """What a cell lets through, such as «fra og med 7, under 12»."""
    return _tested(feel.parse_tests(text).tree) or text


def result_words(text: str) -> str:
    """What a cell gives, without quotes."""
    tree = feel.parse(text or "null").tree
    return _("ikke noe") if tree == NULL else _plain(tree) or text


def _tested(node: Node) -> str | None:
    match node:
        case Call("not", (Within(value, (Literal(None),)),)) if value is INPUT:
            return _("kjent")
        case Call("not", (inner,)):
            words = _tested(inner)
            return words and _("ikke %(words)s", words=words)
        case Logic("or", items):
            found = [_tested(item) for item in items]
            return _(" eller ").join(map(str, found)) if all(found) else None
        case Compare(op, left, end) if left is INPUT:
            return _limit(op, end)
        case Within(value, (Range() as span,)) if value is INPUT:
            return _span(span)
        case Within(value, (Literal(None),)) if value is INPUT:
            return _("ikke kjent")
        case Within(value, (one,)) if value is INPUT:
            return _plain(one)
    return _("uansett") if node is ANYTHING else None


def _span(span: Range) -> str | None:
    low = _limit(">" if span.low_open else ">=", span.low)
    high = _limit("<" if span.high_open else "<=", span.high)
    return low and high and f"{low}, {high}"


def _limit(op: str, end: Node) -> str | None:
    words = _plain(end)
    return words and str(LIMITS[op]) % {"end": words}


def _plain(node: Node) -> str | None:
    """A constant as people write it; None for what is no simple constant."""
    match node:
        case Literal(True):
            return _("ja")
        case Literal(False):
            return _("nei")
        case Literal(str(text)):
            return translated(text) if text else None
        case Literal(Decimal() as number):
            return format_decimal(number)
    return None
