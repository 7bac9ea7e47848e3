"""An acknowledgement that comes too late is not heard; to tell its store again changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from oauth_model.flows import UNKNOWN, Flow, Gather, OneTimeKey, StoreCall, run
from oauth_model.replay import State
from oauth_model.strategies import STRATEGIES, First, Outcome, Strategy, Use, member, strategy
from oauth_model.strategies.spreading import take
from sim.trace import Trace
from tests.oauth_model.stores import Stores
from tests.world.faulty import spoilt, unserved
from tests.world.worlds import constant

PRIMARY, NEAR, FAR = "member-eu-1", "member-eu-2", "member-us-1"
USES = 6
#: The near replica acknowledges after 2 ms, the far one after 62 ms.
WORLD: dict[str, Any] = {
    "stores__members": ["eu", "eu", "us"],
    "network__between": [{"regions": ["eu", "us"], "latency": constant(30)}],
    "client__timeout_ms": 500,
}


def ran(name: str, acks: int, **more: Any) -> Trace:
    dials = {"strategy": name, "strategy_settings__acks": acks}
    return spoilt(count=USES, **WORLD | dials | more)


def told(trace: Trace, label: str) -> Counter[str]:
    """How often the primary told each of the others."""
    sent = (row for row in trace.of("send") if row.node == PRIMARY)
    return Counter(row.peer for row in sent if row.detail["label"] == label)


def entries(trace: Trace) -> dict[str, int]:
    """How many records each member had in the end."""
    held = (row for row in trace.of("store") if row.node.startswith("member"))
    return {row.node: row.detail["entries"] for row in held}


@pytest.mark.parametrize(("acks", "far"), [(0, 1), (1, 2), (2, 1)])
def test_who_answers_after_enough_others_is_told_once_more_and_only_then(acks: int, far: int):
    spent = told(ran("failover_deny_list", acks), "spend")
    assert spent == {NEAR: USES, FAR: far * USES}


def test_each_member_it_is_told_again_costs_two_messages():
    counts = [
        ran("failover_deny_list", acks).of("total")[0].detail["messages"]["store > store"]
        for acks in (0, 1, 2)
    ]
    assert counts == [4 * USES, 6 * USES, 4 * USES]


@pytest.mark.parametrize("name", ["failover_deny_list", "failover_allow_list"])
def test_to_be_told_again_uses_nothing_up_again_and_leaves_the_same_records(name: str):
    once, again = ran(name, 2), ran(name, 1)
    used = [Counter((row.node, row.token) for row in t.of("consume")) for t in (once, again)]
    assert set(used[0].values()) == set(used[1].values()) == {1}
    assert used[0] == used[1]
    assert entries(once) == entries(again) == {PRIMARY: USES, NEAR: USES, FAR: USES}
    assert unserved(again) == []


@pytest.mark.parametrize("order", [("learn", "spend", "learn"), ("spend", "learn", "spend")])
def test_news_told_again_in_any_order_leaves_a_key_used(order: tuple[str, ...]):
    stores, key = Stores(), OneTimeKey("access_token", "https://as.example.com", "payments", "t")
    for news in order:
        flow = take(StoreCall("here", news, key, 30.0))
        last = run(flow, lambda effect: stores.answer(effect, member("here")))
    assert stores.stores[member("here")].records[key].state is State.USED
    assert last.before is State.USED


def test_an_answer_that_came_too_late_is_not_given_to_who_asks_later():
    """The first look is answered late, before the insert; the second, asked afterwards, sees it."""
    seen = []

    @strategy
    class Looks(Strategy):
        name = "looks"

        def begin(self, use: Use) -> Flow[Outcome]:
            near, far = member("eu", 1), member("us", 1)
            look = self.ask(far, "look", use)
            heard = yield Gather((self.ask(near, "look", use), look), 1)
            yield self.ask(far, "insert", use)
            seen.extend([heard[1], (yield look).before])
            return First()

    try:
        spoilt(count=1, strategy="looks", **WORLD)
    finally:
        del STRATEGIES["looks"]
    assert seen == [UNKNOWN, State.USED]
