"""Two ways to judge a history, neither of which knows of the other, agree; and mutants of either
are noticed. What a history means is written down once more here, as a table.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice, permutations
from random import Random
from typing import NamedTuple
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.properties.histories import (
    REPEATING,
    STRICT,
    Presentation,
    Request,
    contradiction,
    specification,
)
from sim.properties.search import NEVER, Model, Opinion, search, search_by_key

KINDS = ("accepted", "rejected", "stored", "unknown")
REQUESTS: tuple[Request, ...] = ((0, "payments"), (1, "payments"))
History = list[Presentation]
Judge = Callable[[Sequence[Presentation]], bool]


def random_history(random: Random) -> History:
    """Up to six presentations, within few instants or many: ties and overlaps, or a clear order.

    Every second history is one that could have come of one use, so that legal ones are no rarity.
    """
    last_us, use = random.choice((4, 8, 30)), random.random() < 0.5
    history: History = []
    for index in range(random.randint(1, 6)):
        kind = random.choice(KINDS)
        if use:
            kind = "accepted" if index == 0 else random.choice(("rejected", "stored", "unknown"))
        call_us = random.randint(0, last_us) if index or not use else random.randint(0, 2)
        return_us = NEVER if kind == "unknown" else call_us + random.randint(0, 4)
        request = REQUESTS[0] if use and random.random() < 0.8 else random.choice(REQUESTS)
        history.append(Presentation(kind, call_us, return_us, request))
    return random.sample(history, len(history))


def histories(name: str) -> Iterable[History]:
    random = Random(crc32(name.encode()))
    while True:
        yield random_history(random)


def closed_form(history: Sequence[Presentation]) -> bool:
    return contradiction(history) is None


def closed_form_of_strict(history: Sequence[Presentation]) -> bool:
    return closed_form(history) and all(p.kind != "stored" for p in history)


def by_search(model: Model[Presentation, Request | None]) -> Judge:
    return lambda history: search(history, model).explained is True


def disagreements(one: Judge, other: Judge, name: str, count: int) -> int:
    return sum(one(history) != other(history) for history in islice(histories(name), count))


@pytest.mark.slow
def test_the_closed_form_and_the_search_agree_on_50_000_histories():
    judge, legal = by_search(REPEATING), 0
    for history in islice(histories("50 000 histories"), 50_000):
        expected = closed_form(history)
        assert judge(history) is expected, history
        legal += expected
    assert 10_000 <= legal <= 40_000  # both answers were given often


@pytest.mark.slow
def test_they_agree_on_strict_single_use_as_well():
    judge, legal = by_search(STRICT), 0
    for history in islice(histories("strict"), 10_000):
        kept = [p for p in history if p.kind != "stored" or p.call_us % 3 == 0]
        assert judge(kept) is closed_form_of_strict(kept), kept
        legal += judge(kept)
    assert 2_000 <= legal <= 8_000


OPERATIONS = st.builds(
    lambda kind, call_us, lasts_us, request: Presentation(
        kind, call_us, NEVER if kind == "unknown" else call_us + lasts_us, request
    ),
    st.sampled_from(KINDS),
    st.integers(0, 8),
    st.integers(0, 4),
    st.sampled_from(REQUESTS),
)


@settings(max_examples=200)
@given(st.lists(OPERATIONS, max_size=6))
def test_they_agree_on_whatever_hypothesis_thinks_of(history):
    assert closed_form(history) is by_search(REPEATING)(history)


@given(st.lists(OPERATIONS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_a_history_is_written_down_does_not_matter(history, random):
    shuffled = random.sample(history, len(history))
    assert closed_form(shuffled) is closed_form(history)
    assert by_search(REPEATING)(shuffled) is by_search(REPEATING)(history)


@settings(max_examples=100)
@given(st.lists(OPERATIONS, max_size=4))
def test_the_search_finds_what_trying_every_order_finds(history):
    assert by_search(REPEATING)(history) is some_order_explains(history)


def some_order_explains(history: History) -> bool:
    """Every order of every choice of what of the unknown happened, by the definition."""
    return any(
        {p for p in history if p.kind != "unknown"} <= set(order)
        and in_real_time(order)
        and legal(order)
        for count in range(len(history) + 1)
        for order in permutations(history, count)
        if all(order.count(p) == history.count(p) for p in order if p.kind != "unknown")
    )


def in_real_time(order: Sequence[Presentation]) -> bool:
    pairs = ((a, b) for i, a in enumerate(order) for b in order[i + 1 :])
    return all(a.call_us <= b.return_us for a, b in pairs)


def legal(order: Sequence[Presentation]) -> bool:
    used_by: Request | None = None
    for p in order:
        if not {"accepted": used_by is None, "rejected": used_by is not None}.get(p.kind, True):
            return False
        if p.kind == "stored" and p.request != used_by:
            return False
        used_by = used_by or p.request
    return True


# what is broken on purpose is found


def rewritten(rewrite: Callable[[Presentation], Presentation | None]) -> Judge:
    """The closed form on histories that a mistake has changed before."""

    def judge(history: Sequence[Presentation]) -> bool:
        return closed_form([new for p in history if (new := rewrite(p)) is not None])

    return judge


CLOSED_FORM_MUTANTS: dict[str, Judge] = {
    "intervals that touch do not overlap": rewritten(lambda p: p._replace(call_us=p.call_us + 1)),
    "an unknown one never happened": rewritten(lambda p: None if p.kind == "unknown" else p),
    "an unknown one did happen": rewritten(
        lambda p: p._replace(kind="accepted") if p.kind == "unknown" else p
    ),
    "every request is the same": rewritten(lambda p: p._replace(request=REQUESTS[0])),
    "a stored answer is a refusal": rewritten(
        lambda p: p._replace(kind="rejected") if p.kind == "stored" else p
    ),
    "two acceptances are one": lambda history: closed_form(
        list({p.kind: p for p in history}.values())
    ),
}


@pytest.mark.parametrize("name", CLOSED_FORM_MUTANTS)
def test_a_mutant_of_the_closed_form_is_noticed(name):
    mutant = CLOSED_FORM_MUTANTS[name]
    assert disagreements(mutant, by_search(REPEATING), f"mutant {name}", 1_000) > 5


def broken(
    kind: str, after: Callable[[Presentation, Request | None], list[Request | None]]
) -> Judge:
    """The search with another rule for this kind of presentation."""

    def step(said: Presentation, used_by: Request | None) -> Iterable[Request | None]:
        return after(said, used_by) if said.kind == kind else REPEATING.step(said, used_by)

    return by_search(Model(None, step))


MODEL_MUTANTS: dict[str, Judge] = {
    "accepts twice": broken("accepted", lambda p, used: [p.request]),
    "refuses for no reason": broken("rejected", lambda p, used: [used]),
    "answers any request from store": broken("stored", lambda p, used: [used] if used else []),
    "an unknown one has no effect": broken("unknown", lambda p, used: [used]),
    "the last request counts": broken("unknown", lambda p, used: [p.request]),
}


@pytest.mark.parametrize("name", MODEL_MUTANTS)
def test_a_mutant_of_the_specification_is_noticed(name):
    mutant = MODEL_MUTANTS[name]
    assert disagreements(closed_form, mutant, f"mutant {name}", 1_000) > 5


# the search itself, with specifications of other objects


class Call(NamedTuple):
    """An operation on a register: `put` or `get`, and the value."""

    verb: str
    value: int
    call_us: int
    return_us: int
    key: str = "x"


def register(call: Call, value: int) -> list[int]:
    return [call.value] if call.verb == "put" else [value] if call.value == value else []


REGISTER: Model[Call, int] = Model(0, register)


def explained(*history: Call) -> bool | None:
    return search(history, REGISTER).explained


def test_no_operation_needs_no_order():
    assert search([], REGISTER) == Opinion(True, 0)


def test_a_stale_read_after_a_write_was_over_has_no_order():
    assert explained(Call("put", 1, 0, 10), Call("get", 0, 11, 20)) is False
    assert explained(Call("put", 1, 0, 10), Call("get", 0, 10, 20)) is True


def test_a_pending_write_may_have_happened_or_not():
    pending = Call("put", 1, 0, NEVER)
    assert explained(pending, Call("get", 0, 50, 60)) is True
    assert explained(pending, Call("get", 1, 50, 60)) is True
    assert explained(pending, Call("get", 1, 50, 60), Call("get", 0, 70, 80)) is False


def test_a_pending_operation_that_no_state_allows_never_happened():
    assert explained(Call("put", 1, 0, 10), Call("get", 7, 0, NEVER)) is True
    assert explained(Call("put", 1, 0, 10), Call("get", 7, 0, 20)) is False


def test_a_pending_write_cannot_be_read_before_it_was_sent():
    assert explained(Call("put", 1, 70, NEVER), Call("get", 1, 50, 60)) is False


def test_each_key_is_an_object_of_its_own():
    both = Call("put", 1, 0, 10, "x"), Call("get", 0, 20, 30, "y")
    assert search(both, REGISTER).explained is False
    assert search_by_key(both, lambda call: call.key, REGISTER).explained is True


def test_what_is_given_up_is_unknown_and_one_contradiction_outranks_it():
    at_once = [Call("put", i, 0, 10) for i in range(8)] + [Call("get", 9, 5, 10)]
    assert search(at_once, REGISTER, most_steps=100) == Opinion(None, 100)
    stale = [Call("put", 1, 0, 1, "y"), Call("get", 0, 5, 6, "y")]
    assert search_by_key(at_once, lambda c: c.key, REGISTER, 100).explained is None
    assert search_by_key(at_once + stale, lambda c: c.key, REGISTER, 100).explained is False


def test_what_was_looked_at_is_not_looked_at_again():
    """Nine writes at once have 9! orders; what was done and the last value are 9 · 2⁸ at most."""
    at_once = [Call("put", i, 0, 10) for i in range(9)] + [Call("get", 99, 5, 10)]
    opinion = search(at_once, REGISTER)
    assert opinion.explained is False
    assert opinion.steps < 10 * (9 * 2**8 + 1)


def test_a_step_may_lead_to_several_states():
    coin: Model[Call, int] = Model(
        0, lambda call, v: [1, 2] if call.verb == "put" else register(call, v)
    )
    assert all(
        search([Call("put", 0, 0, 1), Call("get", side, 2, 3)], coin).explained is (side > 0)
        for side in (0, 1, 2)
    )


def test_a_history_with_a_stored_answer_is_asked_for_the_specification_that_allows_it():
    use, again = Presentation("accepted", 0, 1), Presentation("stored", 2, 3)
    assert specification([use]) is STRICT
    assert specification([use, again]) is REPEATING
    assert by_search(REPEATING)([use, again]) is True
    assert by_search(STRICT)([use, again]) is False
