"""What one simulated single-use presentation costs, beside what it must cost.

A presentation is client → server → store → server → client with both timers and every check of the
protocol. Its token was issued before the clock was started. The peers are run in turns with it: a
bare SimPy script of the same messages on the same delays, a customer of a queue in Ciw, and PyJWT
alone on the same token.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.jose import Keys
from oauth_model.retry import CallResult
from oauth_model.use_cases import PAYMENT
from oauth_model.wallet import Wallet
from sim.benchmark.measures import (
    Effort,
    Measure,
    Reach,
    beside,
    best_in_turns,
    missing,
    plain,
    timed_us,
)
from sim.choices import Seeded
from sim.metrics import Tally
from sim.scenario import Scenario
from sim.scenario_files import build, vary
from sim.trace import Sink
from sim.world.instant import drive
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Timed
from sim.world.workload import Workload
from sim.world.world import World

SCRIPTS = Path(__file__).resolve().parents[2] / "bench"
ALGORITHM = "EdDSA"
SERVER = "payments"
HOW_TO_CIW = "not installed: pip install 'tokenrace[bench]'"
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


def presentations(effort: Effort) -> list[Measure]:
    """Microseconds per presentation and of its peers; `SCRIPTS` must exist."""
    subjects: dict[str, Callable[[int], float]] = {
        "floor": time_floor,
        "symbolic": partial(time_presentations, "symbolic"),
        ALGORITHM: partial(time_presentations, ALGORITHM),
        "sign": time_signing,
        "verify": time_verifying,
    }
    if has_ciw():
        subjects["ciw"] = time_customers
    turns = {name: partial(subject, effort.presentations) for name, subject in subjects.items()}
    us = best_in_turns(turns, effort.turns)
    named, real = "presentation, symbolic tokens", f"presentation, {ALGORITHM}, token signed"
    least, queue = us["sign"] + us["verify"], "M/M/1 customer in Ciw"
    return [
        beside(named, us["symbolic"], "bare SimPy floor", us["floor"], Reach(2.5)),
        beside(named, us["symbolic"], queue, us["ciw"], Reach(1.5))
        if "ciw" in us
        else missing(named, queue, HOW_TO_CIW),
        beside(real, us[ALGORITHM] + us["sign"], "PyJWT sign + verify", least, Reach(1.25)),
        plain(f"PyJWT sign, {ALGORITHM}", us["sign"]),
        plain(f"PyJWT verify, {ALGORITHM}", us["verify"]),
    ]


def time_presentations(crypto: str, count: int) -> float:
    """Microseconds per presentation in the simulated world, its rows folded into all measures."""
    env, tally = Timed(), Tally()
    given = vary(scenario(), crypto=crypto, workload__intentions=count)
    _, workload = prepared(given, env, tally.__call__)
    elapsed_us = timed_us(lambda: env.run(until=30_000_000))
    workload.close()
    served = len(tally.latency.values_us)
    assert served == count, f"{served} of {count} presentations were served"
    return elapsed_us / count


def prepared(scenario: Scenario, env: Timed, sink: Sink) -> tuple[World, Workload]:
    """A world in which every intention begins with a single-use token in its hand."""
    recorder = Recorder(env, sink, full=False)
    world = World(scenario, env, Seeded(scenario.seed), recorder)
    builder = Builder(world, Keys(scenario.crypto, scenario.seed))
    workload = builder.everything()
    session, node = workload.session, workload.node
    scope = session.targets[SERVER].scope
    tokens: list[str] = []
    for _ in range(scenario.workload.intentions):
        client = session.with_wallet(Wallet(refresh_token=session.wallet.refresh_token))
        drive(world, node, client.single_use(SERVER, scope), builder.handlers)
        tokens.append(client.wallet.token(SERVER))

    in_order = iter(tokens)  # as they are issued: a store's records then expire in this order

    def present(client: Client, servers: object) -> Flow[CallResult]:
        client.wallet.tokens[SERVER] = next(in_order)
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
    elapsed_us = timed_us(lambda: floor.run(count))
    assert floor.answered == count, f"{floor.answered} of {count} were answered"
    return elapsed_us / count


def time_customers(count: int) -> float:
    """Microseconds per customer of an M/M/1 queue in Ciw; raises ImportError without it."""
    simulation = _script("customers").simulation()
    return timed_us(lambda: simulation.simulate_until_max_customers(count)) / count


def has_ciw() -> bool:
    """Whether Ciw is there, which nothing else needs."""
    return importlib.util.find_spec("ciw") is not None


def time_signing(count: int) -> float:
    """Microseconds that PyJWT takes to sign a token."""
    script = _script("signatures")
    return timed_us(lambda: script.sign(count)) / count


def time_verifying(count: int) -> float:
    """Microseconds that PyJWT takes to verify a token it has not seen."""
    script = _script("signatures")
    tokens = script.sign(count)
    return timed_us(lambda: script.verify(tokens)) / count


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
