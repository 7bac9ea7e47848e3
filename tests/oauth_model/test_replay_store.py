"""ReplayStore: every verb in every state, time, leases, and at most one grant per kept record."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.flows import OneTimeKey, StoreCall
from oauth_model.messages import Response
from oauth_model.replay import NEEDS_LEASE, TRANSITIONS, ReplayStore, State, StoreAnswer

repeatable = settings(derandomize=True, deadline=None)
KEY = OneTimeKey("access_token", "https://as.example.com", "https://payments.example.com", "t1")
#: How a store comes to know a key in each state.
HISTORY = {
    State.ABSENT: (),
    State.AVAILABLE: ("add",),
    State.RESERVED: ("reserve",),
    State.USED: ("insert",),
}


def call(verb: str, id: str = "t1", *, keep_until_s: float = 100.0, lease: int = 0) -> StoreCall:
    key = KEY._replace(id=id)
    return StoreCall("shared", verb, key, keep_until_s, lease=lease, lease_s=10.0)


def store_in(state: State) -> ReplayStore:
    store = ReplayStore()
    for verb in HISTORY[state]:
        assert store.apply(call(verb), 0.0).granted
    return store


def state_of(store: ReplayStore, now_s: float) -> State:
    return store.apply(call("look"), now_s).before


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("verb", TRANSITIONS)
def test_every_verb_in_every_state(verb: str, state: State):
    store = store_in(state)
    after, granted = TRANSITIONS[verb][state]
    answer = store.apply(call(verb, lease=1), 1.0)
    assert (answer.granted, answer.before) == (granted, state)
    assert state_of(store, 1.0) is after


@pytest.mark.parametrize("verb", TRANSITIONS)
def test_every_verb_says_what_it_does_in_every_state(verb: str):
    assert set(TRANSITIONS[verb]) == set(State)


@pytest.mark.parametrize("verb", TRANSITIONS)
@pytest.mark.parametrize("state", State)
def test_what_is_refused_changes_nothing(verb: str, state: State):
    if not TRANSITIONS[verb][state][1]:
        store = store_in(state)
        before = dict(store.records)
        store.apply(call(verb, keep_until_s=999.0, lease=1), 1.0)
        assert store.records == before


@pytest.mark.parametrize(
    ("verbs", "granted"),
    [
        ("insert insert", [True, False]),
        ("add remove remove", [True, True, False]),
        ("remove", [False]),
        ("add insert remove", [True, False, True]),
        ("reserve reserve commit reserve", [True, False, True, False]),
        ("reserve release reserve", [True, True, True]),
        ("reserve insert", [True, False]),
        ("insert commit release", [True, False, False]),
    ],
)
def test_a_story_of_one_key(verbs: str, granted: list[bool]):
    store = ReplayStore()
    assert [store.apply(call(verb, lease=1), 0.0).granted for verb in verbs.split()] == granted


@pytest.mark.parametrize(("now_s", "known"), [(99.9, True), (100.0, False), (100.1, False)])
@pytest.mark.parametrize("state", [State.AVAILABLE, State.USED])
def test_a_record_is_forgotten_from_keep_until_on(now_s: float, known: bool, state: State):
    assert (state_of(store_in(state), now_s) is state) is known


def test_a_used_key_is_granted_again_once_it_is_forgotten():
    store = store_in(State.USED)
    assert not store.apply(call("insert"), 99.9).granted
    assert store.apply(call("insert", keep_until_s=200.0), 100.0).granted
    assert not store.apply(call("insert"), 199.9).granted


@pytest.mark.parametrize(("now_s", "free"), [(9.9, False), (10.0, True), (10.1, True)])
def test_a_reservation_stands_until_its_lease_runs_out(now_s: float, free: bool):
    assert store_in(State.RESERVED).apply(call("reserve"), now_s).granted is free


def test_a_record_that_was_written_again_is_kept_as_long_as_the_new_one_says():
    store = store_in(State.RESERVED)
    store.apply(call("reserve", keep_until_s=300.0), 95.0)
    assert state_of(store, 101.0) is State.RESERVED


@pytest.mark.parametrize("verb", NEEDS_LEASE)
def test_the_holder_of_a_lapsed_lease_is_refused(verb: str):
    store = store_in(State.RESERVED)
    assert not store.apply(call(verb, lease=1), 10.0).granted


@pytest.mark.parametrize("verb", NEEDS_LEASE)
def test_a_lease_fences_off_its_predecessor(verb: str):
    store = store_in(State.RESERVED)
    second = store.apply(call("reserve"), 20.0)
    assert second.lease == 2
    assert not store.apply(call(verb, lease=1), 21.0).granted
    assert store.apply(call(verb, lease=2), 21.0).granted


@pytest.mark.parametrize("verb", NEEDS_LEASE)
def test_without_the_lease_nothing_is_committed_or_released(verb: str):
    store = store_in(State.RESERVED)
    assert not store.apply(call(verb, lease=0), 1.0).granted
    assert state_of(store, 1.0) is State.RESERVED


def test_a_refused_caller_learns_the_fingerprint_and_the_stored_response():
    store, done = ReplayStore(), Response(200, (), "done")
    first = StoreCall("shared", "reserve", KEY, 100.0, fingerprint="f", lease_s=10.0)
    lease = store.apply(first, 0.0).lease
    assert store.apply(first, 1.0) == StoreAnswer(False, State.RESERVED, 0, "f")
    store.apply(StoreCall("shared", "commit", KEY, lease=lease, response=done), 2.0)
    assert store.apply(first, 3.0) == StoreAnswer(False, State.USED, 0, "f", done, 1, 1.0)


def test_counting_says_which_use_it_is_and_how_long_after_the_first():
    store = ReplayStore()
    seen = [store.apply(call("count"), now_s) for now_s in (1.0, 2.5, 4.0)]
    assert [(a.granted, a.uses, a.used_for_s) for a in seen] == [
        (True, 1, 0.0),
        (True, 2, 1.5),
        (True, 3, 3.0),
    ]


def test_a_renewed_lease_stands_longer_and_a_late_renewal_is_refused():
    store = store_in(State.RESERVED)
    assert store.apply(call("renew", lease=1), 9.0).granted
    assert state_of(store, 18.9) is State.RESERVED
    assert not store.apply(call("renew", lease=1), 19.0).granted


@pytest.mark.parametrize("verb", ["commit", "release", "renew"])
def test_a_lease_of_a_memory_that_was_lost_is_none_of_the_next(verb: str):
    old = ReplayStore().apply(call("reserve"), 1.0)
    store = ReplayStore(since_s=2.0)
    new = store.apply(call("reserve"), 3.0)
    assert new.lease > old.lease
    assert not store.apply(call(verb, lease=old.lease), 3.0).granted
    assert store.apply(call(verb, lease=new.lease), 3.0).granted


def test_a_grant_says_for_how_long_the_record_must_stand():
    store = ReplayStore()
    keep_s = [store.apply(call("insert")._replace(keep_until_s=90.0), 20.0).keep_s for _ in "12"]
    assert keep_s == [70.0, 0.0]


def test_a_memory_says_for_how_long_it_has_been_recording():
    assert ReplayStore(since_s=2.0).apply(call("look"), 5.0).age_s == 3.0


@pytest.mark.parametrize("part", OneTimeKey._fields)
def test_keys_that_differ_in_any_part_are_different_keys(part: str):
    store = store_in(State.USED)
    other = call("insert")._replace(key=KEY._replace(**{part: "other"}))
    assert store.apply(other, 0.0).granted


def test_what_is_over_is_forgotten_when_something_new_comes():
    store = ReplayStore()
    for number in range(5):
        store.apply(call("insert", f"t{number}", keep_until_s=10.0 + number), 0.0)
    store.apply(call("insert", "late"), 12.0)
    assert len(store) == 3


def test_an_unknown_verb_is_an_error_of_the_caller():
    with pytest.raises(KeyError, match="upsert"):
        ReplayStore().apply(call("upsert"), 0.0)


#: A verb, a key, seconds since the call before, and for how long a record is kept.
CALLS = st.lists(
    st.tuples(
        st.sampled_from(list(TRANSITIONS)),
        st.sampled_from(["a", "b"]),
        st.sampled_from([0.0, 1.0, 5.0, 30.0]),
        st.sampled_from([1.0, 20.0, 60.0]),
        st.integers(0, 4),
    ),
    max_size=40,
)
Grant = tuple[float, StoreCall, StoreAnswer]


def granted(calls: Iterable[tuple[str, str, float, float, int]], verbs: set[str]) -> list[Grant]:
    """The granted calls of some verbs, each with its instant and its answer."""
    store, now_s, grants = ReplayStore(), 0.0, []
    for verb, id, pause_s, keep_s, lease in calls:
        now_s += pause_s
        asked = call(verb, id, keep_until_s=now_s + keep_s, lease=lease)
        answer = store.apply(asked, now_s)
        if answer.granted and verb in verbs:
            grants.append((now_s, asked, answer))
    return grants


@repeatable
@given(CALLS)
def test_insert_is_granted_at_most_once_while_the_record_is_kept(calls):
    kept_until_s: dict[str, float] = {}
    for now_s, asked, _ in granted(calls, {"insert"}):
        assert now_s >= kept_until_s.get(asked.key.id, now_s)
        kept_until_s[asked.key.id] = asked.keep_until_s


@repeatable
@given(CALLS)
def test_remove_is_granted_at_most_once_per_registration(calls):
    registered: dict[str, float] = {}
    for now_s, asked, _ in granted(calls, {"add", "remove"}):
        if asked.operation == "add":
            registered[asked.key.id] = asked.keep_until_s
        else:
            assert now_s < registered.pop(asked.key.id)


@repeatable
@given(CALLS)
def test_leases_rise_and_only_the_newest_commits(calls):
    newest: dict[str, int] = {}
    numbers = [0]
    for _, asked, answer in granted(calls, {"reserve", "commit", "release"}):
        if asked.operation == "reserve":
            numbers.append(answer.lease)
            newest[asked.key.id] = answer.lease
        else:
            assert asked.lease == newest.pop(asked.key.id)
    assert numbers == list(range(len(numbers)))


@repeatable
@given(CALLS)
def test_the_order_of_calls_decides_and_nothing_else(calls):
    everything = set(TRANSITIONS)
    assert granted(calls, everything) == granted(calls, everything)
