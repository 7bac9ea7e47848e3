"""Same scenario and seed, same bytes; and what a strategy does never changes anyone else's luck."""

import hashlib
import os
import subprocess
import sys

import pytest

from sim.scenario_files import load, presets, vary
from sim.trace import Row
from sim.world.simulation import run_into, simulate

PRINT_DIGESTS = """
import hashlib, sys
from sim.scenario_files import load
from sim.world.simulation import simulate
for name in sys.argv[1:]:
    trace = simulate(load(name, {"crypto": "symbolic"}))
    print(name, hashlib.sha256("\\n".join(trace.lines()).encode()).hexdigest())
"""


def digests_in_a_process(names: list[str], hash_seed: str) -> dict[str, str]:
    """What a process of its own makes of these scenarios, one after the other."""
    command = [sys.executable, "-c", PRINT_DIGESTS, *names]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def digests():
    """Two processes with other hash seeds; in each, other scenarios went before."""
    names = list(presets())
    return digests_in_a_process(names, "1"), digests_in_a_process(names[::-1], "2")


def digest(scenario: str, **overrides: object) -> str:
    trace = simulate(vary(load(scenario), **overrides))
    return hashlib.sha256("\n".join(trace.lines()).encode()).hexdigest()


@pytest.mark.parametrize("scenario", presets())
def test_same_seed_gives_the_same_bytes_in_two_processes_with_other_hash_seeds(scenario, digests):
    assert [each[scenario] for each in digests] == [digest(scenario)] * 2


def test_another_seed_gives_other_bytes():
    assert digest("two-regions-payment", seed=1) != digest("two-regions-payment", seed=2)


#: An RSA key takes a second to make and is made from the seed: all presets share theirs.
FEW = {"workload.intentions": 1, "seed": 1}


@pytest.mark.parametrize("crypto", ["EdDSA", "ES256", "RS256"])
@pytest.mark.parametrize("scenario", presets())
def test_the_trace_is_the_same_under_every_algorithm(scenario, crypto):
    """Differential: real signatures and symbolic handles take the same decisions, row by row."""
    asked = FEW if crypto == "RS256" else {"workload.intentions": 25}
    symbolic = simulate(load(scenario, asked))
    served = {"crypto": crypto, "workload.intentions": len(symbolic.of("outcome"))}
    real = simulate(load(scenario, asked | served))
    assert list(real.lines()) == list(symbolic.lines())


@pytest.mark.parametrize("crypto", ["EdDSA", "ES256"])
@pytest.mark.parametrize("proof", ["dpop", "mtls"])
def test_proofs_leave_no_bytes_of_theirs_in_the_trace(proof, crypto):
    """A proof is signed and a thumbprint hashed: neither may tell one algorithm from another."""
    bound = {"client.proof": proof, "workload.intentions": 20, "servers.0.introspects": True}
    symbolic = simulate(load("two-regions-payment", bound))
    real = simulate(load("two-regions-payment", bound | {"crypto": crypto}))
    assert list(real.lines()) == list(symbolic.lines())


def test_the_outcomes_are_the_same_whether_or_not_messages_are_recorded():
    scenario = load("two-regions-payment")
    rows: list[Row] = []
    run_into(scenario, rows.append, full=False)
    kinds = {row.kind for row in rows}
    assert rows == simulate(scenario).of(*kinds)


Fates = dict[tuple[int, str, int, str, str], str | int]


def fates(strategy: str, **overrides: object) -> Fates:
    """What became of every message between presenters and servers: cause → its delay, or "lost"."""
    scenario = vary(load("two-regions-payment"), strategy=strategy, **overrides)
    trace = simulate(scenario)
    sent: dict[int, Row] = {}
    found: Fates = {}
    for row in trace.of("send", "deliver", "drop"):
        if not {"client", "thief"} & {row.node.split("-")[0], row.peer.split("-")[0]}:
            continue
        start = sent.setdefault(row.message, row)
        if row is not start:
            lost = row.detail.get("reason") == "loss"
            cause = (row.intention, row.actor, row.attempt, start.node, start.peer)
            found[cause] = "lost" if lost else row.t_us - start.t_us
    return found


QUIET = {"partitions": [], "thief__probability": 0}


@pytest.mark.parametrize(
    "strategy", ["shared_check_then_act", "replicated_async", "reserve_commit"]
)
def test_a_strategy_with_more_store_messages_leaves_every_client_messages_fate_as_it_was(strategy):
    """Common random numbers: attempts that happen under both strategies have equal fates."""
    without, with_store = fates("no_check", **QUIET), fates(strategy, **QUIET)
    common = without.keys() & with_store.keys()
    assert len(common) > 500
    assert {cause: without[cause] for cause in common} == {c: with_store[c] for c in common}
