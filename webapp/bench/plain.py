"""The floor of the engine: plain SpiffWorkflow in memory, with its own parser, on the same diagram.

It keeps nothing anywhere and saves nothing. It grows with every round and fails after a hundred, so
it is asked for the first ten. The only place outside the engine that imports SpiffWorkflow.
"""

from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from webapp.bench.town import ANSWERS, DIAGRAM, PROCESS

PYTHON = {'= fortsett = "ja"': "fortsett == 'ja'", ">P30D<": '>"P30D"<'}
"""What our expressions are in the language it evaluates."""
ROUNDS = 10
"""How many it is asked for: later it grows, and then fails."""


class Plain:
    """A case that goes on for ever; whoever measures begins it anew after ROUNDS."""

    def __init__(self) -> None:
        source = DIAGRAM.read_text("utf-8")
        for ours, theirs in PYTHON.items():
            source = source.replace(ours, theirs)
        parser = BpmnParser()
        parser.add_bpmn_str(source.encode())
        self._spec = parser.get_spec(PROCESS)
        self.begin()

    def begin(self) -> None:
        """A new case."""
        self._case: Any = BpmnWorkflow(self._spec)
        self._case.do_engine_steps()

    def complete(self) -> None:
        """Complete the oldest open task and go on to where the case waits."""
        task = self._case.get_tasks(state=TaskState.READY, manual=True)[0]
        task.data.update(ANSWERS)
        task.run()
        self._case.refresh_timers()
        self._case.do_engine_steps()
