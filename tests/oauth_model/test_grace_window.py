"""The strategy `grace_window`: so many further uses, so many seconds after the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oauth_model.flows import UNKNOWN, OneTimeKey, StoreCall, run
from oauth_model.replay import ReplayStore
from oauth_model.strategies import STRATEGIES, Settings, Undecided, Use
from tests.oauth_model.parties import World

USE = Use(OneTimeKey("access_token", "https://as.example.com", "", "at-1"), 1000.0)


def at(store: ReplayStore, now_s: float) -> Callable[[Any], Any]:
    return lambda call: store.apply(call, now_s)


def outcomes(instants_s: list[float], **settings: Any) -> str:
    """The first letters of what `begin` says at these instants of the store's clock."""
    store, strategy = ReplayStore(), STRATEGIES["grace_window"](settings=Settings(**settings))
    said = [run(strategy.begin(USE), at(store, now_s)) for now_s in instants_s]
    return "".join(type(outcome).__name__[0] for outcome in said)


def test_without_a_grace_the_key_is_good_once():
    assert outcomes([0, 0, 1]) == "FRR"


@pytest.mark.parametrize(("uses", "said"), [(1, "FFRR"), (2, "FFFR"), (3, "FFFF")])
def test_so_many_further_uses_at_any_time(uses: int, said: str):
    assert outcomes([0, 5, 500, 999], grace_uses=uses) == said


def test_so_many_seconds_after_the_first_use_and_however_often():
    assert outcomes([3, 4, 5, 12.9, 13, 14], grace_s=10.0) == "FFFFRR"


def test_of_two_limits_the_nearer_counts():
    assert outcomes([0, 1, 2, 3], grace_s=10.0, grace_uses=2) == "FFFR"
    assert outcomes([0, 1, 11], grace_s=10.0, grace_uses=2) == "FFR"


def test_a_refused_use_does_not_begin_the_window_anew():
    assert outcomes([0, 10, 11, 12], grace_s=5.0) == "FRRR"


@pytest.mark.parametrize("retry_s", [0.3, 1.0, 2.5, 7.0])
def test_seconds_are_worth_as_many_uses_as_retries_fit(retry_s: float):
    retries = [n * retry_s for n in range(40)]
    often = sum(0 < instant < 10 for instant in retries)
    assert outcomes(retries, grace_s=10.0) == outcomes(retries, grace_uses=often)


def test_each_key_has_its_own_window():
    store, strategy = ReplayStore(), STRATEGIES["grace_window"]()
    other = USE._replace(key=USE.key._replace(id="at-2"))
    for use in (USE, other):
        said = run(strategy.begin(use), at(store, 0.0))
        assert type(said).__name__ == "First"


def test_the_record_stands_as_long_as_the_key_is_acceptable():
    strategy = STRATEGIES["grace_window"](settings=Settings(grace_uses=1, retention_margin_s=7.0))
    call = next(strategy.begin(USE))
    assert isinstance(call, StoreCall)
    assert (call.operation, call.keep_until_s) == ("count", 1007.0)


def test_without_the_store_it_fails_closed():
    said = run(STRATEGIES["grace_window"]().begin(USE), lambda call: UNKNOWN)
    assert said == Undecided()


def test_codes_and_refresh_tokens_are_good_again_under_it_too():
    world = World(strategy="grace_window")
    world.strategy.settings = Settings(grace_uses=1)
    code = world.code()
    assert [world.redeem(code).status for _ in range(3)] == [200, 200, 400]
