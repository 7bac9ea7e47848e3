"""The proof on toy graphs whose orders can be counted by hand."""

from __future__ import annotations

from math import comb, factorial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.exploration.proof import Proof
from sim.exploration.search import Search
from tests.exploration.toys import Toy
from tests.exploration.worlds import keys


def proof(toy: Any) -> list[list[str]]:
    """The runs of a proof."""
    return [keys(run)[1:] for run in Proof(toy).runs() if not run.env.blocked]


def ends(toy: Any) -> set[int]:
    """The states in which a search ends."""
    found = set[int]()
    search = Search(toy)
    for _ in search.levels(
        lambda run: None if run.env._enabled() else found.add(run.env.history.state)
    ):
        pass
    return found


def flat(*places: str) -> Toy:
    """Events that are all there from the start."""
    names = [f"e{number}" for number in range(len(places))]
    graph: dict[str, Any] = {name: (where, []) for name, where in zip(names, places, strict=True)}
    return Toy({"start": ("", names)} | graph)


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_of_independent_events_one_order_is_enough(count):
    assert len(proof(flat(*(f"place {n}" for n in range(count))))) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_events_that_touch_the_same_come_in_every_order(count):
    runs = proof(flat(*["same"] * count))
    assert len(runs) == len({tuple(run) for run in runs}) == factorial(count)


def test_orders_of_places_that_have_nothing_in_common_multiply():
    assert len(proof(flat("a", "a", "b", "b", "b"))) == factorial(2) * factorial(3)


@pytest.mark.parametrize(("long", "short"), [(1, 1), (2, 2), (3, 2)])
def test_two_chains_at_one_place_are_interleaved_in_every_way(long, short):
    chains = {
        f"{which}{n}": ("a", [f"{which}{n + 1}"] if n + 1 < length else [])
        for which, length in (("x", long), ("y", short))
        for n in range(length)
    }
    assert len(proof(Toy({"start": ("", ["x0", "y0"])} | chains))) == comb(long + short, short)


def test_a_fault_comes_at_every_moment_of_independent_steps_or_never():
    toy = Toy({"start": ("", ["a", "b"]), "a": ("a", []), "b": ("b", [])}, faults=["fault"])
    befores = {frozenset(run[: run.index("fault")]) for run in proof(toy) if "fault" in run}
    # After the last step there is nothing left that a fault could change.
    assert befores == {frozenset(), frozenset("a"), frozenset("b")}


def test_of_timers_that_one_step_armed_the_shorter_rings_first():
    toy = Toy({"start": ("", ["long", "short"]), "long": ("a", []), "short": ("a", [])})
    toy.timers = {"long": 1000, "short": 200}
    assert proof(toy) == [["short", "long"]]


def test_of_timers_that_independent_steps_armed_either_rings_first():
    graph = {
        "a": ("a", ["bell"]),
        "b": ("b", ["gong"]),
        "bell": ("tower", []),
        "gong": ("tower", []),
    }
    toy = Toy({"start": ("", ["a", "b"])} | graph, {"bell": 400, "gong": 400})
    assert {tuple(run[-2:]) for run in proof(toy)} == {("bell", "gong"), ("gong", "bell")}


def test_a_run_that_comes_to_nothing_new_is_counted_apart():
    runs = Proof(flat("a", "a", "b"))  # type: ignore[arg-type]
    ended = [run for run in runs.runs() if not run.env.blocked]
    assert (len(ended), runs.exhausted) == (2, True)


def test_until_all_has_been_asked_for_the_space_is_not_exhausted():
    runs = Proof(flat("a", "a"))  # type: ignore[arg-type]
    next(runs.runs())
    assert not runs.exhausted


PLACES = st.lists(st.sampled_from("abc"), min_size=1, max_size=3)


@st.composite
def graphs(draw):
    """Events that bring one another, at three places, with timers and at most one fault."""
    count = draw(st.integers(2, 6))
    names = [f"e{n}" for n in range(count)]
    brought: dict[str, list[str]] = {name: [] for name in ["start", *names]}
    for n, name in enumerate(names):
        brought[draw(st.sampled_from(["start", *names[:n]]))].append(name)
    graph = {"start": ("", brought["start"] or names[:1])}
    graph |= {name: (draw(st.sampled_from("abc")), brought[name]) for name in names}
    timers = {name: draw(st.sampled_from([200, 1000])) for name in names if draw(st.booleans())}
    return Toy(graph, timers, ["fault"] if count < 5 and draw(st.booleans()) else [])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs())
def test_the_proof_ends_where_the_search_ends_each_in_a_run_of_its_own(toy):
    states = [run.env.history.state for run in Proof(toy).runs() if not run.env.blocked]
    assert set(states) == ends(toy)
    assert len(states) == len(set(states))
