import json
import pickle
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics import DEFINITIONS, Tally
from sim.rates import ONE_TIME, RATES
from sim.trace import DECISIONS, Row
from tests.analysis.rows import (
    accepted,
    compensated,
    consumed,
    effect,
    ended,
    issue,
    lost,
    refused,
    respond,
    stored,
    story,
    total,
)


def tally(*parts: Row | Iterable[Row]) -> Tally:
    folded = Tally()
    for row in story(*parts):
        folded(row)
    return folded


def measured(name: str, *parts: Row | Iterable[Row]) -> tuple[int | None, int]:
    """The rate as (hits, n): what the value is made of."""
    measure = tally(*parts).measures()[name]
    n = measure["n"]
    return (round(measure["value"] * n), n) if n else (None, 0)


THIEF: dict[str, Any] = {"actor": "thief"}
US: dict[str, Any] = {"node": "payments-us-1"}


def test_the_metrics_object_has_the_promised_names():
    names = {
        *("double_accept_rate", "first_use_reject_rate", "retry_reject_rate", "burned_rate"),
        *("consumed_unknown_rate", "duplicate_effect_per_token_rate", "theft_rate"),
        *("duplicate_effect_per_intention_rate", "stored_answer_to_thief_rate", "availability"),
        *("latency_ms", "added_latency_ms", "messages_per_use", "store_peak_entries"),
        *("store_peak_bytes", "certification"),
        *("thief_before_rate", "thief_after_rate", "family_revoke_rate", "compensated_rate"),
        *("no_effect_per_token_rate", "no_effect_per_intention_rate", "exposure_ms"),
        *("detection_ms", "store_operations_per_use"),
    }
    of_each = ("double_accept_rate", "first_use_reject_rate", "burned_rate")
    names |= {f"{kind}_{rate}" for kind in ONE_TIME for rate in of_each}
    assert set(Tally().measures()) == set(DEFINITIONS) == names


@pytest.mark.parametrize("name", RATES)
def test_a_rate_of_nothing_is_null_between_zero_and_one(name):
    assert Tally().measures()[name] == {"value": None, "ci95": [0.0, 1.0], "n": 0}


def test_the_metrics_object_is_json():
    measures = tally(issue(), accepted(20), ended(30), total()).measures({"plus_0_s": True})
    assert json.loads(json.dumps(measures)) == measures
    assert measures["certification"] == {"plus_0_s": True}


# double_accept_rate


def test_two_acceptances_of_a_single_use_token_are_a_double_accept():
    again = accepted(50, attempt=1, **US)
    assert measured("double_accept_rate", issue(), accepted(20), again) == (1, 1)


def test_three_acceptances_of_one_token_count_once():
    again = [*accepted(50, attempt=1, **US), *accepted(60, attempt=2, **US)]
    rows = issue(), accepted(20), again, issue(1), accepted(20, intention=1)
    assert measured("double_accept_rate", *rows) == (1, 2)


def test_an_ordinary_token_may_be_accepted_twice():
    rows = issue(use=""), accepted(20), accepted(50, attempt=1)
    assert measured("double_accept_rate", *rows) == (None, 0)


def test_a_stored_answer_is_no_acceptance():
    assert measured("double_accept_rate", issue(), lost(20), stored(140, attempt=1)) == (0, 1)


@pytest.mark.parametrize(("per", "hits"), [("server", 0), ("token", 1)])
def test_a_token_for_one_use_at_each_of_two_servers_is_good_at_both(per, hits):
    rows = issue(one_use_per=per), accepted(20), accepted(50, server="email")
    assert measured("double_accept_rate", *rows) == (hits, 1)
    assert measured("duplicate_effect_per_token_rate", *rows) == (hits, 1)


def test_a_token_for_one_use_at_each_server_is_no_better_at_one_of_them():
    again = accepted(50, server="email"), accepted(80, **US)
    rows = issue(one_use_per="server"), accepted(20), *again
    assert measured("double_accept_rate", *rows) == (1, 1)
    assert measured("duplicate_effect_per_token_rate", *rows) == (1, 1)


def test_one_use_at_each_server_is_known_of_a_token_from_the_warm_up():
    warm_up = Row(10_000, "warm_up", detail={"first": 0})
    rows = issue(one_use_per="server"), warm_up, accepted(20), accepted(50, server="email")
    assert measured("double_accept_rate", *rows) == (0, 1)


def test_a_compensated_token_accepted_a_third_time_is_detected_once():
    twice = accepted(20), accepted(50, attempt=1), compensated(60)
    rows = issue(), *twice, accepted(70, attempt=2), compensated(90)
    assert list(tally(*rows).detection.values_us) == [10_000]


def test_a_token_that_nobody_presented_does_not_count():
    assert measured("double_accept_rate", issue(), accepted(20), issue(1)) == (0, 1)


# first_use_reject_rate


def test_an_honest_first_use_refused_without_a_reason_counts():
    assert measured("first_use_reject_rate", issue(), refused(20)) == (1, 1)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(503, "undecided"), (409, "in_flight"), (401, "challenge"), (200, "first"), (409, "")],
)
def test_only_a_definite_refusal_rejects_a_first_use(status, outcome):
    assert measured("first_use_reject_rate", issue(), respond(20, status, outcome)) == (0, 1)


COME_AGAIN = [
    "use_dpop_nonce",
    "insufficient_user_authentication",
    "insufficient_authorization",
    "transaction_authorization_required",
]


@pytest.mark.parametrize("error", COME_AGAIN)
def test_to_be_told_what_to_come_again_with_is_no_rejection(error):
    told = respond(20, 401, "", error=error)
    assert measured("first_use_reject_rate", issue(), told) == (0, 1)
    assert measured("first_use_reject_rate", issue(), told, accepted(50, attempt=1)) == (0, 1)
    assert measured("first_use_reject_rate", issue(), told, refused(50, attempt=1)) == (1, 1)


@pytest.mark.parametrize("error", COME_AGAIN)
def test_to_be_told_so_when_a_check_has_used_the_token_up_is_one(error):
    told = respond(20, 401, "first", error=error)
    assert measured("first_use_reject_rate", issue(), told) == (1, 1)


@pytest.mark.parametrize(
    ("status", "outcome"), [(503, "undecided"), (409, "in_flight"), (401, "challenge")]
)
def test_a_user_who_is_put_off_and_then_refused_was_refused_at_the_first_use(status, outcome):
    rows = issue(), respond(20, status, outcome), refused(50, attempt=1)
    assert measured("first_use_reject_rate", *rows) == (1, 1)


def test_a_user_who_is_put_off_and_then_served_was_not():
    rows = issue(), respond(20, 503, "undecided"), accepted(50, attempt=1), refused(80, attempt=2)
    assert measured("first_use_reject_rate", *rows) == (0, 1)


@pytest.mark.parametrize(("recorded_ms", "rejected"), [(15, 0), (60, 1)])
def test_a_record_in_a_store_is_a_reason_to_refuse_what_comes_after_it(recorded_ms, rejected):
    """The token is burned then: its use was recorded, and nobody had it."""
    undecided = consumed(recorded_ms), respond(20, 503, "undecided")
    rows = issue(), *undecided, refused(50, attempt=1)
    assert measured("first_use_reject_rate", *rows) == (rejected, 1)


@pytest.mark.parametrize(("received_ms", "rejected"), [(15, 0), (25, 1)])
def test_an_effect_whose_server_dies_is_a_reason_if_it_was_asked_for_before(received_ms, rejected):
    late = effect(40, received_ms=received_ms, **THIEF)
    assert measured("first_use_reject_rate", issue(), refused(20), late) == (rejected, 1)


def test_a_use_at_another_server_is_no_reason_where_the_token_is_for_one_at_each():
    rows = issue(one_use_per="server"), accepted(20, **THIEF), refused(50, server="email")
    assert measured("first_use_reject_rate", *rows) == (1, 1)


def test_a_forbidden_first_use_is_refused_too():
    assert measured("first_use_reject_rate", issue(), respond(20, 403, "first")) == (1, 1)


def test_a_first_use_after_a_thiefs_is_refused_for_a_reason():
    rows = issue(), accepted(20, **THIEF), refused(50)
    assert measured("first_use_reject_rate", *rows) == (0, 1)


def test_an_effect_without_an_answer_is_a_reason():
    assert measured("first_use_reject_rate", issue(), effect(20, **THIEF), refused(50)) == (0, 1)


def test_a_use_that_is_still_being_handled_is_a_reason():
    """The other presentation reached a server before this refusal, and was accepted after it."""
    slow = respond(60, 200, "first", attempt=1, received_ms=15)
    rows = issue(), respond(40, 401, "replay", received_ms=10), effect(55, attempt=1), slow
    assert measured("first_use_reject_rate", *rows) == (0, 1)


def test_a_use_that_came_only_later_is_no_reason():
    rows = issue(), refused(20), respond(60, 200, "first", attempt=1, received_ms=30)
    assert measured("first_use_reject_rate", *rows) == (1, 1)


def test_the_first_presentation_is_the_first_to_arrive_not_the_first_to_be_answered():
    late = respond(25, 401, "replay", attempt=1, received_ms=20)
    first = respond(60, 200, "first", received_ms=10)
    assert measured("first_use_reject_rate", issue(), late, effect(55), first) == (0, 1)


def test_a_refused_retry_is_no_refused_first_use():
    rows = issue(), lost(20), refused(140, attempt=1)
    assert measured("first_use_reject_rate", *rows) == (0, 1)


def test_the_first_use_of_a_fresh_token_is_not_the_intentions_first():
    rows = issue(), lost(20), issue(token="at-0.2"), refused(140, attempt=1, token="at-0.2")
    assert measured("first_use_reject_rate", *rows) == (0, 1)


# retry_reject_rate


def test_a_retry_told_invalid_token_after_the_effect_counts():
    assert measured("retry_reject_rate", issue(), lost(20), refused(140, attempt=1)) == (1, 1)


def test_a_retry_answered_from_store_is_not_refused():
    assert measured("retry_reject_rate", issue(), lost(20), stored(140, attempt=1)) == (0, 1)


def test_a_retry_that_arrives_before_the_first_presentation_is_not_refused_as_one():
    """Attempt 1 overtakes attempt 0 and has its effect; what comes late is the original."""
    rows = issue(), accepted(20, attempt=1), refused(50, attempt=0)
    assert measured("retry_reject_rate", *rows) == (None, 0)


def test_a_retry_that_arrived_before_the_effect_is_no_retry_after_it():
    early = respond(30, 401, "replay", attempt=1, received_ms=5)
    assert measured("retry_reject_rate", issue(), lost(20), early) == (None, 0)


def test_a_thiefs_effect_makes_no_retry():
    rows = issue(), accepted(20, **THIEF), refused(50, attempt=1)
    assert measured("retry_reject_rate", *rows) == (None, 0)


def test_an_honest_effect_after_a_thiefs_makes_the_next_presentation_a_retry():
    rows = issue(), accepted(20, **THIEF), lost(50, attempt=1), refused(200, attempt=2)
    assert measured("retry_reject_rate", *rows) == (1, 1)


def test_a_call_to_another_server_is_no_retry():
    elsewhere = refused(50, attempt=1, server="email")
    assert measured("retry_reject_rate", issue(), accepted(20), elsewhere) == (None, 0)


def test_another_request_with_the_same_token_is_no_retry():
    """One tab pays; the other, which found the payment's token in the wallet, wants the list."""
    other_tab = refused(50, attempt=1, operation="GET /payments")
    assert measured("retry_reject_rate", issue(), accepted(20), other_tab) == (None, 0)


def test_a_retry_answered_while_the_first_use_is_still_at_work_is_a_retry():
    """Its effect is there, its answer is not: by which request it came, no row says yet."""
    slow = effect(20), respond(90, 200, "first", received_ms=10)
    rows = issue(), slow, respond(40, 401, "replay", attempt=1, received_ms=30)
    assert measured("retry_reject_rate", *rows) == (1, 1)


# burned_rate


@pytest.mark.parametrize("outcome", ["replay", "undecided"])
def test_a_token_that_was_consumed_and_never_had_an_effect_is_burned(outcome):
    rows = issue(), consumed(15), respond(20, 503, outcome)
    assert measured("burned_rate", *rows) == (1, 1)


@pytest.mark.parametrize("outcome", ["", "in_flight", "challenge", "undecided"])
def test_an_answer_without_a_record_in_any_store_burns_nothing(outcome):
    """Undecided because the request to the store was lost: the token is as good as before."""
    assert measured("burned_rate", issue(), respond(20, 401, outcome)) == (0, 1)


def test_a_later_effect_unburns():
    undecided = consumed(15), respond(20, 503, "undecided")
    assert measured("burned_rate", issue(), *undecided, accepted(50, attempt=1)) == (0, 1)


def test_an_effect_that_was_already_recorded_burns_nothing():
    """A fresh token with the same idempotency key: accepted, though its own effect was not due."""
    second = consumed(45, token="at-0.2"), effect(50, token="at-0.2", executed=False)
    answer = respond(50, 200, "first", token="at-0.2")
    rows = issue(), accepted(20), issue(token="at-0.2"), [*second, answer]
    assert measured("burned_rate", *rows) == (0, 2)


# consumed_unknown_rate, duplicate effects, availability


@pytest.mark.parametrize(("kind", "hits"), [("unknown", 1), ("refused", 1), ("served", 0)])
def test_consumed_unknown_is_an_own_effect_the_client_was_not_served_for(kind, hits):
    assert measured("consumed_unknown_rate", issue(), lost(20), ended(200, kind)) == (hits, 1)


def test_a_thiefs_effect_is_not_the_clients_own():
    rows = issue(), accepted(20, **THIEF), refused(50), ended(70, "refused")
    assert measured("consumed_unknown_rate", *rows) == (0, 1)


def test_an_effect_that_comes_after_the_client_gave_up_is_consumed_unknown():
    assert measured("consumed_unknown_rate", issue(), ended(20, "unknown"), effect(90)) == (1, 1)


def test_two_effects_by_one_token_are_duplicates_for_token_and_intention():
    rows = issue(), accepted(20), accepted(50, attempt=1, **US), ended(60)
    assert measured("duplicate_effect_per_token_rate", *rows) == (1, 1)
    assert measured("duplicate_effect_per_intention_rate", *rows) == (1, 1)


def test_two_effects_by_two_tokens_are_duplicates_for_the_intention_only():
    fresh = issue(token="at-0.2"), *accepted(150, attempt=1, token="at-0.2")
    rows = issue(), lost(20), fresh, ended(160)
    assert measured("duplicate_effect_per_token_rate", *rows) == (0, 2)
    assert measured("duplicate_effect_per_intention_rate", *rows) == (1, 1)


def test_a_thiefs_replay_charges_the_user_twice():
    rows = issue(), accepted(20), accepted(50, **THIEF, **US), ended(60)
    assert measured("duplicate_effect_per_intention_rate", *rows) == (1, 1)


def test_an_effect_that_was_not_executed_is_none():
    rows = issue(), accepted(20), effect(50, executed=False, consumed_before=True), ended(60)
    assert measured("duplicate_effect_per_intention_rate", *rows) == (0, 1)


def test_one_effect_at_each_of_two_servers_is_no_duplicate():
    rows = issue(use=""), accepted(20), accepted(50, server="email"), ended(60)
    assert measured("duplicate_effect_per_intention_rate", *rows) == (0, 1)


def test_availability_is_the_share_of_intentions_served():
    kinds = ["served", "refused", "unknown", "served"]
    rows = [ended(10, kind, intention=i) for i, kind in enumerate(kinds)]
    assert measured("availability", rows) == (2, 4)


def test_an_intention_that_only_the_end_of_the_run_cut_off_has_not_ended():
    cut = issue(1), lost(20, intention=1), ended(60, "unknown", intention=1, cut_off=True)
    rows = issue(), accepted(20), ended(40), *cut
    assert measured("availability", *rows) == (1, 1)
    assert measured("consumed_unknown_rate", *rows) == (0, 1)
    assert tally(*rows).measures()["latency_ms"]["mean"]["n"] == 1


# no effect at all


def test_a_token_and_an_intention_without_an_effect_are_counted():
    other = issue(1), *accepted(20, intention=1), ended(40, intention=1)
    rows = issue(), refused(20), ended(40, "refused"), other
    assert measured("no_effect_per_token_rate", *rows) == (1, 2)
    assert measured("no_effect_per_intention_rate", *rows) == (1, 2)


def test_what_only_reads_is_an_effect_too():
    read = effect(20, operation="GET /payments"), ended(40)
    assert measured("no_effect_per_intention_rate", *read) == (0, 1)


# theft


@pytest.mark.parametrize(
    ("rows", "before", "after"),
    [
        ([accepted(20, **THIEF), refused(50)], 1, 0),
        ([accepted(20), accepted(50, **THIEF, **US)], 0, 1),
        ([accepted(20, **THIEF), accepted(50, **US), accepted(80, **THIEF)], 1, 1),
        ([accepted(20, **THIEF), accepted(80, **THIEF, **US)], 1, 0),
        ([accepted(20), refused(50, **THIEF)], 0, 0),
        ([accepted(20), stored(50, **THIEF)], 0, 0),
        ([refused(10), accepted(20, **THIEF)], 1, 0),
    ],
)
def test_whether_a_thief_was_accepted_before_or_after_the_client(rows, before, after):
    assert measured("thief_before_rate", issue(), *rows) == (before, 1)
    assert measured("thief_after_rate", issue(), *rows) == (after, 1)


def test_theft_is_an_effect_for_somebody_else():
    assert measured("theft_rate", issue(), accepted(20, **THIEF)) == (1, 1)
    assert measured("theft_rate", issue(use=""), accepted(20, actor="voip")) == (1, 1)


def test_a_refused_thief_has_stolen_a_token_and_no_effect():
    rows = issue(), accepted(20), refused(50, **THIEF)
    assert measured("theft_rate", *rows) == (0, 1)


def test_a_token_that_nobody_stole_is_not_in_the_theft_rate():
    assert measured("theft_rate", issue(), accepted(20)) == (None, 0)


def test_a_stored_answer_to_a_thief_counts_once_per_token():
    rows = issue(), accepted(20), stored(50, **THIEF), stored(70, attempt=1, **THIEF)
    assert measured("stored_answer_to_thief_rate", *rows) == (1, 1)
    assert measured("theft_rate", *rows) == (0, 1)


def test_a_stored_answer_to_the_client_is_none_to_a_thief():
    rows = issue(), lost(20), stored(140, attempt=1), refused(160, **THIEF)
    assert measured("stored_answer_to_thief_rate", *rows) == (0, 1)


# latency, messages, stores


def test_latency_is_that_of_intentions_served():
    rows = [ended(10, intention=i, latency_ms=10 * i) for i in range(1, 6)]
    latency = tally(rows, ended(10, "refused", latency_ms=9999)).measures()["latency_ms"]
    assert (latency["p50"]["value"], latency["p50"]["n"]) == (30.0, 5)
    assert latency["p99"]["value"] == 50.0


def test_added_latency_is_that_of_answers_that_a_check_decided():
    decided = respond(20, 200, "first", received_ms=16)
    added = tally(decided, respond(90, 200, "", received_ms=10)).measures()["added_latency_ms"]
    assert (added["p50"]["value"], added["p50"]["n"]) == (4.0, 1)


def test_added_latency_is_also_that_of_what_the_as_was_asked_about():
    """No check of the server's own: it waited for somebody, or believed what it had been told."""
    waited = respond(30, 401, "", received_ms=20)
    believed = respond(40, 200, "", received_ms=40, attempt=1)
    added = tally(issue(), waited, believed).measures()["added_latency_ms"]
    assert (added["mean"]["value"], added["mean"]["n"]) == (5.0, 2)


@pytest.mark.parametrize("use", ["single", ""])
def test_what_is_refused_at_once_or_is_no_single_use_token_adds_no_latency(use):
    at_once = respond(20, 401, "", received_ms=20)
    waited = [] if use else [respond(50, 200, "", received_ms=20)]
    found = tally(issue(use=use), at_once, *waited).measures()
    assert found["added_latency_ms"]["mean"]["n"] == 0


def test_the_mean_sees_both_humps_where_the_median_sees_one():
    near = [respond(20 + i, 200, "first", received_ms=19 + i) for i in range(3)]
    far = [respond(200, 200, "first", received_ms=103) for _ in range(2)]
    folded = tally(near, far)
    added = folded.measures()["added_latency_ms"]
    assert (added["mean"]["value"], added["p50"]["value"]) == (39.4, 1.0)
    assert folded.values()["added_latency_ms.mean"] == 39.4


def test_messages_are_counted_per_intention_over_all_classes():
    end = total(2, messages={"client-rs": 5, "rs-store": 4}, store_operations=3)
    measures = tally(end).measures()
    assert measures["messages_per_use"] == 4.5
    assert measures["store_operations_per_use"] == 1.5


def test_of_several_runs_the_fullest_store_counts():
    full, other = total(store_peak_entries=7, store_peak_bytes=903), total(store_peak_entries=2)
    measures = tally(other).merge(tally(full)).merge(tally(other)).measures()
    assert (measures["store_peak_entries"], measures["store_peak_bytes"]) == (7, 903)


def test_without_the_end_of_a_run_messages_per_use_are_unknown():
    assert tally(ended(10)).measures()["messages_per_use"] is None


# merging

ANSWERS = st.builds(
    respond,
    st.integers(1, 50),
    st.sampled_from([200, 401, 403, 409, 503]),
    st.sampled_from(["", *DECISIONS]),
    intention=st.integers(0, 2),
    actor=st.sampled_from(["client", "thief"]),
    attempt=st.integers(0, 2),
    received_ms=st.integers(0, 50),
)
EFFECTS = st.builds(
    effect,
    st.integers(1, 50),
    intention=st.integers(0, 2),
    actor=st.sampled_from(["client", "thief"]),
    attempt=st.integers(0, 2),
)
OUTCOMES = st.builds(
    ended,
    st.integers(1, 50),
    st.sampled_from(["served", "refused", "unknown"]),
    intention=st.integers(0, 2),
    latency_ms=st.integers(1, 9),
)
RUNS = st.builds(
    lambda rows: story(issue(0), issue(1), issue(2, use=""), rows, total(3)),
    st.lists(ANSWERS | EFFECTS | OUTCOMES, max_size=12),
)


@given(RUNS, RUNS)
def test_merging_is_folding_one_run_after_the_other(first, second):
    merged, whole = tally(first).merge(tally(second)), Tally()
    for row in [*first, *second]:
        whole(row)
    assert merged.measures() == whole.measures()


@given(RUNS)
def test_an_unfinished_run_counts_in_a_merger_as_it_counts_alone(run):
    unfinished = tally(run[:-1])
    assert Tally().merge(unfinished).patterns() == unfinished.patterns() == tally(run).patterns()


@given(RUNS)
def test_every_rate_counts_a_part_of_its_whole(run):
    measures = tally(run).measures()
    assert all(0 <= (measures[name]["value"] or 0) <= 1 for name in RATES)


@given(RUNS)
def test_a_tally_survives_pickling(run):
    half = tally(run[: len(run) // 2])
    copy = pickle.loads(pickle.dumps(half))
    for row in run[len(run) // 2 :]:
        half(row)
        copy(row)
    assert copy.measures() == half.measures()


def test_the_same_names_in_the_next_run_are_other_tokens():
    run = story(issue(), accepted(20), ended(40), total())
    assert measured("double_accept_rate", run) == (0, 1)
    both = tally(run).merge(tally(run)).measures()["double_accept_rate"]
    assert (both["value"], both["n"]) == (0.0, 2)


def test_a_row_of_no_interest_changes_nothing():
    folded = tally(issue(), accepted(20))
    before = folded.measures()
    folded(issue()._replace(kind="deliver", detail={}))
    assert folded.measures() == before
