"""Products before the conformance suites: each of a product's settings, run, module by module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sim.products import PRODUCTS, Product
from sim.scenario import Scenario
from sim.scenario_files import build
from sim.suite.modules import MODULES, Module
from sim.suite.running import observe
from sim.suite.tester import Seen

#: A small deployment: three replicas of each server in one region, one store, no misfortune.
DEPLOYMENT: dict[str, Any] = {
    "about": {"title": "a product before the conformance suites"},
    "client": {"retry": "none"},
    "authorization_server": {"replicas": ["eu"] * 3},
    "servers": [
        {"name": "api", "replicas": ["eu"] * 3, "operations": {"GET /accounts": "accounts"}}
    ],
    "network": {
        "access": {"latency": {"distribution": "constant", "value_ms": 10.0}},
        "internal": {"latency": {"distribution": "constant", "value_ms": 1.0}},
    },
}


class Judged(NamedTuple):
    """What a module said of a product, and what it saw."""

    module: Module
    verdict: str
    seen: Seen

    def to_json(self) -> dict[str, Any]:
        """Its members, by name."""
        about = {name: getattr(self.module, name) for name in ("profile", "tries", "clause")}
        return {
            "test": self.module.name,
            **about,
            "verdict": self.verdict,
            "accepted": self.seen.accepted,
            "alive": self.seen.alive,
        }


def deployed(product: Product, thing: str) -> Scenario:
    """The deployment with what a product does about this kind of thing; raises ScenarioError."""
    return build(DEPLOYMENT, product.name, dict(product.settings[thing]))


def certify(product: Product) -> list[Judged]:
    """The verdict of each module that tries something known of this product."""
    return [
        _judge(module, deployed(product, module.tries))
        for module in MODULES
        if module.tries in product.settings
    ]


def certify_all(names: Iterable[str] = PRODUCTS) -> dict[str, list[Judged]]:
    """Product → its verdicts. Raises KeyError for a product that does not exist."""
    return {name: certify(PRODUCTS[name]) for name in names}


def _judge(module: Module, scenario: Scenario) -> Judged:
    seen = observe(scenario, module.attempt)
    return Judged(module, module.verdict(seen), seen)
