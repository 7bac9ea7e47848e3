"""`tokenrace render`: a stored trace as a picture or a document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Mistake
from sim.commands.options import writable
from sim.commands.output import whole_file

if TYPE_CHECKING:
    from sim.trace import Trace


def render(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="What `run --trace FILE` wrote.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Its ending says what to make: .svg, .png, .mmd, .txt, .html or .csv.",
        ),
    ],
    intention: Annotated[
        int | None, typer.Option(metavar="N", help="Only the rows about this intention.")
    ] = None,
    beside: Annotated[
        Path | None,
        typer.Option(
            metavar="TRACE",
            help="Draw this run to the right of the other, with the first difference marked: "
            ".svg only.",
        ),
    ] = None,
) -> None:
    """A trace as a space-time diagram or a document, by the ending of the output file."""
    from sim.views.export import render as export

    writable("--output", output)
    read = _read(trace, intention)
    if beside is not None:
        _render_pair(read, _read(beside, intention), output)
        return
    with whole_file(output) as partial:
        try:
            export(read, partial)
        except ValueError as error:
            raise Mistake(f"--output {output}: {error}") from error


def _read(path: Path, intention: int | None) -> Trace:
    """A stored trace, or what of it is about one intention. Raises Mistake."""
    from sim.trace import Trace

    try:
        read = Trace.read(path)
    except OSError as error:
        raise Mistake(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise Mistake(str(error)) from error
    if intention is None:
        return read
    if all(row.intention != intention for row in read):
        raise Mistake(f"--intention {intention}: {path} has no row about it")
    return read.about(intention)


def _render_pair(left: Trace, right: Trace, output: Path) -> None:
    from sim.views.beside import beside
    from sim.views.svg import render_svg

    if output.suffix != ".svg":
        raise Mistake(f"--output {output}: two runs beside each other are drawn as .svg only")
    with whole_file(output) as partial:
        partial.write_text(render_svg(beside(left, right)), encoding="utf-8")
