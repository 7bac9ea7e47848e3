"""An exploration says nothing when what it is about never came up, and only then."""

from __future__ import annotations

import pytest

from sim.commands.explorations import advice
from sim.exploration import Bounds, Exploration, explore
from sim.exploration.answers import AGAIN, TWICE
from tests.exploration.one_payment import ONCE, story

STILL = Bounds(landmarks=0)
INTENTION = "at_most_one_effect_per_intention"
FRESH = "fresh_token_same_idempotency_key"


def answer(asked: str, **client: object) -> Exploration:
    """What is said of a story in which one server decides alone."""
    fields = {f"client__{name}": value for name, value in client.items()}
    return explore(story("in_transaction", servers__0__replicas=["eu"], **fields), [asked], STILL)


def test_a_retry_with_a_fresh_token_is_what_one_effect_per_intention_is_about():
    found = answer(INTENTION, retry_with=FRESH)
    assert (found.holds, found.missing) == (True, ())


def test_a_token_that_no_retry_carries_is_not_shown_to_be_good_once():
    found = answer(ONCE, retry_with=FRESH)
    assert (found.holds, found.missing) == (None, (TWICE,))
    assert "try again with the same one" in advice(found)
    assert "--set client.retry_with=same_token" in advice(found)


@pytest.mark.parametrize(("asked", "missing"), [(ONCE, TWICE), (INTENTION, AGAIN)])
def test_without_retries_neither_is_shown(asked: str, missing: str):
    found = answer(asked, retry="none")
    assert (found.holds, found.missing) == (None, (missing,))
    assert f"did it happen that {missing}" in str(found)
    assert advice(found).startswith("→ no")
    assert "--set client.retry=immediate" in advice(found)
