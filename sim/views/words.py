"""What every view says alike: instants in milliseconds, text that is cut to fit, plain ASCII.

Rule: the same instant and the same name read the same in every format.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from unicodedata import east_asian_width

from sim.trace import NodeInfo

MOST_DECIMALS = 3  #: of a millisecond: a trace counts microseconds
#: Columns of a paragraph. A notebook breaks longer lines where they end, also within a word.
WIDTH = 88


def milliseconds(t_us: int, decimals: int = MOST_DECIMALS) -> str:
    """An instant or duration in ms with so many decimals, rounded down: 64700 → "64.7"."""
    sign, (whole, rest) = "-" if t_us < 0 else "", divmod(abs(t_us), 1000)
    return f"{sign}{whole}" + (f".{rest:03d}"[: decimals + 1] if decimals else "")


def trimmed(t_us: int) -> str:
    """A duration in ms without needless zeros: 500000 → "500 ms", 8200 → "8.2 ms"."""
    return milliseconds(t_us).rstrip("0").rstrip(".") + " ms"


def roughly(t_us: int) -> str:
    """A duration as one says it: "8.5 ms", "452 ms", "12.5 s"."""
    if t_us >= 10_000_000:
        return f"{t_us / 1e6:.1f} s"
    return f"{t_us / 1e3:.0f} ms" if t_us >= 100_000 else trimmed(t_us)


def labels_ms(instants_us: Sequence[int]) -> list[str]:
    """One label per instant, all with as few decimals (1 to 3) as keep different instants apart."""
    labels: list[str] = []
    for decimals in range(1, MOST_DECIMALS + 1):
        labels = [milliseconds(t_us, decimals) for t_us in instants_us]
        if len(set(labels)) == len(set(instants_us)):
            break
    return labels


def clock_note(node: NodeInfo) -> str:
    """How a node's clock differs from simulation time: "clock +3000 ms"; "" when it does not."""
    offset_us, drift_ppm = node.clock_offset_us, node.clock_drift_ppm
    parts = [("+" if offset_us > 0 else "") + trimmed(offset_us)] if offset_us else []
    parts += [f"{drift_ppm:+g} ppm"] if drift_ppm else []
    return f"clock {', '.join(parts)}" if parts else ""


def ascii_line(text: str) -> str:
    """The text in one line of printable ASCII; what that cannot show becomes a question mark."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def columns(text: str) -> int:
    """How many terminal columns the text takes; East Asian wide characters take two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def clip(text: str, most: int, ellipsis: str = "..") -> str:
    """The text, or as much of it as fits into `most` characters, and then an ellipsis."""
    if len(text) <= most:
        return text
    return text[: max(0, most - len(ellipsis))] + ellipsis[:most]


def said(word: str, note: str) -> str:
    """A mark's word and its note in one line."""
    return f"{word}: {note}" if note else word


def counted(number: int, thing: str) -> str:
    """So many of a thing: "1 message", "2 messages"."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def paragraph(text: str, indent: str = "") -> str:
    """Text in lines of at most `WIDTH` columns, all but the first indented; no word is broken."""
    return fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
