"""When a notebook looks for garbage: not while a reader waits for a picture.

Rule: what stood before a panel stays, and is looked through once. A kernel with its libraries holds
some hundred thousand objects; to look through all of them takes longer than to run and draw.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def settle() -> None:
    """Look through everything once more; from now on only what is new is looked through."""
    gc.collect()
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage is looked for until the end. A collector that is switched off stays so."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
