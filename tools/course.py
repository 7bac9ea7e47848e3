"""Make the notebooks of the course from their sources, and execute them.

usage: python -m tools.course [--check] [NAME ...]

A source is `notebooks/source/NAME.md`: prose, and code between fences. A part with the tag
`solution` stands only in the edition with answers, one with the tag `attempt` only in the edition
to work in; a source without either has one edition. With --check nothing is executed or written:
each cell that is not as its source says is a line, and the exit status is 1.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import zip_longest
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from tools import regenerate_notebooks as executed

FOLDER = executed.FOLDER
SOURCES = FOLDER / "source"
#: tag → the edition of which such a part is left out.
LEFT_OUT = {"solution": "attempt", "attempt": "solution"}
#: Where a link to another file begins.
LINK = re.compile(r"\]\((?!https?:|#)")
PLACES = {"attempt": FOLDER, "solution": FOLDER / "solutions"}


def main(arguments: Sequence[str]) -> int:
    """Make or check the notebooks of the sources named, or of all; returns the exit status."""
    parser = ArgumentParser(description="Make the notebooks of the course from their sources.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 07_lost_response")
    asked = parser.parse_args(arguments)
    found = [SOURCES / f"{name}.md" for name in asked.names] or sorted(SOURCES.glob("*.md"))
    if missing := [path.stem for path in found if not path.exists()]:
        parser.error(f"no source {', '.join(missing)} in {SOURCES.name}/")
    notebooks = {path: made for source in found for path, made in editions(source).items()}
    if asked.check:
        problems = [line for path, made in notebooks.items() for line in differences(path, made)]
        print(*problems, sep="\n", end="\n" if problems else "")
        return 1 if problems else 0
    for path, made in notebooks.items():
        path.write_text(executed.to_text(executed.normalised(made)), encoding="utf-8")
    return executed.main(list(map(str, notebooks)))


def editions(source: Path) -> dict[Path, NotebookNode]:
    """Where each edition of a source belongs, and what it is before it is executed."""
    whole = jupytext.reads(source.read_text(encoding="utf-8"), fmt="md")
    tags = {tag for cell in whole.cells for tag in _tags(cell)}
    if not tags & set(LEFT_OUT):
        return {FOLDER / f"{source.stem}.ipynb": whole}
    return {place / f"{source.stem}.ipynb": edition(whole, name) for name, place in PLACES.items()}


def edition(whole: NotebookNode, name: str) -> NotebookNode:
    """One edition; from the one with answers all links lead out of its folder."""
    made = deepcopy(whole)
    made.cells = [
        cell for cell in made.cells if not {LEFT_OUT.get(t) for t in _tags(cell)} & {name}
    ]
    for cell in made.cells:
        cell.metadata.tags = [tag for tag in _tags(cell) if tag not in LEFT_OUT]
        if cell.cell_type == "markdown" and name == "solution":
            cell.source = LINK.sub("](../", cell.source)
        if not cell.metadata.tags:
            del cell.metadata["tags"]
    return made


def differences(path: Path, made: NotebookNode) -> Iterator[str]:
    """A line for each cell of a notebook that is not as its source says."""
    if not path.exists():
        yield f"{path.name}: not made yet"
        return
    stored = executed.read(path)
    for number, (is_now, should_be) in enumerate(zip_longest(stored.cells, made.cells), 1):
        if is_now is None or should_be is None or _said(is_now) != _said(should_be):
            yield f"{path.parent.name}/{path.name}: cell {number} is not as in the source"


def _said(cell: NotebookNode) -> tuple[str, str]:
    return cell.cell_type, cell.source


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
