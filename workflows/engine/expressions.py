"""Expressions of a diagram are FEEL. SpiffWorkflow's own script engine, which runs Python, is shut off here."""

from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from forms import feel
from workflows.engine.problems import UnusableDiagram


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]
    """The script engine given to SpiffWorkflow: evaluates FEEL over a scope's variables, executes nothing."""

    def evaluate(self, task: Any, expression: Any, external_context: Any = None) -> Any:
        return feel.parse(str(expression)).evaluate(task.workflow.view(task))

    def execute(self, task: Any, script: str, external_context: Any = None) -> Any:
        raise UnusableDiagram(task.task_spec.name, "Et diagram kan ikke kjøre kode.")

    def call_service(self, task: Any, **kwargs: Any) -> Any:
        raise UnusableDiagram(task.task_spec.name, "Bruk en registrert operasjon.")


def expression(text: str, element: str) -> feel.Expression:
    """The FEEL expression of an element; UnusableDiagram with the place when it is not one."""
    try:
        return feel.parse(text)
    except (ValueError, SyntaxError, RecursionError) as error:
        raise UnusableDiagram(element, f"Uttrykket «{text.strip()[:80]}» er ikke gyldig: {error}") from error
