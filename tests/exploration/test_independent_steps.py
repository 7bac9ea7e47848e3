"""What steps touch is all that they share: those with nothing in common can be swapped."""

from __future__ import annotations

from random import Random

import pytest

from sim.exploration.bounds import Bounds
from sim.exploration.execution import Executor
from sim.exploration.explore import prepared
from sim.exploration.schedule import Schedule
from sim.exploration.tape import Tape
from sim.scenario import Scenario
from sim.scenario_files import load
from tests.exploration.worlds import ALONE, DOUBLED, SERVER, facts, small, swapped

WIDE = Bounds(intentions=2, faults=2, landmarks=1)
QUEUE = {"count": 1, "service": {"distribution": "constant", "value_ms": 1}}
CODES = {"issuance": "fat", "workload.warm_up_s": 0}


def drawn(scenario: Scenario, seed: int, bounds: Bounds = WIDE):
    """A run whose every choice is drawn, and who can run it again."""
    world = Executor(prepared(scenario, bounds), [], bounds)
    return world.run(Schedule(), tape=Tape({}, bounds.faults, Random(seed))), world


def check_swaps(scenario: Scenario, seeds: range) -> int:
    """How many swaps there were, all of which changed neither the rows nor the state."""
    swaps = 0
    for seed in seeds:
        run, world = drawn(scenario, seed)
        for one, other, again in swapped(run, world):
            assert facts(again) == facts(run), f"rows differ when {one} and {other} are swapped"
            assert again.env.history.state == run.env.history.state, f"{one} | {other}"
            swaps += 1
    return swaps


PRESETS = """card-details step-up magic-link toctou-refresh code-race-double-issue three-services
identical-proof-retry draft-three-services many-processes-one-credential tabs quorum overlap
statement workarounds two-regions-payment"""


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS.split())
def test_swapping_steps_that_touch_nothing_in_common_changes_nothing(name):
    assert check_swaps(load(name, {"workload.warm_up_s": 0}), range(1, 2)) > 0


def test_who_waits_in_line_shares_the_worker():
    queue = {"servers": [SERVER | {"workers": QUEUE}]}
    assert check_swaps(small("no_check", queue, DOUBLED, {"client.proof": "none"}), range(12)) > 0


def test_a_server_that_remembers_what_the_as_said_shares_that_memory():
    asks = {"servers": [SERVER | {"introspects": True, "introspection_cache_s": 60}]}
    assert check_swaps(small("no_check", asks, DOUBLED), range(6)) > 0


def touched(scenario: Scenario, wanted: str) -> set[str]:
    """What the arrivals of presentations at the resource server touch."""
    run = Executor(prepared(scenario, Bounds()), [], Bounds()).run(Schedule())
    return {
        what for s in run.env.history.steps if s.event.key.startswith(wanted) for what in s.touched
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("introspects", True), ("workers", QUEUE)],
)
def test_requests_to_a_server_that_remembers_touch_its_memory(field, value):
    servers = {"servers": [SERVER | {field: value}]}
    assert "payments-eu-1" in touched(small("no_check", servers), "client-eu>payments")
    assert "payments-eu-1" not in touched(small("no_check", ALONE), "client-eu>payments")


def test_clients_that_are_given_nonces_share_them():
    proof = {"client.proof": "dpop"}
    assert "client-eu" in touched(small("no_check", ALONE, proof), "as-eu-1>client")
    assert "client-eu" not in touched(small("no_check", ALONE), "as-eu-1>client")
