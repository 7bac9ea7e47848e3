"""What is measured in a Python process of its own: starting, and how much room a long run takes."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from typing import Any

from sim.benchmark.measures import Effort, Measure, Reach, beside, best_in_turns, plain
from sim.benchmark.presenting import SCRIPTS

#: What is loaded only when it is used.
HEAVY = ("matplotlib", "pandas", "scipy", "numpy", "ipywidgets")
PEERS = "simpy, pydantic, jwt"
IMPORT_MS = """
from time import process_time
began = process_time()
import {names}
print((process_time() - began) * 1e3)
"""
LOADED = """
import sim.commands.program, sim.experiments, sim.world.simulation, sys
print(sum(name in sys.modules for name in {heavy}))
"""
#: A long run is compared with one of so many presentations.
SHORT, LONG = 10_000, 1_000_000


def imports(effort: Effort) -> list[Measure]:
    """Milliseconds of processor time until the packages can be used, in a fresh process."""
    subjects = {
        "packages": partial(_import_ms, "sim, oauth_model"),
        "world": partial(_import_ms, "sim.world.simulation"),
        "peers": partial(_import_ms, PEERS),
    }
    ms = best_in_turns(subjects, effort.turns)
    heavy = float(_output(LOADED.format(heavy=HEAVY)))
    return [
        beside("import sim, oauth_model", ms["packages"], PEERS, ms["peers"], Reach(1.5), "ms"),
        beside("import sim.world.simulation", ms["world"], PEERS, ms["peers"], unit="ms"),
        plain(f"of {len(HEAVY)} heavy libraries, loaded unused", heavy, "", Reach(0)),
    ]


def room(effort: Effort) -> list[Measure]:
    """What a run of a million presentations costs each, and keeps, when nothing is recorded.

    From the request for a token to the answer; so long a run lets go of what is past.
    """
    if not effort.long:
        return []
    short, long = (_long_run(count) for count in (SHORT, LONG))
    each, peer = f"each of {LONG:,} payments", f"each of {SHORT:,}"
    return [
        beside(each, long["us"], peer, short["us"], Reach(1.3)),
        plain(f"peak memory of {LONG:,} payments", long["peak_mib"], "MiB", Reach(300)),
    ]


def _long_run(count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.long_run", str(count)]
    done = subprocess.run(command, cwd=SCRIPTS.parent, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _import_ms(names: str) -> float:
    return float(_output(IMPORT_MS.format(names=names)))


def _output(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
