"""What is wrong in a file and where, as one line to act on; does not decide what is wrong."""

from dataclasses import dataclass

SHOWN = 80  # characters of somebody else's text that one line may carry


@dataclass(frozen=True)
class Problem:
    """One fault in one file; `str()` is the line `file:line: element: message`."""

    file: str
    line: int
    element: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.element}: {self.message}"


class UnreadableDiagram(ValueError):
    """The bytes cannot be read as one process or one table; `problem` says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def shown(text: str) -> str:
    """A text from the file, safe on one line: no control characters, at most `SHOWN` characters."""
    cut = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return "".join(char if char.isprintable() else " " for char in cut)
