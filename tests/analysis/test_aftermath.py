"""What comes after: a stolen token's exposure, a second acceptance noticed, a family revoked."""

from collections.abc import Iterable
from typing import Any

import pytest

from sim.metrics import Tally
from sim.trace import KINDS, OUTCOMES, Row
from tests.analysis.rows import (
    accepted,
    at_the_as,
    compensated,
    consumed,
    effect,
    issue,
    refused,
    respond,
    returned,
    stored,
    story,
    total,
)

THIEF: dict[str, Any] = {"actor": "thief"}
US: dict[str, Any] = {"node": "payments-us-1"}


def tally(*parts: Row | Iterable[Row]) -> Tally:
    folded = Tally()
    for row in story(*parts):
        folded(row)
    return folded


def issued(t_ms: float = 0, lifetime_s: int = 30, **said: Any) -> Row:
    """A token with an expiry: the AS writes whole seconds."""
    row = issue(t_ms=t_ms, **said)
    claims = row.detail["claims"] | {"iat": 1_767_225_600, "exp": 1_767_225_600 + lifetime_s}
    return row._replace(detail=row.detail | {"claims": claims})


def durations(name: str, *parts: Row | Iterable[Row]) -> list[float]:
    return [us / 1e3 for us in tally(*parts, total()).durations()[name].values_us]


# exposure_ms


def test_a_token_that_was_used_up_before_its_thief_came_was_not_exposed():
    rows = issued(), consumed(15), accepted(20), refused(60, **THIEF)
    assert durations("exposure_ms", *rows) == [0]


def test_a_thief_who_comes_first_exposes_the_token_until_somebody_uses_it_up():
    """It sends at 10 ms and is refused for another reason; the client's use comes at 99 ms."""
    rows = issued(), refused(20, outcome="challenge", **THIEF), consumed(99.5), accepted(100)
    assert durations("exposure_ms", *rows) == [89.5]


def test_without_a_record_the_token_was_exposed_until_it_expired():
    rows = issued(5), accepted(20), accepted(60, **THIEF)
    assert durations("exposure_ms", *rows) == [30_000 + 5 - 50]


def test_an_acceptance_after_the_record_shows_that_it_was_still_good():
    again = accepted(400, **THIEF, **US)  # it reaches the other server at 399 ms
    first = refused(60, outcome="challenge", **THIEF)
    assert durations("exposure_ms", issued(), consumed(15), accepted(20), first, again) == [349]


def test_a_record_in_another_store_counts_as_the_last():
    rows = issued(), refused(20, outcome="", **THIEF), consumed(95), consumed(180), accepted(100)
    assert durations("exposure_ms", *rows) == [170]


def test_a_token_that_the_database_of_the_effect_knew_was_good_until_that_effect():
    """No store beside it: that it had used the token up, it says when it is shown it again."""
    again = effect(60, executed=False, consumed_before=True, **THIEF)
    rows = issued(), accepted(20), again, refused(60, **THIEF)
    assert durations("exposure_ms", *rows) == [0]
    twice = issued(), accepted(20, **THIEF), effect(60, executed=False, consumed_before=True)
    assert durations("exposure_ms", *twice) == [10]


def test_an_effect_that_was_done_before_with_another_token_says_nothing_of_this_one():
    """Refused for its idempotency key: the token itself may still be good."""
    rows = issued(), effect(60, executed=False, **THIEF), refused(60, **THIEF)
    assert durations("exposure_ms", *rows) == [30_000 - 50]


def test_an_answer_from_store_does_not_prolong_the_exposure():
    rows = issued(), consumed(15), accepted(20), stored(70, **THIEF)
    assert durations("exposure_ms", *rows) == [0]


def test_what_the_thief_sent_and_no_server_got_is_no_theft():
    rows = issued(), consumed(15), accepted(20), returned(90, None, **THIEF)
    assert durations("exposure_ms", *rows) == []


def test_an_ordinary_token_is_exposed_for_the_rest_of_its_life():
    rows = issued(use="", lifetime_s=3600), accepted(20), accepted(60, **THIEF)
    assert durations("exposure_ms", *rows) == [3_600_000 - 50]


def test_nobody_stole_it_nobody_was_exposed():
    assert durations("exposure_ms", issued(), consumed(15), accepted(20)) == []


def test_a_code_is_no_access_token_and_has_no_exposure():
    code = consumed(15, token="c-0"), respond(20, 200, "first", token="c-0", **THIEF)
    assert durations("exposure_ms", issue(kind="code", token="c-0"), *code) == []


# compensated_rate, detection_ms


TWICE = (issue(), *accepted(20), *accepted(50, **THIEF, **US))


def test_a_second_acceptance_that_was_compensated_counts_once_with_its_delay():
    rows = *TWICE, compensated(450), compensated(460)
    assert durations("detection_ms", *rows) == [400]
    rate = tally(*rows, total()).measures()["compensated_rate"]
    assert (rate["value"], rate["n"]) == (1.0, 1)


def test_a_second_acceptance_that_nobody_noticed_has_no_delay_and_lowers_the_rate():
    rate = tally(*TWICE, total()).measures()["compensated_rate"]
    assert (rate["value"], rate["n"]) == (0.0, 1)
    assert durations("detection_ms", *TWICE) == []


def test_one_acceptance_is_nothing_to_compensate():
    rows = issue(), accepted(20), compensated(450)
    assert tally(*rows, total()).measures()["compensated_rate"]["n"] == 0
    assert durations("detection_ms", *rows) == []


def test_an_ordinary_token_may_be_accepted_again_and_nobody_need_notice():
    rows = issue(use=""), accepted(20), accepted(50), compensated(450)
    assert durations("detection_ms", *rows) == []


def test_from_the_second_of_three_acceptances_it_is_measured():
    rows = *TWICE, *accepted(80, attempt=2), compensated(450)
    assert durations("detection_ms", *rows) == [400]


# family_revoke_rate

CODE = issue(-1, kind="code", token="c")
FIRST = issue(-1, 1, kind="refresh_token", token="r1", source="c")
SECOND = issue(-1, 2, kind="refresh_token", token="r2", source="r1")


def revoked_families(*rows: Row) -> tuple[float | None, int]:
    rate = tally(*rows).measures()["family_revoke_rate"]
    return rate["value"], rate["n"]


def test_a_retry_of_the_client_that_costs_it_its_grant_hits_an_honest_client():
    rows = at_the_as(5, "revoke", "r1"), at_the_as(5, "refuse", "r1")
    assert revoked_families(CODE, FIRST, SECOND, *rows) == (1.0, 1)


def test_a_thief_among_those_who_showed_one_of_the_family_gives_a_reason():
    stolen = issue(-1, 3, kind="access_token", token="at", source="r2")._replace(actor="thief")
    rows = CODE, FIRST, SECOND, stolen, at_the_as(5, "revoke", "r1")
    assert revoked_families(*rows) == (0.0, 1)
    assert revoked_families(CODE, FIRST, SECOND, at_the_as(5, "revoke", "r1", **THIEF)) == (0.0, 1)


@pytest.mark.parametrize("operation", ["POST /revoke", "DELETE /continue"])
def test_a_client_that_asked_for_it_is_not_hit(operation):
    asked = at_the_as(5, "revoke", "r1", operation=operation, outcome="")
    assert revoked_families(CODE, FIRST, asked) == (0.0, 1)


def test_a_family_counts_once_and_another_one_for_itself():
    other = issue(-1, 1, kind="refresh_token", token="s1", source="d")
    rows = FIRST, SECOND, at_the_as(5, "revoke", "r1"), at_the_as(6, "revoke", "r2"), other
    assert revoked_families(CODE, issue(-1, kind="code", token="d"), *rows) == (0.5, 2)


def test_a_code_that_nobody_redeemed_does_not_count():
    assert revoked_families(CODE) == (None, 0)
    assert revoked_families(CODE, at_the_as(5, "refuse", "c")) == (0.0, 1)
    assert revoked_families(CODE, at_the_as(5, "refuse", "unknown")) == (None, 0)


def test_a_refusal_is_no_revocation():
    assert revoked_families(CODE, FIRST, at_the_as(5, "refuse", "r1")) == (0.0, 1)


# runs


def test_the_next_run_has_tokens_and_families_of_its_own():
    run = story(issued(), consumed(15), accepted(20), refused(60, **THIEF), CODE, FIRST, total())
    both = tally(run).merge(tally(run))
    assert list(both.durations()["exposure_ms"].values_us) == [0, 0]
    assert both.measures()["family_revoke_rate"]["n"] == 2
    one_fold = Tally()
    for row in [*run, *run]:
        one_fold(row)
    assert one_fold.measures() == both.measures()


def test_what_was_stolen_in_the_warm_up_is_forgotten_and_what_was_issued_is_not():
    warm = issued(), CODE, FIRST, refused(20, outcome="", **THIEF)
    begins = Row(40_000, "warm_up", detail={"first": 0})
    later = accepted(100, **THIEF), at_the_as(110, "revoke", "r1")
    folded = tally(*warm, begins, *later, total())
    assert list(folded.durations()["exposure_ms"].values_us) == [30_000_000 - 90_000]
    assert folded.measures()["family_revoke_rate"]["n"] == 1


@pytest.mark.parametrize("kind", ["revoke", "compensate"])
def test_the_rows_that_say_so_are_recorded_in_every_run(kind):
    assert kind in OUTCOMES
    assert kind in KINDS
