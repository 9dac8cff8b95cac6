"""FEEL as the language of decision tables' cells, for the checker. It evaluates no table."""

from collections.abc import Callable, Collection, Mapping

from bpmn.decision_language import Understood
from forms import feel
from forms.feel import cells


class Feel:
    """`bpmn.decision_language.Language`, spoken by `forms.feel`."""

    def expression(self, text: str) -> Understood | str:
        """An input, or a result."""
        return _understood(text, feel.parse)

    def tests(self, text: str) -> Understood | str:
        """A cell that tests an input."""
        return _understood(text, feel.parse_tests)

    def passing(self, texts: Collection[str]) -> Mapping[str, frozenset[int]]:
        """Which sample values each cell lets through."""
        return cells.passing(texts)


def _understood(text: str, parse: Callable[[str], feel.Expression]) -> Understood | str:
    try:
        expression = parse(text)
    except feel.FeelError as error:
        return str(error)
    return Understood(expression.names, cells.kinds(expression))
