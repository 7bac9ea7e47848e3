"""Files that a tool makes: their blocks filled, and written or (`--check`) compared.

A block stands between `<!-- MARK:NAME -->` and `<!-- /MARK:NAME -->`; what is around it is written
by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def filled(page: Path, mark: str, blocks: Mapping[str, T], make: Callable[[T], str]) -> str:
    """The page with its blocks replaced; raises ValueError for a block nobody knows."""

    def block(match: re.Match[str]) -> str:
        name = match[1]
        if name not in blocks:
            raise ValueError(f"{page.name}: no block {name!r}; there are {', '.join(blocks)}")
        return f"<!-- {mark}:{name} -->\n```\n{make(blocks[name])}\n```\n<!-- /{mark}:{name} -->"

    pattern = rf"<!-- {mark}:(\w+) -->.*?<!-- /{mark}:\1 -->"
    return re.sub(pattern, block, page.read_text(encoding="utf-8"), flags=re.DOTALL)


def checking() -> bool:
    """Whether the command line asks to compare and to write nothing."""
    return "--check" in sys.argv[1:]


def stored(path: Path) -> str:
    """What a file says; nothing if it is not there yet."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def refreshed(new: Mapping[Path, str], said: str) -> int:
    """Write the files, or with `--check` say that they are out of date; the exit status.

    `said` is the line that says so; `{late}` in it stands for their names.
    """
    if not checking():
        for path, text in new.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    late = [path.name for path, text in new.items() if stored(path) != text]
    if late:
        sys.stderr.write(f"{said.format(late=', '.join(late))}\n")
    return int(bool(late))
