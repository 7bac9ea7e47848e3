"""The progress bar of a sweep: on a terminal, or in a notebook.

Rule: on a terminal it is drawn on standard error, and only if that is one. It has no thread of its
own, for a process with threads should not be forked.
"""

from __future__ import annotations

from typing import Any


def bar(total: int, kept: int, *, drawn: bool) -> Any:
    """A tqdm bar over runs, of which some were kept from before; `drawn`: if there is a place."""
    from tqdm import auto, notebook

    class Bar(auto.tqdm):  # type: ignore[misc]  # tqdm ships no types
        """It moves when it is told and not by itself."""

        monitor_interval = 0

    in_notebook = issubclass(auto.tqdm, notebook.tqdm)
    disable = not drawn or (False if in_notebook else None)  # None: unless on a terminal
    return Bar(total=total, initial=kept, desc="sweep", unit="run", disable=disable, leave=False)
