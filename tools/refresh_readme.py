"""Put real output into README.md, or (`--check`) say that what is there is out of date.

A block stands between `<!-- demo:NAME -->` and `<!-- /demo:NAME -->`. What it holds is cut out of
what `./run demo` and `./run explore` say, so no number in the README is typed in; its picture is
the demo's.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from sim.cli import main as tokenrace
from tools.generated import filled, refreshed

EXPLORED = ("no_check", "per_replica", "shared_check_then_act", "shared_atomic")
README = Path(__file__).resolve().parents[1] / "README.md"
PICTURE = README.parent / "docs" / "race.svg"


def blocks(report: str, diagram: str) -> dict[str, str]:
    """Name → text, as the README shows them."""
    return {
        "safety": cut(report, "Safety: what should never happen"),
        "experience": cut(report, "Experience: what honest clients met"),
        "diagram": diagram.rstrip("\n"),
        "issuance": cut(report, "One consent, several servers"),
    }


def cut(report: str, title: str) -> str:
    """A table of the report: from its title to the first empty line after its rows."""
    lines = [line.rstrip() for line in report.splitlines()]
    start = next(n for n, line in enumerate(lines) if line.startswith(title))
    rule = next(n for n in range(start, len(lines)) if "───" in lines[n])
    end = next(n for n in range(rule, len(lines)) if not lines[n])
    return "\n".join(lines[start:end])


def explored() -> str:
    """The table of an exploration."""
    asked = ["explore", "one-payment", "--landmarks", "0", "--strategies", ",".join(EXPLORED)]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        tokenrace(asked)
    return cut(said.getvalue(), "Each strategy under every order")


def demonstrated() -> tuple[dict[str, str], str]:
    """The blocks and the picture as the demo makes them now; about half a minute."""
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(io.StringIO()):
            status = tokenrace(["demo", "--output", folder])
        assert status == 0, f"demo ended with {status}"
        names = ("report.txt", "diagram.txt", "diagram.svg")
        report, diagram, svg = (Path(folder, name).read_text(encoding="utf-8") for name in names)
    return blocks(report, diagram) | {"exploration": explored()}, svg


def main() -> int:
    """Write README and picture, or with `--check` compare; 1 when they are out of date."""
    shown, svg = demonstrated()
    new = {README: filled(README, "demo", shown, str), PICTURE: svg}
    return refreshed(new, "README.md is out of date: run python tools/refresh_readme.py")


if __name__ == "__main__":
    sys.exit(main())
