"""What an exploration writes is the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.exploration.worlds import ALONE, DEAF, ONCE, QUIET

EXPLORE = """
from sim.exploration import Bounds, explore
from sim.scenario_files import load
scenario = load("two-regions-payment", {!r})
found = explore(scenario, ["at_most_one_effect_per_token"], Bounds(landmarks=0))
print(found.counterexample.schedule, found.levels, found.counterexample.verdict.because)
"""


def told(strategy: str, hash_seed: str) -> str:
    """What another process says of a strategy."""
    environment = os.environ | {
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    fields = {**QUIET, **ALONE, **ONCE, **DEAF, "strategy": strategy}
    command = [sys.executable, "-c", EXPLORE.format(fields)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_counterexample_is_the_same_text_whatever_the_seed_of_hashes():
    assert told("no_check", "1") == told("no_check", "2") != ""


def test_an_order_among_steps_is_told_alike_in_two_processes():
    texts = {told("shared_check_then_act", seed) for seed in ("1", "2")}
    assert len(texts) == 1
    assert "after " in texts.pop()
