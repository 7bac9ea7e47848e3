"""A long run in a process of its own: microseconds for each payment, and the peak of its memory.

Usage: python -m bench.long_run COUNT. Four payments a second, from the request for the token on;
rows are counted and dropped.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import process_time

from sim.benchmark.presenting import scenario
from sim.scenario_files import vary
from sim.trace import Row
from sim.world.simulation import run_into

GAP_MS = 250.0
#: Linux says here what a process ever had in memory; its `ru_maxrss` begins at the parent's.
STATUS = Path("/proc/self/status")
#: What `ru_maxrss` counts in: bytes on macOS, kibibytes elsewhere.
PER_MIB = 1 << (20 if sys.platform == "darwin" else 10)


def main(count: int) -> None:
    """Run so many payments and print what they took, as JSON."""
    served = 0

    def sink(row: Row) -> None:
        nonlocal served
        served += row.kind == "outcome" and row.detail["kind"] == "served"

    given = {"workload__gap__value_ms": GAP_MS, "duration_s": count * GAP_MS / 1000 + 60}
    began = process_time()
    run_into(vary(scenario(), workload__intentions=count, **given), sink)
    us = (process_time() - began) * 1e6 / count
    assert served == count, f"{served} of {count} payments were served"
    sys.stdout.write(json.dumps({"us": us, "peak_mib": peak_mib()}) + "\n")


def peak_mib() -> float:
    """The most memory that this process has had."""
    if STATUS.exists():
        [peak] = [line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(peak.split()[1]) / (1 << 10)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PER_MIB


if __name__ == "__main__":
    main(int(sys.argv[1]))
