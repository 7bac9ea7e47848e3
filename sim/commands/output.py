"""Where output goes: the terminal, one JSON document, a file that is there whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.commands.endings import Mistake

#: Columns; sentences that are longer are hard to read.
WIDEST = 100

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def terminal(*, record: bool = False) -> Console:
    """Standard output; colours only on a terminal and without NO_COLOR.

    A name in square brackets is a name, whoever gave it: what is to stand out is `styled`.
    """
    from rich.console import Console

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no ✔ shows a ?
    console = Console(highlight=False, emoji=False, markup=False, record=record)
    console.width = min(console.width, WIDEST)
    return console


def styled(*parts: str | Text | tuple[str, str]) -> Text:
    """Parts in a row: plain, or each with its style."""
    from rich.text import Text

    return Text.assemble(*parts)


def print_json(document: dict[str, Any]) -> None:
    """The one document of `--json`; standard JSON, so no NaN."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to; it takes the place of `path` when all went well.

    Raises Mistake when nothing can be written there.
    """
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise Mistake(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A function to call with how many of how many are done; draws on stderr if a terminal.

    It has no thread of its own, for a process with threads should not be forked.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    drawn = console.is_terminal
    with Progress(console=console, transient=True, auto_refresh=False, disable=not drawn) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, refresh=is_next_percent(done, total))

        yield tell


def is_next_percent(done: int, total: int) -> bool:
    """Whether one more step has made a percentage rise: drawing every step would cost too much."""
    return 100 * done // total > 100 * (done - 1) // total
