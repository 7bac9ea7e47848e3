"""A small world for tests: one client in the EU that pays once, links without chance, one server.

With these links the story runs so (ms): 0 the client asks the AS for a single-use token, 10 the AS
issues it, 20 the client presents it, 30 the server asks the store, 32 the effect, 42 the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from hashlib import blake2b
from math import ceil
from typing import Any

from sim.scenario import Scenario
from sim.scenario_files import build
from sim.trace import Row, Trace
from sim.world.simulation import run_into, simulate

MS, S = 1_000, 1_000_000
#: Familywise 0.001 over the statistical tests of tests/world (Bonferroni); there are fewer than 20.
LEVEL = 0.001 / 20
#: Normal quantiles of LEVEL / 2 and of 0.99, with a margin for the exact test's discreteness.
Z = 4.06 + 2.33 + 0.2


def samples(p: float) -> int:
    """How many trials notice a rate of 1.1 p or 0.9 p, in place of p, with probability 0.99."""
    return ceil(Z**2 * (1 - p * 0.9) / (p * 0.01))


def constant(value_ms: float) -> dict[str, Any]:
    """A duration without chance."""
    return {"distribution": "constant", "value_ms": value_ms}


TREE: dict[str, Any] = {
    "about": {"title": "a small world"},
    "client": {"retry": "none"},
    "servers": [{"name": "payments", "operations": {"POST /payments": "payment"}}],
    "network": {"access": {"latency": constant(10)}, "internal": {"latency": constant(1)}},
}


def seed_of(case: str) -> int:
    """A seed that the case's name fixes."""
    return int.from_bytes(blake2b(case.encode(), digest_size=6).digest(), "big")


def scenario(fields: dict[str, Any], case: str = "") -> Scenario:
    """The small world with other values."""
    return build(deepcopy(TREE), case or "a small world", {"seed": seed_of(case)} | fields)


def run(fields: dict[str, Any], case: str = "") -> Trace:
    """The full trace of the small world with other values."""
    return simulate(scenario(fields, case))


def outcomes(fields: dict[str, Any], case: str, wanted: Callable[[Row], bool]) -> list[Row]:
    """The rows wanted of a large run, of which no messages are recorded."""
    rows: list[Row] = []
    run_into(scenario(fields, case), lambda row: rows.append(row) if wanted(row) else None)
    return rows


def cut(a: str, b: str, *, from_s: float = 0, until_s: float = 1e6, one_way: bool = False) -> Any:
    """A partition; one way, only what goes from `a` to `b` is lost."""
    return {"from_s": from_s, "until_s": until_s, "between": [a, b], "one_way": one_way}


def executed(trace: Trace) -> int:
    """How often the protected effect happened."""
    return sum(row.detail["executed"] for row in trace.of("effect"))


def kinds(trace: Trace) -> list[str]:
    """How each intention ended, in order of intention."""
    ended = sorted(trace.of("outcome"), key=lambda row: row.intention)
    return [row.detail["kind"] for row in ended]


def learnt(trace: Trace, actor: str = "client") -> list[int | None]:
    """The status of every answer that a presenter learnt, None where it learnt nothing."""
    return [row.detail["status"] for row in trace.of("return") if row.actor == actor]


def answered(trace: Trace, actor: str = "client") -> list[int]:
    """The status of every answer that servers gave to a presenter."""
    return [row.detail["status"] for row in trace.of("respond") if row.actor == actor]
