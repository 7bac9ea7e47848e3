"""Enforcement strategies, driven by `run` over real stores: what each promises, and when not."""

from collections.abc import Iterator

import pytest

from oauth_model.flows import UNKNOWN, Flow, OneTimeKey, StoreCall, Wait, run
from oauth_model.replay import ReplayStore
from oauth_model.strategies import (
    LOCAL,
    PRIMARY,
    SHARED,
    STRATEGIES,
    First,
    InFlight,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Undecided,
    Use,
    regional,
    strategy,
)
from tests.oauth_model.stores import DONE, MEMBERS, Stores, made

USE = Use(
    OneTimeKey("access_token", "https://as.example.com", "https://payments.example.com", "at-1.1"),
    acceptable_until_s=30.0,
    fingerprint="f",
)
#: Strategies that do not ask a store.
ASKS_NOBODY = ("no_check", "server_nonce")
#: What the second presentation of a key meets; every strategy not named here says replay.
SECOND: dict[str, Outcome] = {
    **dict.fromkeys(ASKS_NOBODY, First()),
    "idempotent_response": Stored(DONE),
}
#: Verbs that make a record.
WRITING = ("insert", "add", "reserve", "count")


@pytest.fixture(params=list(STRATEGIES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_second_presentation_in_sequence(name: str):
    stores, chosen = Stores(), made(name)
    run(chosen.register(USE), stores.answer)
    assert isinstance(stores.present(chosen, USE), First)
    assert stores.present(chosen, USE) == SECOND.get(name, Replay())


def test_two_keys_do_not_meet(name: str):
    """Except where a key is its number alone, which is what `collapsed_namespace` is about."""
    stores, chosen = Stores(), made(name)
    other = USE._replace(key=USE.key._replace(id="at-2.1"))
    for use in (USE, other):
        run(chosen.register(use), stores.answer)
        met = use is other and name == "collapsed_namespace"
        assert isinstance(stores.present(chosen, use), Replay if met else First)


def everywhere_down() -> Stores:
    return Stores(down=(LOCAL, SHARED, PRIMARY, *MEMBERS, regional("here"), regional("there")))


def test_fail_closed_is_undecided_when_no_store_answers(name: str):
    outcome = everywhere_down().begin(made(name, on_outage="fail_closed"), USE)
    assert outcome == (First() if name in ASKS_NOBODY else Undecided())


def test_fail_open_goes_on_without_a_lease_when_no_store_answers(name: str):
    assert everywhere_down().begin(made(name, on_outage="fail_open"), USE) == First(lease=0)


def test_every_record_outlives_the_acceptance_window(name: str):
    stores, chosen = Stores(), made(name, retention_margin_s=60.0)
    run(chosen.register(USE), stores.answer)
    stores.begin(chosen, USE)
    writing = [call for call in stores.calls if call.operation in WRITING]
    assert all(call.keep_until_s == 90.0 for call in writing)
    assert writing or name in ASKS_NOBODY


def test_a_strategy_says_what_it_promises_and_where_it_is_used(name: str):
    kind = STRATEGIES[name]
    assert kind.name == name
    assert kind.promise
    assert kind.in_the_field
    assert kind.fails
    assert kind.costs
    assert kind.placement
    assert kind.__doc__


@pytest.mark.clause("interim-2025-01-20 clusters")
def test_replicas_without_shared_state_accept_once_each():
    first, second = Stores(), Stores()
    assert [s.present(made("per_replica"), USE) for s in (first, second, first)] == [
        First(),
        First(),
        Replay(),
    ]


def test_forgetting_before_expiry_accepts_twice():
    stores, hasty = Stores(), made("shared_atomic", retention_margin_s=-10.0)
    stores.present(hasty, USE)
    stores.now_s = 20.0
    assert stores.present(hasty, USE) == First()


@pytest.mark.clause("interim-2025-01-20 network errors")
def test_a_lost_answer_burns_the_key_under_fail_closed():
    stores, chosen = Stores(), made("shared_atomic")
    asked = chosen.begin(USE)
    stores.answer(next(asked))  # the store inserts; its answer is lost
    with pytest.raises(StopIteration) as end:
        asked.send(UNKNOWN)
    assert end.value.value == Undecided()
    assert stores.present(chosen, USE) == Replay()


def interleaved(stores: Stores, *flows: Flow[Outcome]) -> Iterator[Outcome]:
    """Each flow takes one step in turn."""
    waiting = [(flow, next(flow)) for flow in flows]
    while waiting:
        flow, effect = waiting.pop(0)
        try:
            waiting.append((flow, flow.send(stores.answer(effect))))
        except StopIteration as end:
            yield end.value


@pytest.mark.clause("interim-2025-01-20 clusters")
@pytest.mark.parametrize(
    ("name", "firsts"),
    [("shared_check_then_act", 2), ("shared_atomic", 1), ("shared_allow_list", 1)],
)
def test_two_presentations_at_once(name: str, firsts: int):
    stores, chosen = Stores(), made(name)
    run(chosen.register(USE), stores.answer)
    outcomes = list(interleaved(stores, chosen.begin(USE), chosen.begin(USE)))
    assert outcomes.count(First()) == firsts


def test_check_then_act_with_an_answer_missing_is_an_outage():
    chosen = made("shared_check_then_act")
    asked = chosen.begin(USE)
    next(asked)
    asked.send(UNKNOWN)
    with pytest.raises(StopIteration) as end:
        asked.send(ReplayStore().apply(StoreCall(SHARED, "insert", USE.key, 90.0), 0.0))
    assert end.value.value == Undecided()


def test_an_allow_list_refuses_what_was_never_registered():
    assert Stores().present(made("shared_allow_list"), USE) == Replay()


def test_an_allow_list_registers_again_until_the_store_has_answered():
    stores, chosen = Stores(down=(SHARED,)), made("shared_allow_list")
    run(chosen.register(USE), stores.answer)
    assert [call.operation for call in stores.calls] == ["add"] * 3
    stores.down.clear()
    run(chosen.register(USE), stores.answer)
    assert len(stores.calls) == 4


def test_a_registration_that_arrives_after_the_use_does_not_bring_the_key_back():
    stores, chosen = Stores(), made("shared_allow_list")
    run(chosen.register(USE), stores.answer)
    assert stores.present(chosen, USE) == First()
    run(chosen.register(USE), stores.answer)
    assert stores.present(chosen, USE) == Replay()


@pytest.mark.clause("interim-2025-01-20 eventual consistency")
def test_before_the_copy_arrives_the_other_region_accepts_once_more():
    stores = Stores()
    here, there = made("replicated_async"), made("replicated_async", "there")
    assert stores.present(here, USE) == stores.present(there, USE) == First()
    assert stores.present(here, USE) == stores.present(there, USE) == Replay()


@pytest.mark.clause("interim-2025-01-20 eventual consistency")
def test_after_the_copy_arrived_the_other_region_refuses():
    stores = Stores()
    stores.present(made("replicated_async"), USE)
    stores.settle()
    assert stores.present(made("replicated_async", "there"), USE) == Replay()


def test_a_copy_is_sent_again_until_it_is_acknowledged():
    stores = Stores(down=(regional("there"),))
    stores.present(made("replicated_async", resend_s=2.0), USE)
    ((copying, _),) = stores.background
    copy = next(copying)
    assert copy == StoreCall(regional("there"), "insert", USE.key, 90.0)
    assert copying.send(stores.answer(copy)) == Wait(2.0)
    assert next(copying) == copy
    stores.down.clear()
    with pytest.raises(StopIteration):
        copying.send(stores.answer(copy))


def test_a_copy_is_sent_for_as_long_as_the_record_must_stand():
    """A refresh token lives for days, and so does the news of it."""
    stores, later_s = Stores(down=(regional("there"),)), 3600.0
    use = USE._replace(acceptable_until_s=later_s)
    stores.present(made("replicated_async", resend_s=10.0, retention_margin_s=0.0), use)
    before = len(stores.calls)
    stores.settle()
    assert (stores.now_s, len(stores.calls) - before) == (later_s, 360)


def test_a_server_that_went_on_without_its_store_tells_the_others_all_the_same():
    stores = Stores(down=(regional("here"),))
    assert stores.present(made("replicated_async", on_outage="fail_open"), USE) == First()
    stores.settle()
    assert stores.present(made("replicated_async", "there"), USE) == Replay()


def test_a_refused_use_is_not_copied():
    stores, chosen = Stores(), made("replicated_async")
    stores.present(chosen, USE)
    stores.present(chosen, USE)
    assert len(stores.background) == 1


@pytest.mark.parametrize("name", ["reserve_commit", "idempotent_response"])
def test_between_reserve_and_commit_the_key_is_in_flight(name: str):
    stores, chosen = Stores(), made(name)
    assert stores.begin(chosen, USE) == First(lease=1)
    assert stores.begin(chosen, USE) == InFlight()


@pytest.mark.parametrize("name", ["reserve_commit", "idempotent_response"])
def test_abort_gives_the_key_back(name: str):
    stores, chosen = Stores(), made(name)
    stores.begin(chosen, USE)
    run(chosen.abort(USE, 1), stores.answer)
    assert stores.begin(chosen, USE) == First(lease=2)


@pytest.mark.parametrize(
    ("name", "second"), [("reserve_commit", Replay()), ("idempotent_response", Stored(DONE))]
)
def test_a_commit_without_an_answer_is_repeated_in_the_background(name: str, second: Outcome):
    stores, chosen = Stores(), made(name)
    lease = stores.begin(chosen, USE)
    assert isinstance(lease, First)
    stores.down.add(SHARED)
    run(chosen.complete(USE, lease.lease, DONE), stores.answer)
    stores.down.clear()
    assert stores.begin(chosen, USE) == InFlight()
    stores.settle()
    assert stores.begin(chosen, USE) == second


def test_a_lease_that_ran_out_unheard_is_renewed_no_more():
    stores, chosen = Stores(), made("reserve_commit_fenced", lease_s=9.0)
    assert isinstance(stores.begin(chosen, USE), First)
    stores.down.add(SHARED)
    stores.settle()
    assert [call.operation for call in stores.calls].count("renew") == 3
    assert stores.now_s == 9.0


def test_a_commit_that_never_arrives_frees_the_key_when_the_lease_runs_out():
    stores, chosen = Stores(), made("reserve_commit", lease_s=3.0)
    lease = stores.begin(chosen, USE)
    assert isinstance(lease, First)
    stores.down.add(SHARED)
    run(chosen.complete(USE, lease.lease, DONE), stores.answer)
    stores.settle()
    stores.down.clear()
    assert (stores.now_s, stores.begin(chosen, USE)) == (3.0, First(lease=2))


@pytest.mark.parametrize(("now_s", "second"), [(9.9, InFlight()), (10.0, First(lease=2))])
def test_work_that_outlasts_its_lease_lets_another_in(now_s: float, second: Outcome):
    stores, chosen = Stores(), made("reserve_commit", lease_s=10.0)
    stores.begin(chosen, USE)
    stores.now_s = now_s
    assert stores.begin(chosen, USE) == second


def test_a_stored_answer_is_for_the_same_fingerprint_only():
    stores, chosen = Stores(), made("idempotent_response")
    stores.present(chosen, USE)
    assert stores.present(chosen, USE) == Stored(DONE)
    assert stores.present(chosen, USE._replace(fingerprint="another")) == Replay()


@pytest.fixture
def registry() -> Iterator[dict[str, type[Strategy]]]:
    before = dict(STRATEGIES)
    yield STRATEGIES
    STRATEGIES.clear()
    STRATEGIES.update(before)


def test_a_strategy_is_registered_under_its_name(registry: dict[str, type[Strategy]]):
    class Mine(Strategy):
        name = "mine"

    assert strategy(Mine) is registry["mine"] is Mine
    assert strategy(Mine) is Mine  # a cell that is run again


@pytest.mark.parametrize("bad", ["", "my strategy", "2nd"])
def test_a_strategy_needs_a_name_that_can_be_typed(bad: str):
    with pytest.raises(ValueError, match="give it a name"):
        strategy(type("Nameless", (Strategy,), {"name": bad}))


def test_a_name_is_taken_once_even_by_a_class_that_is_called_the_same():
    pretender = type("NoCheck", (Strategy,), {"name": "no_check"})
    with pytest.raises(ValueError, match=r"'no_check' is taken"):
        strategy(pretender)


def test_a_strategy_without_begin_says_so():
    with pytest.raises(NotImplementedError, match=r"Strategy\.begin"):
        Strategy().begin(USE)
