"""The program: its commands, and how it says what went wrong."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from sim.commands.bench import bench
from sim.commands.certify import certify
from sim.commands.demo import demo
from sim.commands.endings import DONE, INTERRUPTED, OURS, WRONG, Interrupted, Mistake
from sim.commands.explore import explore
from sim.commands.issuance import issuance
from sim.commands.lab import lab
from sim.commands.listing import list_names, schema
from sim.commands.memory import memory
from sim.commands.overlap import overlap
from sim.commands.rare import rare
from sim.commands.render import render
from sim.commands.replay import replay
from sim.commands.running import compare, run
from sim.commands.serve import serve
from sim.commands.sweep import sweep
from sim.commands.validate import validate
from sim.commands.workarounds import workarounds

#: What comes of writing to what takes no more.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

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
_add("sweep", sweep, "sweep two-regions-payment --vary client.retries=0,1,2 --jobs 2 -o sweep.png")
_add("explore", explore, "explore one-payment --strategies per_replica,shared_atomic")
_add(
    "replay",
    replay,
    "replay one-payment 'payments eu < client eu 0.client.0 = lost' --set strategy=no_check",
)
_add(
    "rare",
    rare,
    "rare two-regions-payment consumed_unknown_rate --tilt 'payments * < client *,loss=0.6'",
)
_add("issuance", issuance, "issuance three-services --json")
_add("overlap", overlap, "overlap --kinds single_use,dpop_jti")
_add("workarounds", workarounds, "workarounds --ways single_use,quota_local")
_add("memory", memory, "memory --lifetime-s 300")
_add("certify", certify, "certify hydra hydra_graceful")
_add("validate", validate, "validate --only pbs_lnkd_ssd --quick")
_add("render", render, "render trace.jsonl -o diagram.svg")
_add("list", list_names, "list strategies")
_add("schema", schema, "schema > scenario.schema.json")
_add("serve", serve, "serve two-regions-payment --port 8080")
_add("bench", bench, "bench --json")
_add(
    "lab",
    lab,
    "lab --port 9999",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    asked = sys.argv[1:] if arguments is None else arguments
    try:
        status = app(asked or ["--help"], prog_name="tokenrace", standalone_mode=False)
        sys.stdout.flush()
        # Typer turns Ctrl-C into this status and says nothing.
        return _complain("interrupted", INTERRUPTED) if status == INTERRUPTED else status or DONE
    except Mistake as mistake:
        return _complain(str(mistake), WRONG)
    except typer.TyperException as mistake:
        return _complain(_message(mistake), WRONG)
    except Interrupted as interrupted:
        return _complain(f"interrupted; {interrupted}", INTERRUPTED)
    except (BrokenPipeError, SystemExit):
        # The reader of our output has gone (Typer then exits with 1); the rest goes nowhere.
        _stop_writing()
        return DONE
    except OSError as error:
        return _unwritten(error) if error.errno in FULL else _confess(error)
    except Exception as error:
        return _confess(error)


def _message(mistake: typer.TyperException) -> str:
    """What Typer says of a command line; of a value in our form, which begins with its option."""
    if type(mistake) is typer.BadParameter and mistake.param is not None:
        option = mistake.param.get_error_hint().replace("'", "").rpartition(" / ")[2]
        return f"{option}: {mistake.message}"
    return mistake.format_message()


def _complain(message: str, status: int) -> int:
    """One line on standard error."""
    print(f"tokenrace: {' '.join(message.split())}", file=sys.stderr)
    return status


def _unwritten(error: OSError) -> int:
    """Standard output goes to a full disk: whoever writes files has said so by now."""
    _stop_writing()
    return _complain(f"the output cannot be written ({error.strerror})", WRONG)


def _stop_writing() -> None:
    """What is left of the output goes nowhere: Python would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
