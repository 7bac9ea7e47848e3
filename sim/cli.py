"""The `tokenrace` command: its sub-commands, its exit statuses, and how it says what went wrong.

0 done; 1 an asked property is violated; 3 one stays unknown; 2 the command line or the scenario is
wrong; 70 an error of ours (EX_SOFTWARE of sysexits.h); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from sim.commands.bench import bench
from sim.commands.demo import demo
from sim.commands.issuance import issuance
from sim.commands.lab import lab
from sim.commands.listing import list_names, schema
from sim.commands.options import Mistake
from sim.commands.render import render
from sim.commands.running import compare, run

DONE, WRONG, OURS, INTERRUPTED = 0, 2, 70, 130

app = typer.Typer(
    name="tokenrace",
    help="Many audiences and single use: OAuth tokens in a simulated network.",
    epilog="Begin with: tokenrace demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _add(name: str, command: Callable[..., Any], example: str, **settings: Any) -> None:
    app.command(name, epilog=f"Example: tokenrace {example}", **settings)(command)


_add("demo", demo, "demo --output my-report")
_add("run", run, "run two-regions-payment --set strategy=per_replica --replications 20")
_add("compare", compare, "compare two-regions-payment --strategies no_check,shared_atomic")
_add("issuance", issuance, "issuance three-services --json")
_add("render", render, "render trace.jsonl -o diagram.svg")
_add("list", list_names, "list strategies")
_add("schema", schema, "schema > scenario.schema.json")
_add("bench", bench, "bench --json")
_add(
    "lab",
    lab,
    "lab --port 9999",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    from sim.scenario_files import ScenarioError

    asked = sys.argv[1:] if arguments is None else arguments
    try:
        status = app(asked or ["--help"], prog_name="tokenrace", standalone_mode=False)
        sys.stdout.flush()
        return int(status or DONE)
    except (Mistake, ScenarioError) as mistake:
        return _complain(str(mistake), WRONG)
    except typer.TyperException as mistake:
        return _complain(mistake.format_message(), WRONG)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return _confess(error)


def _complain(message: str, status: int) -> int:
    """One line on standard error."""
    print(f"tokenrace: {' '.join(message.split())}", file=sys.stderr)
    return status


def _confess(error: Exception) -> int:
    """An error of ours: what it is, and how to report it."""
    if os.environ.get("TOKENRACE_DEBUG"):
        import traceback

        traceback.print_exc()
    said = f"{type(error).__name__}: {error}"
    return _complain(
        f"an error of ours, {said}; please report it with this command line and what "
        "TOKENRACE_DEBUG=1 adds",
        OURS,
    )


if __name__ == "__main__":
    sys.exit(main())
