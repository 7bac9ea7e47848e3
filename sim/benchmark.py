"""The benchmark: what one simulated single-use presentation costs, beside what it must cost.

A presentation is client → server → store → server → client with both timers and every check of the
protocol. Its token was issued before the clock was started. The peers are run in turns with it, on
the same delays: a bare SimPy script of the same messages, and PyJWT alone on the same token.
"""

from __future__ import annotations

import gc
import importlib.util
from collections.abc import Callable
from copy import copy
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.jose import Keys
from oauth_model.retry import CallResult
from oauth_model.use_cases import PAYMENT
from oauth_model.wallet import Wallet
from sim.choices import Seeded
from sim.scenario import Scenario
from sim.scenario_files import build, vary
from sim.trace import Row
from sim.world.instant import drive
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Timed
from sim.world.workload import Workload
from sim.world.world import World

SCRIPTS = Path(__file__).resolve().parents[1] / "bench"
COUNTED = (
    "Counted: processor time of the simulation of 4 messages (client → server → store → server → "
    "client), 2 timers and all checks, trace rows handed to a counter. Not counted: issuing the "
    "token, setting up. Medians of repetitions in turns; the garbage collector is on in all of "
    "them, and what was there before a repetition is exempt (gc.freeze)."
)
PRESENTATIONS, REPETITIONS = 2000, 5
ALGORITHM = "EdDSA"
SERVER = "payments"
SCENARIO: dict[str, Any] = {
    "about": {"title": "One region, nothing goes wrong"},
    "strategy": "shared_atomic",
    "duration_s": 30,
    "workload": {"gap": {"distribution": "constant", "value_ms": 0.5}},
    "servers": [{"name": SERVER, "operations": {"POST /payments": "payment"}}],
    "network": {
        "access": {"latency": {"distribution": "lognormal", "median_ms": 15, "sigma": 0.4}},
        "internal": {"latency": {"distribution": "lognormal", "median_ms": 0.5, "sigma": 0.5}},
    },
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A duration in `unit`, and that of the peer it is to be seen beside."""

    name: str
    value: float
    unit: str = "us"
    peer_name: str = ""
    peer: float | None = None
    ratio: float | None = None

    def to_json(self) -> dict[str, Any]:
        """`{"name", "value", "unit", "peer", "ratio"}` and the peer's name."""
        return asdict(self)


def measure(presentations: int = PRESENTATIONS, repetitions: int = REPETITIONS) -> list[Measure]:
    """All measures, in microseconds; `SCRIPTS` must exist."""
    subjects: dict[str, Callable[[int], float]] = {
        "floor": time_floor,
        "symbolic": partial(time_presentations, "symbolic"),
        ALGORITHM: partial(time_presentations, ALGORITHM),
        "sign": time_signing,
        "verify": time_verifying,
    }
    rounds = [
        {name: subject(presentations) for name, subject in subjects.items()}
        for _ in range(repetitions)
    ]
    us = {name: median(each[name] for each in rounds) for name in subjects}
    least = us["floor"] + us["verify"]
    return [
        _beside("presentation, symbolic tokens", us["symbolic"], "bare SimPy floor", us["floor"]),
        _beside(f"presentation, {ALGORITHM}", us[ALGORITHM], "floor + PyJWT verify", least),
        Measure(f"PyJWT sign, {ALGORITHM}", us["sign"]),
        Measure(f"PyJWT verify, {ALGORITHM}", us["verify"]),
    ]


def _beside(name: str, value: float, peer_name: str, peer: float) -> Measure:
    return Measure(name, value, "us", peer_name, peer, value / peer)


def time_presentations(crypto: str, count: int) -> float:
    """Microseconds per presentation in the simulated world."""
    world, workload = prepared(vary(scenario(), crypto=crypto, workload__intentions=count))
    served = 0

    def sink(row: Row) -> None:
        nonlocal served
        served += row.kind == "outcome" and row.detail["kind"] == "served"

    world.recorder.sink = sink
    elapsed_us = _timed(lambda: world.env.run(until=30_000_000))
    workload.close()
    assert served == count, f"{served} of {count} presentations were served"
    return elapsed_us / count


def prepared(scenario: Scenario) -> tuple[World, Workload]:
    """A world in which every intention begins with a single-use token in its hand."""
    env = Timed()
    recorder = Recorder(env, lambda row: None, full=False)
    world = World(scenario, env, Seeded(scenario.seed), recorder)
    builder = Builder(world, Keys(scenario.crypto, scenario.seed))
    workload = builder.everything()
    session, node = workload.session, workload.node
    scope = session.targets[SERVER].scope
    tokens: list[str] = []
    for _ in range(scenario.workload.intentions):
        client = copy(session)
        client.wallet = Wallet()
        client.wallet.refresh_token = session.wallet.refresh_token
        drive(world, node, client.single_use(SERVER, scope), builder.handlers)
        tokens.append(client.wallet.token(SERVER))

    def present(client: Client, servers: object) -> Flow[CallResult]:
        client.wallet.tokens[SERVER] = tokens.pop()
        return client.call(SERVER, client.targets[SERVER].operation, PAYMENT)

    workload.story = present
    return world, workload


def time_floor(count: int) -> float:
    """Microseconds per presentation in the bare script, on the same laws of delay."""
    given = scenario()
    floor = _script("floor").Floor(
        given.seed,
        gap=given.workload.gap.sampler(),
        access=given.network.access.latency.sampler(),
        internal=given.network.internal.latency.sampler(),
        client_timeout_us=int(given.client.timeout_ms * 1000),
        store_timeout_us=int(given.stores.timeout_ms * 1000),
    )
    elapsed_us = _timed(lambda: floor.run(count))
    assert floor.answered == count, f"{floor.answered} of {count} were answered"
    return elapsed_us / count


def time_signing(count: int) -> float:
    """Microseconds that PyJWT takes to sign a token."""
    script = _script("signatures")
    return _timed(lambda: script.sign(count)) / count


def time_verifying(count: int) -> float:
    """Microseconds that PyJWT takes to verify a token it has not seen."""
    script = _script("signatures")
    tokens = script.sign(count)
    return _timed(lambda: script.verify(tokens)) / count


def _script(name: str) -> Any:
    """A bare script; they stand beside the packages, for the laws of the packages forbid them."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None, name
    assert spec.loader is not None, name
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scenario() -> Scenario:
    """One region, nothing lost: the shortest way a presentation can take."""
    return build(SCENARIO)


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    gc.freeze()
    began = process_time()
    work()
    elapsed_us = (process_time() - began) * 1e6
    gc.unfreeze()
    return elapsed_us
