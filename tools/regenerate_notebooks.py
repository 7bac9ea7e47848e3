"""Execute the notebooks and store their outputs the way nbval will see them.

usage: python tools/regenerate_notebooks.py [--check] [NOTEBOOK ...]

Law: two runs write the same bytes. Like nbval, and unlike JupyterLab, this front end has no comms:
widgets do not live, nothing is cleared or updated, and what is stored is what a cell said. With
--check nothing is written; every cell that would differ is a line, and the exit status is 1.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from copy import deepcopy
from difflib import ndiff
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
CELL_TIMEOUT_S = 120
MOST_SHOWN = 100  #: characters of a line that differs
#: Ids of widgets in a kernel that is gone; random, and nbval leaves them out too.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
#: Says nothing of the machine that executed the notebook.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class PlainClient(NotebookClient):
    """A front end without comms, as nbval's is: what it ignores never becomes part of an output."""

    def handle_comm_msg(self, outs: Any, msg: Any, cell_index: int) -> None:
        """No widget lives here, so no Output widget can swallow what a cell prints."""

    def clear_output(self, outs: Any, msg: Any, cell_index: int) -> None:
        """What was said stays."""

    def _update_display_id(self, display_id: str, msg: Any) -> None:
        """What was shown stays as it was."""


def main(arguments: Sequence[str]) -> int:
    """Regenerate or check the notebooks named, or all; returns the exit status."""
    parser = ArgumentParser(description="Execute the notebooks and store their outputs.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what differs")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    asked = parser.parse_args(arguments)
    os.environ["PYTHONHASHSEED"] = "0"  # as ./run test does: sets have one order
    problems = 0
    for path in asked.notebooks or sorted([*FOLDER.glob("*.ipynb"), *FOLDER.glob("*/*.ipynb")]):
        for problem in check(path) if asked.check else regenerate(path):
            print(f"{path.name}: {problem}", flush=True)
            problems += 1
    return 1 if problems else 0


def regenerate(path: Path) -> Iterator[str]:
    """Execute a notebook and write it; yields why that was not possible."""
    try:
        fresh = to_text(execute(read(path), path.parent))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        yield last_line(str(error))
        return
    path.write_text(fresh, encoding="utf-8")


def check(path: Path) -> Iterator[str]:
    """Execute a notebook and yield a line for each cell that no longer says what is stored."""
    stored = read(path)
    try:
        fresh = execute(deepcopy(stored), path.parent)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        yield last_line(str(error))
        return
    yield from differences(stored, fresh)
    if to_text(normalised(stored)) != path.read_text(encoding="utf-8"):
        yield "ids, metadata or layout are not as this tool writes them"


def read(path: Path) -> NotebookNode:
    """A notebook of format 4."""
    return nbformat.read(path, as_version=4)


def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run every cell in order in a fresh kernel; the result is normalised."""
    resources = {"metadata": {"path": str(folder)}}
    client = PlainClient(
        notebook,
        timeout=CELL_TIMEOUT_S,
        kernel_name="python3",
        resources=resources,
        record_timing=False,
        coalesce_streams=True,
    )
    client.execute()
    return normalised(notebook)


def normalised(notebook: NotebookNode) -> NotebookNode:
    """The notebook without whatever differs from run to run or from machine to machine."""
    notebook = deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"c{number:02}"
        cell.metadata = NotebookNode(
            {"tags": cell.metadata.tags} if "tags" in cell.metadata else {}
        )
        cell.pop("attachments", None)
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = NotebookNode()
            if "data" in output:
                output.data.pop(WIDGET_VIEW, None)
    return notebook


def to_text(notebook: NotebookNode) -> str:
    """The file's text."""
    return nbformat.writes(notebook, version=4) + "\n"


def differences(stored: NotebookNode, fresh: NotebookNode) -> Iterator[str]:
    """A line for each cell of `stored` whose outputs or execution count `fresh` has otherwise."""
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=True), 1):
        if old.get("execution_count") != new.get("execution_count"):
            yield f"cell {number}: never executed in this order"
        elif said(old) != said(new):
            changed = [line for line in ndiff(said(old), said(new)) if line[0] in "-+"]
            yield f"cell {number}: {'; '.join(line[:MOST_SHOWN] for line in changed[:2])}"


def said(cell: NotebookNode) -> list[str]:
    """All that a cell's outputs say, line by line, under their types."""
    return [line for output in cell.get("outputs", []) for line in lines_of(output)]


def lines_of(output: NotebookNode) -> list[str]:
    """The lines of one output, each behind its stream or its type."""
    if output.output_type == "stream":
        texts = {output.name: output.text}
    elif output.output_type == "error":
        texts = {"error": f"{output.ename}: {output.evalue}"}
    else:
        texts = output.data
    return [
        f"{kind}: {line}"
        for kind, text in sorted(texts.items())
        if kind != WIDGET_VIEW
        for line in f"{text}".splitlines()
    ]


def last_line(text: str) -> str:
    """What an error comes down to."""
    return text.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
