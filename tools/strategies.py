"""Write docs/strategies.md from the registry, or (`--check`) say that it is out of date.

What is said of a strategy is what its class says: the six knobs, its docstring's first paragraph,
promise, failure, cost and use in the field. Written by hand is only how the kinds of enforcement
that are known from the field are had from strategies and settings.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from oauth_model.strategies import STRATEGIES, Strategy
from oauth_model.strategies.knobs import KNOBS
from oauth_model.strategies.settings import DEFAULTS
from sim.commands.options import strategies_from
from sim.scenario_files import load
from tools.generated import refreshed

PAGE = Path(__file__).resolve().parents[1] / "docs" / "strategies.md"
PRESET = "two-regions-payment"
HEAD = """\
# Strategies

What a server may do when a one-time key is presented: {count} of them, each a class with a name.
Every one stands wherever a strategy is named, for access tokens, codes, refresh tokens, proofs and
assertions alike; `tokenrace compare {preset}` runs {compared} of them and names the others.
Where each has its limits is measured in [enforcement.md](enforcement.md).

Made by `python tools/strategies.py` from `oauth_model/strategies/`.
"""
SETTINGS_SAY = """\
The first four belong to a strategy's class. The last two are settings of a run
(`strategy_settings`), the same for all: here stand their defaults, and a dash where no key is kept.
Promises are made under `fail_closed`: nobody answers for what was accepted unchecked.
"""


class Kind(NamedTuple):
    """A kind of enforcement known from the field, and how it is had here.

    `settings`: values of scenario fields, as `--set` takes them, without which it is another kind
    or that are its dials.
    """

    id: str
    says: str
    strategies: tuple[str, ...]
    settings: tuple[str, ...] = ()


KINDS = (
    Kind("S0", "freshness only", ("no_check",)),
    Kind(
        "S1",
        "a cache in each replica, bounded or not",
        ("per_replica", "bounded_per_replica"),
        ("strategy_settings.capacity=1000", 'strategy_settings.when_full="refuse"'),
    ),
    Kind("S2", "shared store, check then act", ("shared_check_then_act",)),
    Kind(
        "S3",
        "shared store, atomic insert (deny-list)",
        ("shared_atomic",),
        ('strategy_settings.on_outage="fail_open"',),
    ),
    Kind("S4", "shared store, atomic delete (allow-list)", ("shared_allow_list",)),
    Kind(
        "S5",
        "S3 or S4 with asynchronous replicas and failover",
        ("failover_deny_list", "failover_allow_list"),
        ("strategy_settings.acks=1", "strategy_settings.quarantine_s=30.0"),
    ),
    Kind("S6", "two sites in step", ("two_sites",), ("strategy_settings.survivor=1",)),
    Kind(
        "S7",
        "quorum without test-and-set",
        ("quorum",),
        ("strategy_settings.reads=2", "strategy_settings.writes=2"),
    ),
    Kind(
        "S8",
        "consensus: one leader, or four rounds without",
        ("consensus", "lightweight_transaction"),
    ),
    Kind("S9", "several masters, reconciled", ("replicated_async", "multi_master")),
    Kind(
        "S10",
        "a home for each key",
        ("home_owner", "home_owner_allow_list"),
        ("strategy_settings.owners=2", "strategy_settings.forward=false"),
    ),
    Kind(
        "S11",
        "a filter that may be wrong",
        ("sliding_bloom", "cuckoo_filter"),
        ('strategy_settings.on_false_positive="challenge"',),
    ),
    Kind(
        "S12",
        "counter and bitmap",
        ("numbered_tokens",),
        ("strategy_settings.window_bits=64",),
    ),
    Kind(
        "S13",
        "grace window, for any key",
        ("grace_window",),
        ("strategy_settings.grace_s=30.0", "strategy_settings.grace_uses=1"),
    ),
    Kind(
        "S13",
        "grace window of a refresh token, in its three kinds; one generation or any",
        (),
        (
            'authorization_server.rotation_grace="mint_new"',
            'authorization_server.rotation_grace="same_successor"',
            'authorization_server.rotation_grace="until_successor_used"',
            'authorization_server.grace_generations="any"',
        ),
    ),
    Kind("S14", "the stored response again", ("idempotent_response",)),
    Kind(
        "S15",
        "reserve and commit",
        ("reserve_commit", "reserve_commit_fenced"),
        ("strategy_settings.lease_s=2.0",),
    ),
    Kind("S16", "a nonce from the server", ("server_nonce",), ('client.proof="dpop"',)),
    Kind(
        "S17",
        "the AS is asked, and its answer consumes",
        ("introspect_and_consume", "introspection_cached"),
    ),
    Kind("also", "in the same transaction as the effect", ("in_transaction",)),
    Kind(
        "also",
        "sticky routing: each replica's own cache behind a balancer that remembers",
        ("per_replica",),
        ('balancer.policy="sticky"', "balancer.stickiness=0.95"),
    ),
    Kind("also", "a mistake: keys without their context", ("collapsed_namespace",)),
)


def page(registry: Mapping[str, type[Strategy]] = STRATEGIES) -> str:
    """The whole of docs/strategies.md; raises KeyError for a strategy that is of no kind."""
    rank = {name: n for n, kind in reversed([*enumerate(KINDS)]) for name in kind.strategies}
    known = sorted(registry.values(), key=lambda cls: rank[cls.name])
    compared, _ = strategies_from(None, load(PRESET))
    parts = [
        HEAD.format(count=len(known), preset=PRESET, compared=len(compared)),
        "## The six knobs\n",
        "\n".join(f"* `{knob}`: {says}." for knob, says in KNOBS.items()) + "\n",
        SETTINGS_SAY,
        table(("strategy", *KNOBS), map(knob_row, known)),
        "\n## What is known from the field\n",
        table(("kind", "what it is", "strategies", "settings"), map(kind_row, KINDS)),
        "\n## One by one",
        *map(section, known),
    ]
    return "\n".join(parts)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    head = list(heads)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def knob_row(cls: type[Strategy]) -> list[str]:
    """A strategy's place in the space of the knobs."""
    keeps = bool(cls.polarity) and cls.consumes_at != "effect"
    settings = {
        knob: str(getattr(DEFAULTS, knob)) if keeps else "" for knob in KNOBS if _is_setting(knob)
    }
    cells = (settings.get(knob) or getattr(cls, knob, "") for knob in KNOBS)
    return [f"[{cls.name}](#{cls.name})", *(cell or "–" for cell in cells)]


def _is_setting(knob: str) -> bool:
    return hasattr(DEFAULTS, knob)


def kind_row(kind: Kind) -> list[str]:
    """A kind, with links to its strategies."""
    names = ", ".join(f"[{name}](#{name})" for name in kind.strategies)
    settings = ", ".join(f"`{setting}`" for setting in kind.settings)
    return [kind.id, kind.says, names or "any", settings]


def section(cls: type[Strategy]) -> str:
    """What a reader wants to know of a strategy."""
    first = (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")
    said = {
        "promise": cls.promise,
        "fails": cls.fails,
        "costs": cls.costs,
        "in the field": cls.in_the_field,
    }
    lines = [f"* *{name}*: {says}" for name, says in said.items()]
    if cls.needs:
        lines.append(f"* *needs*: `{cls.needs}`")
    return "\n".join([f"\n### {cls.name}\n", f"{first}\n", *lines])


def main() -> int:
    """Write the page, or with `--check` compare; 1 when it is out of date."""
    said = "docs/{late} is out of date: run python tools/strategies.py"
    return refreshed({PAGE: f"{page()}\n"}, said)


if __name__ == "__main__":
    sys.exit(main())
