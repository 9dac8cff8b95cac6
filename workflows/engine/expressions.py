"""Expressions are FEEL. SpiffWorkflow's script engine, which runs Python, is shut off here."""

from collections.abc import Callable
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from bpmn.problems import shown
from forms import feel
from workflows.engine.problems import UnusableDiagram


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]
    """The script engine SpiffWorkflow is given: it evaluates FEEL and executes nothing."""

    def evaluate(self, task: Any, expression: str, *_: Any, **__: Any) -> Any:
        return task.workflow.evaluate(feel.parse(expression), task)

    def execute(self, task: Any, *_: Any, **__: Any) -> Any:
        raise UnusableDiagram(task.task_spec.name, "Et diagram kan ikke kjøre kode.")

    def call_service(self, task: Any, **_: Any) -> Any:
        raise UnusableDiagram(task.task_spec.name, "Bruk en registrert operasjon.")


def expression(
    text: str, element: str, parse: Callable[[str], feel.Expression] = feel.parse
) -> feel.Expression:
    """The FEEL expression of an element; UnusableDiagram with the place when it is not one."""
    try:
        return parse(text)
    except (ValueError, SyntaxError, RecursionError) as error:
        reason = f"Uttrykket «{shown(' '.join(text.split()))}» er ikke gyldig: {error}"
        raise UnusableDiagram(element, reason) from error
