"""Where a presentation spends its instructions: Python bytecodes and calls, counted by room.

A count is the same on every machine and in every run, as no time is; what C code does inside one
instruction (allocating, hashing, collecting garbage) it does not see.
"""

from __future__ import annotations

import sys
from collections import Counter
from types import CodeType, FrameType
from typing import Any, NamedTuple

from sim.benchmark.presenting import prepared, scenario
from sim.metrics import Tally
from sim.scenario_files import vary
from sim.world.timed import Timed

#: The end of a path, or what stands in it → the room; the first that fits.
ROOMS = {
    "/simpy/": "SimPy's loop",
    "/random.py": "draws of delays",
    "/choices.py": "draws of delays",
    "/passages.py": "draws of delays",
    "/distributions.py": "draws of delays",
    "/world/timed.py": "messages and timers",
    "/world/network.py": "messages and timers",
    "/world/rpc.py": "messages and timers",
    "/world/recorder.py": "trace rows",
    "/world/notes.py": "trace rows",
    "/metrics.py": "measures",
    "/patterns.py": "measures",
    "/aftermath.py": "measures",
    "/one_time.py": "measures",
    "/sim/": "jobs, nodes, workload",
    "/replay.py": "the store",
    "/memories.py": "the store",
    "/strategies/": "the strategy",
    "/client": "the client",
    "/wallet.py": "the client",
    "/retry.py": "the client",
    "/provers.py": "the client",
    "/oauth_model/": "the server's checks",
    "": "named tuples made",
}


class Share(NamedTuple):
    """Of one presentation: bytecode instructions, and calls of Python functions."""

    instructions: float
    calls: float


def by_room(count: int = 256) -> dict[str, Share]:
    """Room → its share of a presentation, the largest first."""
    _counted(1)  # so that what is remembered from one run to the next is remembered
    instructions, calls = _counted(count)
    return {r: Share(n / count, calls[r] / count) for r, n in instructions.most_common()}


def _counted(count: int) -> tuple[Counter[str], Counter[str]]:
    """Room → instructions and calls in a run of so many presentations."""
    env = Timed()
    prepared(vary(scenario(), workload__intentions=count), env, Tally())
    instructions: Counter[str] = Counter()
    calls: Counter[str] = Counter()

    def inside(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            instructions[_room(frame.f_code)] += 1
        return inside

    def entered(frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        calls[_room(frame.f_code)] += 1
        return inside

    sys.settrace(entered)
    env.run(until=30_000_000)
    sys.settrace(None)
    return instructions, calls


def _room(code: CodeType) -> str:
    path = code.co_filename.replace("\\", "/")
    return next(room for part, room in ROOMS.items() if part in path)
