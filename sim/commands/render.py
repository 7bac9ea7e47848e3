"""`tokenrace render`: a stored trace as a picture or a document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.commands.endings import Mistake
from sim.commands.options import writable
from sim.commands.output import whole_file


def render(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="What `run --trace FILE` wrote.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Its ending says what to make.")
    ],
    intention: Annotated[
        int | None, typer.Option(metavar="N", help="Only the rows about this intention.")
    ] = None,
) -> None:
    """A trace as a space-time diagram or a document, by the ending of the output file."""
    from sim.trace import Trace
    from sim.views.export import render as export

    writable("--output", output)
    try:
        read = Trace.read(trace)
    except OSError as error:
        raise Mistake(f"{trace}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise Mistake(str(error)) from error
    if intention is not None:
        if all(row.intention != intention for row in read):
            raise Mistake(f"--intention {intention}: {trace} has no row about it")
        read = read.about(intention)
    with whole_file(output) as partial:
        try:
            export(read, partial)
        except ValueError as error:
            raise Mistake(f"--output {output}: {error}") from error
