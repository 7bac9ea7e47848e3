"""Where records of a key stand and who else is told: each placement, driven over real stores."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from oauth_model.flows import UNKNOWN, OneTimeKey, run
from oauth_model.in_process import InProcess, Replica
from oauth_model.memories import Shelf
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies import (
    LOCAL,
    PRIMARY,
    SHARED,
    STRATEGIES,
    Challenge,
    First,
    Outcome,
    Place,
    Replay,
    Strategy,
    Undecided,
    Use,
    regional,
)
from oauth_model.strategies.home_owner import owners
from oauth_model.strategies.knobs import KNOBS, POLARITIES
from oauth_model.strategies.settings import Settings
from tests.oauth_model.stores import MEMBERS, REGIONS, Kept, Stores, made

USE = Use(OneTimeKey("access_token", "https://as.example.com", "payments", "t1"), 30.0, "f")
HERE, THERE, YONDER = MEMBERS
#: strategy → messages on the wire, in pairs: at issuance, for a first use, for a replay.
COSTS = {
    "shared_atomic": (0, 1, 1),
    "shared_allow_list": (1, 1, 1),
    "shared_check_then_act": (0, 2, 1),
    "replicated_async": (0, 2, 1),
    "failover_deny_list": (0, 3, 1),
    "failover_allow_list": (3, 3, 1),
    "two_sites": (0, 2, 1),
    "consensus": (0, 3, 3),
    "lightweight_transaction": (0, 9, 5),
    "multi_master": (0, 3, 1),
    "home_owner": (0, 1, 1),
    "home_owner_allow_list": (1, 1, 1),
}


def uses(count: int) -> list[Use]:
    return [USE._replace(key=USE.key._replace(id=f"t{n}")) for n in range(count)]


def issued(name: str, stores: Stores, use: Use = USE, region: str = "here") -> Strategy:
    """The strategy at a server, its key registered and the news of that arrived."""
    chosen = STRATEGIES[name](Place(region, REGIONS, MEMBERS), stores.settings)
    run(chosen.register(use), stores.answer)
    stores.settle()
    return chosen


def sent(stores: Stores) -> int:
    """How many calls went to another node since the last time."""
    stores.settle()
    count = sum(call.store != LOCAL for call in stores.calls)
    stores.calls.clear()
    return count


@pytest.mark.parametrize("name", COSTS)
def test_what_it_costs_in_messages(name: str):
    stores = Stores()
    chosen = issued(name, stores)
    counted = [sent(stores)]
    for outcome in (First(), Replay()):
        assert stores.present(chosen, USE) == outcome
        counted.append(sent(stores))
    assert tuple(counted) == COSTS[name]


@pytest.mark.parametrize("name", COSTS)
def test_it_says_which_point_of_the_space_it_is(name: str):
    kind = STRATEGIES[name]
    assert kind.polarity in POLARITIES
    assert all(getattr(kind, knob) for knob in KNOBS if hasattr(kind, knob))
    settings = {knob for knob in KNOBS if hasattr(Settings, knob)}
    assert settings == {knob for knob in KNOBS if not hasattr(kind, knob)} != set()


def test_a_strategy_of_one_line_is_a_polarity_and_a_store():
    class Mine(Strategy):
        name, polarity = "mine", "allow_list"

        def stores_for(self, use: Use) -> tuple[str, ...]:
            return (SHARED,)

    stores, mine = Stores(), Mine()
    run(mine.register(USE), stores.answer)
    assert [stores.present(mine, USE) for _ in range(2)] == [First(), Replay()]
    assert [call.operation for call in stores.calls] == ["add", "remove", "remove"]


@pytest.mark.parametrize("name", COSTS)
def test_it_runs_within_one_process_too_where_two_at_once_are_one_first(name: str):
    async def everything() -> list[Outcome]:
        house = InProcess(lambda: 0.0, lambda seconds: asyncio.sleep(0), left.append)
        server = Replica("payments", "payments-1", serves_nobody, Shelf())
        chosen = made(name)
        await house.drive(chosen.register(USE), server)
        flows = [house.drive(chosen.begin(USE), server) for _ in range(2)]
        return [*(await asyncio.gather(*flows)), await house.drive(chosen.begin(USE), server)]

    left: list[Any] = []
    serves_nobody: Any = None
    *at_once, later = asyncio.run(everything())
    for work in left:
        work.close()
    races = STRATEGIES[name].atomicity == "check then act"
    assert (at_once.count(First()), later) == (1 + races, Replay())


# --- a memory that has just begun to record


@pytest.mark.clause("RFC 8446 8.2")
@pytest.mark.parametrize("granted", [True, False])
@pytest.mark.parametrize(("age_s", "believed"), [(9.9, False), (10.0, True)])
def test_a_young_memory_is_not_believed_about_what_it_does_not_know(granted, age_s, believed):
    chosen = made("shared_atomic", quarantine_s=10.0)
    said = First() if granted else Replay()
    answer = StoreAnswer(granted, State.ABSENT, age_s=age_s)
    assert chosen.decide(answer) == (said if believed else Challenge())


@pytest.mark.parametrize(("granted", "said"), [(True, First()), (False, Replay())])
def test_a_young_memory_is_believed_about_what_it_knows(granted, said):
    before = State.AVAILABLE if granted else State.USED
    answer = StoreAnswer(granted, before, age_s=0.0)
    assert made("shared_allow_list", quarantine_s=10.0).decide(answer) == said


@pytest.mark.parametrize("name", ["consensus", "two_sites", "lightweight_transaction", "quorum"])
def test_one_young_memory_among_those_that_agree_is_enough_to_ask_for_a_fresh_token(name: str):
    stores = Stores(quarantine_s=10.0)
    stores.stores[THERE] = type(stores.stores[HERE])(stores.settings, since_s=-5.0)
    assert stores.begin(issued(name, stores), USE) == Challenge()


@pytest.mark.clause("RFC 8446 8.2")
@pytest.mark.parametrize(
    "name", [name for name, kind in STRATEGIES.items() if kind.polarity == "deny_list"]
)
def test_where_every_memory_is_young_every_strategy_asks_for_a_fresh_token(name: str):
    stores = Stores(quarantine_s=10.0)
    for store in (LOCAL, SHARED, regional("here"), *MEMBERS):
        stores.stores[store] = Kept(stores.settings, since_s=-5.0)
    assert stores.begin(issued(name, stores), USE) == Challenge()
    stores.settle()
    assert "renew" not in {call.operation for call in stores.calls}


def test_a_use_that_did_not_count_begins_no_grace():
    stores = Stores(quarantine_s=10.0, grace_uses=9)
    stores.stores[SHARED] = Kept(stores.settings, since_s=-5.0)
    chosen = issued("grace_window", stores)
    assert [stores.begin(chosen, USE) for _ in range(2)] == [Challenge()] * 2
    stores.now_s = 6.0
    assert stores.begin(chosen, USE) == Challenge()
    assert stores.begin(chosen, USE._replace(key=USE.key._replace(id="t2"))) == First()


# --- a home for each key


def test_the_order_of_owners_does_not_depend_on_how_members_are_listed():
    for use in uses(20):
        assert owners(use.key, MEMBERS) == owners(use.key, MEMBERS[::-1])


def test_a_member_that_leaves_hands_over_only_what_it_owned():
    for use in uses(50):
        before, after = owners(use.key, MEMBERS), owners(use.key, MEMBERS[:2])
        assert after == [member for member in before if member != YONDER]


def test_each_member_owns_its_share_of_the_keys():
    owned = [owners(use.key, MEMBERS)[0] for use in uses(600)]
    assert all(160 < owned.count(member) < 240 for member in MEMBERS)  # 200 ± 3.5 sigma


def test_every_server_asks_the_same_owner():
    for use in uses(20):
        stores = Stores()
        firsts = [stores.present(made("home_owner", region), use) for region in REGIONS]
        assert firsts == [First(), Replay()]


def test_without_forwarding_a_key_that_lives_elsewhere_asks_for_a_fresh_token():
    for use in uses(20):
        stores, home = Stores(), owners(use.key, MEMBERS)[0]
        outcome = stores.begin(made("home_owner", forward=False), use)
        assert outcome == (First() if home == HERE else Challenge())
        assert [call.store for call in stores.calls if call.store != LOCAL] == [HERE] * (
            home == HERE
        )


@pytest.mark.parametrize(("number", "outcome"), [(1, Undecided()), (2, First())])
def test_when_the_owner_is_silent_the_next_in_line_is_asked_if_there_is_one(number, outcome):
    stores = Stores((owners(USE.key, MEMBERS)[0],), owners=number)
    assert stores.begin(made("home_owner", owners=number), USE) == outcome


@pytest.mark.parametrize(
    ("name", "copied", "met"),
    [
        ("home_owner", False, First()),
        ("home_owner", True, Replay()),
        ("home_owner_allow_list", False, Replay()),
        ("home_owner_allow_list", True, First()),
    ],
)
def test_an_owner_that_falls_before_it_has_copied_fails_each_polarity_its_own_way(
    name, copied, met
):
    stores, chosen = Stores(owners=2), made(name, owners=2)
    run(chosen.register(USE), stores.answer)
    if name == "home_owner":  # a deny-list is used, an allow-list only issued
        assert stores.begin(chosen, USE) == First()
    if copied:
        stores.settle()
    stores.background.clear()
    stores.down.add(owners(USE.key, MEMBERS)[0])
    assert stores.begin(chosen, USE) == met


def test_a_removal_whose_answer_was_lost_refuses_a_first_use_at_the_next_owner():
    stores = Stores(owners=2)
    chosen = issued("home_owner_allow_list", stores)
    asked = chosen.begin(USE)
    stores.answer(next(asked))
    stores.settle()
    again = asked.send(UNKNOWN)
    with pytest.raises(StopIteration) as end:
        asked.send(stores.answer(again))
    assert end.value.value == Replay()


def test_stores_that_a_region_has_none_of_are_asked_of_whoever_is_in_charge():
    assert Place("nowhere", members=MEMBERS).nearest == PRIMARY
    assert Stores().begin(made("multi_master", "nowhere"), USE) == First()
