"""Memories smaller than a list of keys: what they forget, and whom they take for somebody else."""

from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.filters import CELL_BYTES, TIME_BUCKETS, CuckooFilter, SlidingBloomFilter, _Filter
from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.memories import MEMORIES, Shelf
from oauth_model.numbered import EACH, NumberedWindow, number_of
from oauth_model.replay import Memory, State
from oauth_model.strategies import Challenge, First, Replay, Settings
from tests.oauth_model.stores import Stores, made
from tests.oauth_model.test_strategies import USE

repeatable = settings(derandomize=True, deadline=None, max_examples=50)
FILTERS: dict[str, type[SlidingBloomFilter | CuckooFilter]] = {
    "sliding_bloom": SlidingBloomFilter,
    "cuckoo": CuckooFilter,
}
TRIALS = 10_000


def key(number: int) -> OneTimeKey:
    return OneTimeKey("access_token", "https://as.example.com", "rs", f"at-{number}.1")


def insert(memory: Memory, number: int, now_s: float = 0.0) -> bool:
    return memory.apply(StoreCall("local", "insert", key(number), now_s + 60.0), now_s).granted


def test_a_filter_that_leaves_a_verb_out_cannot_be_made():
    class Forgetful(SlidingBloomFilter):
        turn = _Filter.turn

    with pytest.raises(TypeError, match="abstract method turn"):
        Forgetful(10.0, 60.0, 0.01)


def test_full_and_evicting_the_oldest_is_forgotten_and_good_again():
    shelf = Shelf(Settings(capacity=2))
    call = StoreCall("local", "insert", key(1), 60.0, memory="bounded")
    granted = [shelf.apply(call._replace(key=key(n)), 0.0).granted for n in (1, 2, 3, 2, 1)]
    assert granted == [True, True, True, False, True]
    assert len(shelf) == 2


def test_full_and_refusing_no_new_key_is_taken_until_an_old_one_expires():
    memory = MEMORIES["bounded"](Settings(capacity=2, when_full="refuse"), 0.0)
    assert [insert(memory, n) for n in (1, 2, 3)] == [True, True, False]
    assert insert(memory, 3, now_s=60.0)


def test_a_bounded_replica_under_either_rule():
    outcomes = {}
    for when_full in ("evict", "refuse"):
        stores = Stores(capacity=1, when_full=when_full)
        chosen = made("bounded_per_replica", capacity=1, when_full=when_full)
        other = USE._replace(key=USE.key._replace(id="at-2.1"))
        outcomes[when_full] = [stores.present(chosen, use) for use in (USE, other, USE)]
    assert outcomes["evict"] == [First(), First(), First()]  # the first key is good again
    assert outcomes["refuse"] == [First(), Replay(), Replay()]  # the second was never used


@pytest.mark.parametrize("kind", FILTERS)
@repeatable
@given(steps=st.lists(st.tuples(st.integers(0, 30), st.floats(0, 20)), max_size=40))
def test_a_filter_never_forgets_inside_its_window(kind: str, steps: list[tuple[int, float]]):
    memory, now_s, used_s = FILTERS[kind](10.0, 60.0, 0.01), 0.0, dict[int, float]()
    for number, passed_s in steps:
        now_s += passed_s
        granted = insert(memory, number, now_s)
        if now_s - used_s.get(number, -1e9) < 60.0:
            assert not granted
        if granted:
            used_s[number] = now_s


@pytest.mark.parametrize("kind", FILTERS)
def test_a_filter_forgets_in_the_end(kind: str):
    memory = FILTERS[kind](10.0, 60.0, 0.001)
    assert [insert(memory, 1, now_s) for now_s in (0.0, 59.0, 121.0)] == [True, False, True]


def false_positives(memory: Memory, now_s: float) -> int:
    """How many of TRIALS keys that were never used a memory takes for used."""
    looks = (StoreCall("local", "look", key(-n)) for n in range(1, TRIALS + 1))
    return sum(memory.apply(look, now_s).before is State.USED for look in looks)


@pytest.mark.parametrize("rate", [0.01, 0.002])
def test_all_slices_full_a_bloom_filter_errs_nearly_twelve_times_as_often(rate: float):
    memory = SlidingBloomFilter(40.0, 55.0, rate)  # a slice is 5 s: 200 keys
    for number in range(TIME_BUCKETS * 200):
        insert(memory, number, number / 40.0)
    assert len(memory) > 0.95 * TIME_BUCKETS * 200  # the rest was taken for used
    overall = 1 - (1 - rate) ** TIME_BUCKETS
    assert false_positives(memory, 59.9) / TRIALS == pytest.approx(overall, rel=0.25)


@pytest.mark.parametrize("rate", [0.03, 0.004])
def test_a_full_cuckoo_filter_errs_at_most_as_often_as_it_was_sized_for(rate: float):
    memory = CuckooFilter(40.0, 60.0, rate)
    for number in range(4800):  # two windows: both generations are full
        insert(memory, number, number / 40.0)
    assert rate / 8 < false_positives(memory, 119.9) / TRIALS < rate


def test_a_cuckoo_filter_that_is_full_refuses_and_loses_nothing():
    memory = CuckooFilter(1.0, 10.0, 0.001)
    taken = [number for number in range(200) if insert(memory, number)]
    assert len(taken) < 200
    assert not any(insert(memory, number) for number in taken)
    assert len(memory) == len(taken)


def test_fizz_sizes_its_cells_so():
    memory = SlidingBloomFilter(1000.0, 11.0, 0.001)  # slices of 1 s
    assert memory.cells == pytest.approx(-4 * 1000 / log(1 - 0.001**0.25), rel=1e-3)
    assert memory.size_bytes() / (1000 * TIME_BUCKETS) == pytest.approx(13.6, rel=0.01)


@pytest.mark.parametrize("kind", [*FILTERS, "numbered"])
def test_what_cannot_hold_a_lease_does_not_pretend_to(kind: str):
    with pytest.raises(KeyError, match="reserve"):
        MEMORIES[kind](Settings(), 0.0).apply(StoreCall("local", "reserve", key(1)), 0.0)


@pytest.mark.parametrize("name", ["sliding_bloom", "cuckoo_filter"])
def test_a_positive_may_be_challenged_in_place_of_refused(name: str):
    chosen = made(name, on_false_positive="challenge")
    stores = Stores(on_false_positive="challenge")
    assert [stores.present(chosen, USE) for _ in range(2)] == [First(), Challenge()]


@pytest.mark.parametrize("which", [0, 1, EACH - 1])
def test_the_64th_number_behind_is_taken_once_and_the_65th_never(which: int):
    memory = MEMORIES["numbered"](Settings(window_bits=64), 0.0)
    insert(memory, 100)
    for number, taken in ((36, [True, False]), (35, [False, False])):
        late = StoreCall("local", "insert", key(0)._replace(id=f"at-{number}.{which}"), 60.0)
        assert [memory.apply(late, 0.0).granted for _ in range(2)] == taken


def test_forgotten_first_is_what_was_recorded_first_however_lately_it_was_asked_for():
    memory = MEMORIES["bounded"](Settings(capacity=2), 0.0)
    granted = [insert(memory, number) for number in (1, 2, 1, 3, 1)]
    assert granted == [True, True, False, True, True]


def test_numbers_come_late_and_in_any_order_inside_the_window():
    memory = NumberedWindow(3)
    assert [insert(memory, n) for n in (3, 1, 2, 2, 5, 1, 9, 5)] == [
        *(True, True, True, False),
        *(True, False, True, False),  # 5 is four behind 9: nobody knows whether it was used
    ]


@repeatable
@given(numbers=st.lists(st.integers(0, 40), max_size=60))
def test_no_number_is_good_twice_whatever_the_order(numbers: list[int]):
    memory = NumberedWindow(8)
    taken = [number for number in numbers if insert(memory, number)]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("id", ["t", "at-x", "at-1.16"])
def test_what_does_not_count_is_refused(id: str):
    odd = key(1)._replace(id=id)
    assert number_of(odd) is None
    assert not NumberedWindow(64).apply(StoreCall("local", "insert", odd), 0.0).granted


def test_a_window_takes_as_much_room_for_a_million_keys_as_for_one():
    memory = NumberedWindow(64)
    for number in range(1000):
        insert(memory, number)
    assert (len(memory), memory.size_bytes()) == (1, 8 + 65 * EACH // 8)
    assert SlidingBloomFilter(1.0, 11.0, 0.5).size_bytes() % CELL_BYTES == 0
