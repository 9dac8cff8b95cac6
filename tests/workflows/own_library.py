"""A library that a process owner works in: the two folders copied, and changed in files alone."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

from world import World

from workflows import checking, definitions


@dataclass(frozen=True)
class OwnLibrary:
    """`bpmn/library` and `forms/library` in a folder of their own."""

    root: Path

    @classmethod
    def copied(cls, root: Path) -> "OwnLibrary":
        made = cls(root)
        copytree(definitions.DIAGRAMS, made.diagrams)
        copytree(definitions.FORMS, made.forms)
        return made

    @property
    def diagrams(self) -> Path:
        return self.root / "bpmn/library"

    @property
    def forms(self) -> Path:
        return self.root / "forms/library"

    def add(self, path: str, text: str) -> None:
        """Put a new file into the library; `path` as seen from where its two rooms are."""
        file = self.root / path
        assert not file.exists(), f"{path} is there already"
        file.write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        """Write `new` for `old`, which stands in the file exactly once."""
        file = self.root / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} of {old}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def problems(self, process: str) -> list[str]:
        """What `rodtrad check` of the two folders says that has to do with a process."""
        found = checking.check_files([self.diagrams, self.forms])
        return [line for line in found if process in line.removeprefix(str(self.root))]

    def publish(self, world: World) -> int:
        """What `rodtrad publish` does, from these folders; how many new versions there were."""
        return definitions.publish_library(
            world.session, world.municipality.id, self.diagrams, self.forms
        )
