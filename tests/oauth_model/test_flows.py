"""Flows: how `run` drives one, and what a flow may rely on."""

from typing import Any

import pytest

from oauth_model.flows import UNKNOWN, Effect, Flow, Note, OneTimeKey, StoreCall, Unknown, Wait, run

KEY = OneTimeKey("access_token", "https://as.example.com", "", "t1")


def echo(*effects: Effect) -> Flow[list[Any]]:
    """Collects the answers to some effects."""
    answers: list[Any] = []
    for effect in effects:
        answers += [(yield effect)]
    return answers


def test_each_effect_is_answered_in_order():
    effects = (Wait(1.0), Note("decide", {}), StoreCall("shared", "look", KEY))
    seen: list[Effect] = []

    def answer(effect: Effect) -> int:
        seen.append(effect)
        return len(seen)

    assert run(echo(*effects), answer) == [1, 2, 3]
    assert tuple(seen) == effects


def test_a_flow_that_yields_nothing_asks_nothing():
    def never(effect: Effect) -> None:
        raise AssertionError(effect)

    assert run(echo(), never) == []


def test_what_a_flow_raises_comes_out():
    def broken() -> Flow[None]:
        yield Wait(1.0)
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        run(broken(), lambda effect: None)


def test_what_the_world_raises_comes_out_and_the_flow_does_not_go_on():
    reached: list[str] = []

    def patient() -> Flow[None]:
        yield Wait(1.0)
        reached.append("after")

    def cut(effect: Effect) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        run(patient(), cut)
    assert reached == []


def test_a_flow_inside_a_flow_hands_its_effects_through():
    def outer() -> Flow[list[Any]]:
        inner = yield from echo(Wait(1.0))
        return [*inner, (yield Wait(2.0))]

    assert run(outer(), lambda effect: effect) == [Wait(1.0), Wait(2.0)]


def test_unknown_is_one_value_and_neither_yes_nor_no():
    assert UNKNOWN is Unknown.UNKNOWN
    assert repr(UNKNOWN) == "UNKNOWN"
    assert run(echo(Wait(0.0)), lambda effect: UNKNOWN) == [UNKNOWN]


def test_the_context_tells_one_use_per_server_from_one_use_in_all():
    per_server = {KEY._replace(context=name) for name in ("https://a.example", "https://b.example")}
    assert len(per_server | {KEY}) == 3
