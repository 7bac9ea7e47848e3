"""One-time objects that are no access tokens: accepted twice, wrongly refused, burned."""

from collections.abc import Iterable
from typing import Any

import pytest

from sim.metrics import Tally
from sim.rates import ONE_TIME
from sim.trace import KINDS, OUTCOMES, Row
from tests.analysis.rows import (
    consumed,
    decided,
    effect,
    issue,
    respond,
    story,
    total,
)

THIEF: dict[str, Any] = {"actor": "thief"}
TWICE, REJECTED, BURNED = "double_accept_rate", "first_use_reject_rate", "burned_rate"
OF_EACH = (TWICE, REJECTED, BURNED)
#: The kinds that are accepted when their check lets them through.
PROOFS = ("dpop_proof", "client_assertion")


def tally(*parts: Row | Iterable[Row]) -> Tally:
    folded = Tally()
    for row in story(*parts):
        folded(row)
    return folded


def measured(name: str, *parts: Row | Iterable[Row]) -> tuple[float, int]:
    """The rate as (hits, n)."""
    clusters = tally(*parts).clusters()[name]
    return clusters.hits, clusters.trials


def issued(kind: str, t_ms: float = 0) -> Row:
    """What the AS made before, named after its kind."""
    return issue(-1, t_ms, kind=kind, token=f"{kind}-0")


def brought(t_ms: float, source: str = "code-0", *, attempt: int = 0, **said: Any) -> Row:
    """An access token that the code or refresh token brought in this attempt."""
    row = issue(0, t_ms, token=f"at-{t_ms}", source=source, **({"use": ""} | said))
    return row._replace(attempt=attempt)


def let_through(t_ms: float, kind: str, **who: Any) -> list[Row]:
    """An object of this kind is accepted: its check decides, and then comes what it is for."""
    row = decided(t_ms, "first", kind=kind, **who)
    if kind in PROOFS:
        return [row]
    if kind == "action_token":
        return [row, effect(t_ms + 1, token="action_token-0", operation="action:magic_link")]
    return [row, brought(t_ms + 1, f"{kind}-0", attempt=who.get("attempt", 0))]


def under_key(t_ms: float, *, executed: bool = True, key: str = "app alice k", **said: Any) -> Row:
    return effect(t_ms, executed=executed, idempotency_key=key, **said)


CHECKED = tuple(kind for kind in ONE_TIME if kind != "idempotency_key")


def test_of_every_kind_that_the_world_knows_there_are_three_rates():
    assert set(tally().clusters()) >= {f"{kind}_{rate}" for kind in ONE_TIME for rate in OF_EACH}
    assert len(CHECKED) == 5


# double acceptance


@pytest.mark.parametrize("kind", CHECKED)
def test_one_acceptance_is_none_twice_and_two_are(kind: str):
    once, again = let_through(10, kind), let_through(30, kind, attempt=1)
    assert measured(f"{kind}_{TWICE}", issued(kind), once) == (0, 1)
    assert measured(f"{kind}_{TWICE}", issued(kind), once, again) == (1, 1)


@pytest.mark.parametrize("kind", CHECKED)
def test_three_acceptances_are_of_one_object(kind: str):
    rows = [let_through(t_ms, kind, attempt=n) for n, t_ms in enumerate((10, 30, 50))]
    assert measured(f"{kind}_{TWICE}", issued(kind), *rows) == (1, 1)


def test_a_thief_who_redeems_the_code_after_its_client_has_it_accepted_twice():
    stolen = decided(30, "first", **THIEF), brought(31)._replace(actor="thief")
    assert measured(f"code_{TWICE}", issued("code"), let_through(10, "code"), stolen) == (1, 1)


def test_a_code_that_was_let_through_and_brought_nothing_was_not_accepted():
    """The grant was revoked while the store was asked: `redeem` looks again."""
    late = decided(30, "first", attempt=1)
    assert measured(f"code_{TWICE}", issued("code"), let_through(10, "code"), late) == (0, 1)


def test_an_answer_from_store_is_no_acceptance():
    rows = issued("refresh_token"), let_through(10, "refresh_token")
    stored = decided(30, "stored", kind="refresh_token", attempt=1)
    assert measured(f"refresh_token_{TWICE}", *rows, stored) == (0, 1)


def test_grace_accepts_a_rotated_refresh_token_twice():
    """What the check calls a replay is excused, and brings tokens (RFC 9700 4.14.2)."""
    rows = issued("refresh_token"), let_through(10, "refresh_token")
    again = decided(30, "replay", kind="refresh_token", attempt=1)
    excused = again, brought(31, "refresh_token-0", attempt=1)
    assert measured(f"refresh_token_{TWICE}", *rows, *excused) == (1, 1)


def test_a_request_for_a_single_use_token_uses_no_refresh_token_up():
    single = brought(20, "refresh_token-0", use="single"), brought(40, "refresh_token-0", use="")
    rows = issued("refresh_token"), decided(39, "first", kind="refresh_token")
    assert measured(f"refresh_token_{TWICE}", *rows, *single) == (0, 1)


def test_a_single_use_token_uses_up_the_code_that_it_came_of():
    twice = brought(20, use="single"), brought(40, use="single", attempt=1)
    rows = issued("code"), decided(19, "first"), decided(39, "first", attempt=1)
    assert measured(f"code_{TWICE}", *rows, *twice) == (1, 1)


def test_a_refresh_token_that_is_not_rotated_is_no_one_time_object():
    """That of a confidential client: no check decides about it (RFC 9700 4.14.2)."""
    rows = brought(20, "refresh_token-0"), brought(40, "refresh_token-0", attempt=1)
    assert measured(f"refresh_token_{TWICE}", issued("refresh_token"), *rows) == (0, 0)


def test_each_kind_is_counted_for_itself():
    rows = issued("code"), let_through(10, "code"), let_through(11, "dpop_proof")
    again = let_through(30, "dpop_proof", attempt=1)
    assert measured(f"dpop_proof_{TWICE}", *rows, again) == (1, 1)
    assert measured(f"code_{TWICE}", *rows, again) == (0, 1)
    assert measured(f"client_assertion_{TWICE}", *rows, again) == (0, 0)


# refused at the first honest use


@pytest.mark.parametrize("outcome", ["replay", "challenge"])
@pytest.mark.parametrize("kind", CHECKED)
def test_a_first_use_that_is_called_used_is_a_false_rejection(kind: str, outcome: str):
    assert measured(f"{kind}_{REJECTED}", issued(kind), decided(10, outcome, kind=kind)) == (1, 1)


@pytest.mark.parametrize("outcome", ["in_flight", "undecided"])
@pytest.mark.parametrize("kind", CHECKED)
def test_what_is_left_open_is_no_rejection_and_what_comes_then_may_be_one(kind: str, outcome: str):
    rows = issued(kind), decided(10, outcome, kind=kind)
    assert measured(f"{kind}_{REJECTED}", *rows) == (0, 1)
    assert measured(f"{kind}_{REJECTED}", *rows, decided(30, "replay", kind=kind)) == (1, 1)


def test_who_comes_after_a_thief_was_not_wronged_by_the_check():
    stolen = decided(10, "first", **THIEF)
    assert measured(f"code_{REJECTED}", issued("code"), stolen, decided(20, "replay")) == (0, 1)


def test_what_a_store_has_recorded_was_used_whatever_became_of_it():
    rows = issued("code"), consumed(10, token="code-0", kind="code"), decided(20, "replay")
    assert measured(f"code_{REJECTED}", *rows) == (0, 1)


def test_a_record_that_comes_after_the_refusal_is_no_reason_of_it():
    rows = issued("code"), decided(20, "replay"), consumed(30, token="code-0", kind="code")
    assert measured(f"code_{REJECTED}", *rows) == (1, 1)


def test_of_later_answers_none_is_the_first():
    rows = issued("code"), let_through(10, "code"), decided(30, "replay", attempt=1)
    assert measured(f"code_{REJECTED}", *rows) == (0, 1)
    other_way_round = issued("code"), decided(10, "replay"), let_through(30, "code", attempt=1)
    assert measured(f"code_{REJECTED}", *other_way_round) == (1, 1)


def test_what_only_a_thief_has_shown_its_client_was_not_refused():
    rows = issued("code"), decided(10, "replay", **THIEF)
    assert measured(f"code_{REJECTED}", *rows) == (0, 0)
    assert measured(f"code_{TWICE}", *rows) == (0, 1)


def test_a_thief_who_is_refused_is_nobody_to_be_wronged():
    stolen = decided(10, "replay", **THIEF), decided(30, "undecided")
    assert measured(f"code_{REJECTED}", issued("code"), *stolen) == (0, 1)


def test_grace_takes_a_refusal_back_in_the_request_that_it_excuses_and_in_no_other():
    rows = issued("refresh_token"), decided(10, "replay", kind="refresh_token")
    at_once, later = brought(11, "refresh_token-0"), brought(31, "refresh_token-0", attempt=1)
    assert measured(f"refresh_token_{REJECTED}", *rows, at_once) == (0, 1)
    assert measured(f"refresh_token_{REJECTED}", *rows, later) == (1, 1)


# burned


@pytest.mark.parametrize("kind", CHECKED)
def test_what_was_recorded_and_never_accepted_is_burned(kind: str):
    record = consumed(9, token=f"{kind}-0", kind=kind)
    lost = issued(kind), record, decided(20, "undecided", kind=kind)
    assert measured(f"{kind}_{BURNED}", *lost) == (1, 1)
    assert measured(f"{kind}_{BURNED}", issued(kind), record, let_through(10, kind)) == (0, 1)


def test_a_server_that_crashed_before_it_decided_has_burned_it_all_the_same():
    rows = issued("code"), consumed(9, token="code-0", kind="code")
    assert measured(f"code_{BURNED}", *rows) == (1, 1)


def test_a_record_under_a_bare_number_names_another_thing_and_is_passed_over():
    """`collapsed_namespace`: the row names the access token that came with the proof."""
    rows = issue(), consumed(9, token="at-0", kind="dpop_proof"), decided(10, "first")
    assert measured(f"dpop_proof_{BURNED}", *rows) == (0, 0)
    nothing = consumed(9, kind="code")._replace(token="")
    assert measured(f"code_{BURNED}", nothing) == (0, 0)


def test_who_leaves_it_undecided_without_a_record_has_burned_nothing():
    assert measured(f"code_{BURNED}", issued("code"), decided(20, "undecided")) == (0, 1)


# idempotency keys


def test_a_key_under_which_an_effect_is_known_is_answered_and_not_accepted_again():
    rows = issue(), under_key(10), under_key(50, executed=False, attempt=1)
    assert [measured(f"idempotency_key_{rate}", *rows) for rate in OF_EACH] == [(0, 1)] * 3


def test_two_effects_under_one_key_are_a_double_acceptance_of_it():
    rows = issue(), under_key(10), under_key(50, attempt=1)
    assert measured(f"idempotency_key_{TWICE}", *rows) == (1, 1)


def test_a_key_that_is_called_known_and_is_not_has_refused_a_first_use():
    known = under_key(10, executed=False)
    assert measured(f"idempotency_key_{REJECTED}", issue(), known) == (1, 1)
    token_used = under_key(10, executed=False, consumed_before=True)
    assert measured(f"idempotency_key_{REJECTED}", issue(), token_used) == (0, 1)


def test_a_key_is_another_one_at_another_server():
    rows = issue(), under_key(10), under_key(50, server="email")
    assert measured(f"idempotency_key_{TWICE}", *rows) == (0, 2)


# what is counted


def test_the_sign_in_before_the_run_does_not_count():
    before = decided(0, "first", intention=-1), consumed(0, intention=-1, kind="code")
    assert measured(f"code_{TWICE}", issued("code"), *before) == (0, 0)


def test_what_came_of_it_before_the_run_does_not_count_either():
    before = brought(1)._replace(intention=-1)
    assert measured(f"code_{TWICE}", issued("code"), before, let_through(10, "code")) == (0, 1)


def test_an_action_that_was_not_executed_is_no_acceptance_of_the_link():
    nothing = effect(30, token="action_token-0", executed=False)
    rows = issued("action_token"), let_through(10, "action_token"), nothing
    assert measured(f"action_token_{TWICE}", *rows) == (0, 1)


def test_what_has_no_rates_here_is_left_alone():
    rows = decided(10, "first", kind="access_token"), decided(20, "replay", kind="request_uri")
    assert all(not any(each) for each in counts(issue(), respond(20, 200, "first"), *rows))


def counts(*rows: Row) -> list[tuple[float, int]]:
    return [measured(f"{kind}_{rate}", *rows) for kind in ONE_TIME for rate in OF_EACH]


def test_the_warm_up_is_forgotten_and_what_was_issued_in_it_is_known():
    warm = issued("code"), let_through(10, "code"), Row(20_000, "warm_up", detail={"first": 0})
    assert measured(f"code_{TWICE}", *warm) == (0, 0)
    later = let_through(30, "code"), let_through(50, "code", attempt=1)
    assert measured(f"code_{TWICE}", *warm, later[0]) == (0, 1)
    assert measured(f"code_{TWICE}", *warm, *later) == (1, 1)


def test_runs_have_objects_of_their_own_and_merge_to_what_one_fold_gives():
    run = story(issued("code"), let_through(10, "code"), decided(30, "replay"), total())
    one_fold = tally(*run)
    for row in run:
        one_fold(row)
    both = tally(*run).merge(tally(*run))
    assert both.measures() == one_fold.measures()
    assert both.clusters()[f"code_{TWICE}"][:3] == (2, 0, 2)


def test_decisions_are_in_every_trace():
    assert "decide" in OUTCOMES
    assert "identifier" in KINDS["decide"]
