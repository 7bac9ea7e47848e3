"""Fault models: what may go wrong in one small scenario, and how far exploration looks.

Rule: one payment with a single-use token, two replicas of one server, one immediate retry with the
same token. A model changes what may happen to them, never what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from oauth_model.strategies import STRATEGIES, Strategy, consensus, failover, home_owner
from sim.exploration.bounds import Bounds
from sim.scenario import Scenario
from sim.scenario_files import load

PRESET = "one-payment"
#: What is asked of every cell: is a token good once, and is nobody honest refused for nothing?
ONCE, FOR_NOTHING = "at_most_one_effect_per_token", "refused_only_when_done"
#: A clock this far ahead has gone beyond a token's life (30 s), the leeway (0) and the margin (60).
OFFSET_MS = 100_000.0
#: So far apart that what was not acknowledged is not sent again within a run: fewer messages.
ONCE_S = 1000.0

#: Sooner than anybody stops waiting: when a failover is noticed; a copy leaves after twice that.
SOON_S = 0.1

Fields = dict[str, Any]
#: An answer to the client may be lost.
LOST_ANSWER: Fields = {"network.access.response_loss_probability": 0.125}
#: What a model changes for a strategy, or in a sentence why it says nothing about it.
Changes = Callable[[type[Strategy]], Fields | str]

#: The same in all of them: the retry goes to the other replica, in the other region.
ALWAYS: Fields = {
    "balancer.policy": "round_robin",
    "strategy_settings.resend_s": ONCE_S,
    "network.access.response_loss_probability": 0.0,
}

#: Members of a replicated store, the first of them in charge: as few as a strategy needs.
TWO, THREE = ["eu", "us"], ["eu", "us", "eu"]
#: Strategies that go by a majority of them.
MAJORITY = ("quorum", "consensus", "lightweight_transaction")

#: Strategies of so many messages that no number of runs would do: so many times fewer are spent.
LARGE = (
    *("shared_allow_list", "home_owner_allow_list", "failover_allow_list"),
    *("consensus", "lightweight_transaction"),
    *("reserve_commit", "reserve_commit_fenced", "idempotent_response"),
)
FEWER = 2

#: placement (what follows `the` or names a place) → the nodes that keep a strategy's records.
SHARED_NODE, MEMBERS, REGIONAL, REPLICAS = ("store",), ("member",), ("store-eu",), ("payments",)
KEPT_AT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("one shared store", "at the AS"), SHARED_NODE),
    "one store per region, copied in the background by the server": REGIONAL,
    "each replica's own memory": REPLICAS,
    **dict.fromkeys(("nowhere", "in the proof", "with the effect"), ()),
}


def kept_at(cls: type[Strategy]) -> tuple[str, ...]:
    """The nodes, or the party, at which a strategy's records are; none for one that keeps none."""
    return KEPT_AT.get(cls.placement, MEMBERS)


def _nothing(cls: type[Strategy]) -> Fields:
    return {}


def _loss(cls: type[Strategy]) -> Fields:
    return {"network.internal.response_loss_probability": 0.125} | LOST_ANSWER


def _duplication(cls: type[Strategy]) -> Fields:
    return {"network.access.duplicate_probability": 0.125}


def _partition(cls: type[Strategy]) -> Fields:
    return {"faults": [{"fault": "partition", "among": ["eu", "us"]}]}


def _crash(cls: type[Strategy]) -> Fields | str:
    if not kept_at(cls):
        return "keeps no record that a restart could lose"
    fault = {"fault": "crash", "among": list(kept_at(cls)), "target": "one", "memory": "lost"}
    return {"faults": [fault]}


def _failover(cls: type[Strategy]) -> Fields | str:
    if cls.placement not in (failover.PLACEMENT, consensus.PLACEMENT):
        return "has no member in charge whose place another one takes"
    fault = {"fault": "failover", "detection_s": SOON_S}
    return {"faults": [fault], "strategy_settings.copy_after_s": 2 * SOON_S} | LOST_ANSWER


def _clock(cls: type[Strategy]) -> Fields | str:
    """Ahead where records are kept apart from who accepts; behind at a replica that does both."""
    if not kept_at(cls) and cls.placement != "with the effect":
        return "keeps no record that a clock could forget"
    owned = cls.placement == home_owner.PLACEMENT
    kept = EVERY_MEMBER if owned else kept_at(cls)  # which of them the owner is, its hash says
    nodes, offset_ms = CLOCKS.get(kept, (("payments-us-1",), -OFFSET_MS))
    return {"clocks": [{"node": node, "offset_ms": offset_ms} for node in nodes]}


EVERY_MEMBER = ("member-eu-1", "member-us-1")
#: Where records are → whose clock is wrong, and by how much.
CLOCKS: Mapping[tuple[str, ...], tuple[tuple[str, ...], float]] = {
    SHARED_NODE: (("store",), OFFSET_MS),
    REGIONAL: (("store-eu",), OFFSET_MS),
    MEMBERS: (("member-eu-1",), OFFSET_MS),
    EVERY_MEMBER: (EVERY_MEMBER, OFFSET_MS),
}


class Model(NamedTuple):
    """A fault model: its name, what may happen, what it changes, and its bounds."""

    name: str
    says: str
    changes: Changes
    faults: int = 0
    landmarks: int = 0

    @property
    def head(self) -> str:
        """Its name where there is little room."""
        return self.name if len(self.name) <= LONGEST_HEAD else f"{self.name[:5].rstrip('i')}."


#: In the head of a column.
LONGEST_HEAD = 8

MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(
            "none",
            "nothing is lost, but any message may take longer than somebody waits for it",
            _nothing,
        ),
        Model("loss", "one response is lost, of a server or of a store", _loss, faults=1),
        Model(
            "duplication",
            "one request or response of the client arrives twice, as where a proxy sends it again",
            _duplication,
            faults=1,
        ),
        Model(
            "partition", "the link between the regions is cut at any moment, and mended", _partition
        ),
        Model(
            "crash",
            "one node that keeps the records stops at any moment and comes back with none",
            _crash,
        ),
        Model(
            "failover",
            "the member in charge crashes at any moment, and another one takes its place; what it "
            "copies to the others leaves a little later than its answer, and one answer to the "
            "client may be lost",
            _failover,
            faults=1,
        ),
        Model(
            "clock",
            f"one clock is wrong by {OFFSET_MS / 1000:.0f} s, more than life, leeway and margin: "
            "a store's is ahead (of members the first's, or all where a key has one owner) "
            "or, where a replica remembers by itself, that of one replica is behind",
            _clock,
            landmarks=1,
        ),
    )
}


def changes(strategy: str, model: Model) -> Fields | str:
    """What a scenario must say beyond the preset, or why the model says nothing of a strategy."""
    cls = STRATEGIES[strategy]
    own = model.changes(cls)
    if isinstance(own, str):
        return own
    needs = {cls.needs.field: cls.needs.value} if cls.needs else {}
    cached = {"balancer.policy": "random"} if cls.believes_s else {}  # at the very same replica
    members = {"stores.members": THREE if strategy in MAJORITY else TWO}
    return {"strategy": strategy} | ALWAYS | members | needs | cached | own


def scenario(strategy: str, model: Model) -> Scenario:
    """The scenario of a cell. Raises ValueError with the reason where there is none."""
    fields = changes(strategy, model)
    if isinstance(fields, str):
        raise ValueError(f"{strategy}, {model.name}: {fields}")  # noqa: TRY004  # a reason
    return load(PRESET, fields)


def bounds(strategy: str, model: Model, schedules: int) -> Bounds:
    """How far a cell is explored: clocks move once where the model or the strategy counts time."""
    cls = STRATEGIES[strategy]
    gives_leases = cls.complete is not Strategy.complete
    landmarks = max(model.landmarks, int(gives_leases or cls.believes_s > 0))
    most = schedules // FEWER if strategy in LARGE else schedules
    return Bounds(faults=model.faults, landmarks=landmarks, schedules=most)
