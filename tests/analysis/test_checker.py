import json
from collections.abc import Iterable
from typing import Any

import pytest

from oauth_model.faults import FAULTS
from sim.checker import PROPERTIES, Checker, Verdict, check
from sim.trace import Header, Row, Trace
from tests.analysis.rows import (
    accepted,
    effect,
    ended,
    issue,
    lost,
    refused,
    respond,
    returned,
    stored,
    story,
    total,
    wallet,
)

#: What is asked of the use of tokens; what is asked of their issuance, `test_issuing.py` tests.
USES = (
    "at_most_one_effect_per_token",
    "at_most_one_effect_per_intention",
    "every_intention_served",
    "audience_confinement",
    "single_use_without_refresh_token",
    "single_use_down_scoped",
    "original_token_restored",
    "single_use_linearizable",
)
#: What only a strategy that answers from store can do wrong.
REPEATED = "stored_answer_for_its_client"
#: What goes wrong where nothing happens.
REFUSED = "refused_only_when_done"
THIEF: dict[str, Any] = {"actor": "thief"}
US: dict[str, Any] = {"node": "payments-us-1"}


def verdict(name: str, *parts: Row | Iterable[Row]) -> Verdict:
    return check(story(*parts), [name])[name]


def holds(name: str, *parts: Row | Iterable[Row]) -> bool | None:
    return verdict(name, *parts).holds


# every property


def test_the_registry_holds_the_properties_of_the_design():
    assert set(PROPERTIES) == {*USES, REPEATED, REFUSED, *(f.found_by for f in FAULTS.values())}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_says_its_sentence_and_its_clause(name):
    assert PROPERTIES[name].sentence.endswith(".")
    assert PROPERTIES[name].clause


@pytest.mark.parametrize("name", PROPERTIES)
def test_nothing_of_the_kind_is_unknown_not_true(name):
    nothing = check([], [name])[name]
    assert nothing.holds is None
    assert "nothing of the kind happened" in nothing.because


@pytest.mark.parametrize("name", USES)
def test_a_good_run_holds_everywhere(name):
    swapped = wallet(5, "swap_in", "at-0", "at-s"), wallet(35, "restore", "at-s", "at-0")
    good = verdict(name, issue(), swapped, accepted(20), ended(40), total())
    assert (good.holds, good.witness) == (True, {})
    assert "{" not in good.because
    assert good.clause == PROPERTIES[name].clause


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_verdict_is_json_and_asking_twice_changes_nothing(name):
    checker = Checker([name])
    for row in story(issue(), accepted(20), accepted(50, **THIEF), ended(60, "refused")):
        checker(row)
    first = checker.verdicts()[name].to_json()
    assert json.loads(json.dumps(first)) == checker.verdicts()[name].to_json()
    assert set(first) == {"holds", "because", "clause", "witness"}


def test_every_violation_names_the_intention_it_is_about():
    """All of them go wrong in this run of intention 4; its story is what a picture shows."""
    swapped = wallet(5, "swap_in", "at-4", "at-s", intention=4)
    uses = accepted(20, intention=4), accepted(50, intention=4, **THIEF, **US)
    issued = issue(4, with_refresh_token=True, aud=["payments", "accounts"])
    rows = issued, swapped, *uses, ended(60, "refused", intention=4)
    verdicts = check(story(*rows, total()), USES)
    assert {v.witness["intention"] for v in verdicts.values() if v.holds is False} == {4}
    assert all(v.holds is False for v in verdicts.values())


@pytest.mark.parametrize("name", USES)
def test_a_true_verdict_says_of_how_many(name):
    def good(i: int) -> list[Row]:
        swapped = wallet(5, "swap_in", f"at-{i}", "s", i), wallet(35, "restore", "s", f"at-{i}", i)
        return [issue(i), *swapped, *accepted(20, intention=i), ended(40, intention=i)]

    assert verdict(name, good(0), good(1), good(2), total(3)).because.endswith(": 3")


def test_an_unknown_property_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"'at_most_one'.*at_most_one_effect_per_token"):
        check([], ["at_most_one"])


def test_without_a_choice_every_property_is_checked():
    assert list(check([])) == list(PROPERTIES)


def test_a_stored_trace_is_checked_like_a_stream():
    rows = story(issue(), accepted(20), accepted(50, attempt=1, **US), ended(60), total())
    header = Header("s", "t", 1, "no_check", "fat", 60_000_000, ())
    trace = Trace.parse(Trace(header, rows).lines())
    assert check(trace) == check(rows)


# at_most_one_effect_per_token


def test_a_second_effect_of_a_single_use_token_names_nodes_and_instants():
    rows = issue(), accepted(112.4), accepted(640, attempt=0, **US, **THIEF)
    twice = verdict("at_most_one_effect_per_token", *rows)
    assert twice.holds is False
    assert twice.because == (
        "single-use token at-0 had its effect at payments-eu-1 at 112.4 ms (the client's attempt 0)"
        ", and again at payments-us-1 at 640.0 ms (the thief's attempt 0), after it, because "
        "527.6 ms lie between them in simulation time, which no clock disputes; but a second use "
        "must do nothing"
    )
    assert [e["node"] for e in twice.witness["effects"]] == ["payments-eu-1", "payments-us-1"]
    assert twice.witness["token"] == "at-0"


def test_the_first_of_several_violations_is_the_witness_and_all_are_counted():
    rows = [row for i in (0, 1) for row in (issue(i), *accepted(20 + i, intention=i))]
    again = accepted(50, intention=1, **US), accepted(60, intention=0, **US)
    twice = verdict("at_most_one_effect_per_token", rows, *again)
    assert twice.witness["token"] == "at-1"
    assert twice.because.endswith("; 2 cases in all")


def test_an_ordinary_token_may_have_effects():
    rows = issue(), accepted(20), issue(1, use=""), effect(30, intention=1), effect(40, intention=1)
    assert holds("at_most_one_effect_per_token", *rows) is True


@pytest.mark.parametrize(("per", "holds"), [("server", True), ("token", False)])
def test_an_effect_at_each_of_two_servers_is_what_one_use_at_each_means(per, holds):
    rows = issue(one_use_per=per), accepted(20), accepted(50, server="email")
    assert verdict("at_most_one_effect_per_token", *rows).holds is holds


def test_two_effects_at_one_of_them_are_one_too_many_all_the_same():
    again = accepted(50, server="email"), accepted(80, **US)
    twice = verdict(
        "at_most_one_effect_per_token", issue(one_use_per="server"), accepted(20), *again
    )
    assert [e["node"] for e in twice.witness["effects"]] == ["payments-eu-1", "payments-us-1"]


def test_an_intention_that_the_end_of_the_run_cut_off_leaves_it_open():
    cut = ended(60, "unknown", cut_off=True)
    assert verdict("every_intention_served", cut, total(1)).holds is None


def test_a_suppressed_second_effect_holds():
    rows = issue(), accepted(20), effect(50, executed=False, consumed_before=True)
    assert holds("at_most_one_effect_per_token", *rows) is True


def test_a_token_that_had_no_effect_at_all_says_nothing():
    assert holds("at_most_one_effect_per_token", issue(), refused(20)) is None


def test_a_code_is_no_access_token():
    code = issue(kind="code", token="c-0")
    rows = code, effect(20, token="c-0"), effect(30, token="c-0")
    assert holds("at_most_one_effect_per_token", *rows) is None


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (effect(50, attempt=1), "after it, because one server did both"),
        (effect(50, attempt=1, **US), "after it, because 30.0 ms lie between them"),
        (effect(20, attempt=1, **US), "at the same instant, because neither server could know"),
    ],
)
def test_the_order_of_two_effects_is_said_and_why_it_is_certain(again, why):
    twice = verdict("at_most_one_effect_per_token", issue(), effect(20), again)
    assert why in twice.because
    assert "; but " in twice.because.partition(why)[2]


# at_most_one_effect_per_intention


def test_a_fresh_token_can_still_do_it_twice():
    rows = issue(), lost(20), issue(token="at-0.2"), accepted(150, attempt=1, token="at-0.2")
    twice = verdict("at_most_one_effect_per_intention", *rows)
    assert twice.holds is False
    assert twice.because.startswith("intention 0 had its effect at payments-eu-1 at 20.0 ms")
    assert twice.because.endswith("with at-0 and then at-0.2; but the user wanted it once")


def test_two_effects_of_one_token_are_two_of_its_intention():
    rows = issue(), accepted(20), accepted(50, **THIEF, **US)
    assert "with the same token" in verdict("at_most_one_effect_per_intention", *rows).because


@pytest.mark.parametrize("other", [{"server": "email"}, {"intention": 1}, {"executed": False}])
def test_another_server_or_intention_or_no_execution_is_no_second_effect(other):
    assert holds("at_most_one_effect_per_intention", effect(20), effect(50, **other)) is True


def test_an_effect_of_no_intention_says_nothing():
    rows = effect(20, intention=-1), effect(50, intention=-1)
    assert holds("at_most_one_effect_per_intention", *rows) is None


# every_intention_served


def test_a_refused_intention_violates_even_beside_an_unknown_one():
    rows = ended(10, "unknown"), ended(812, "refused", intention=1, attempts=3)
    refusal = verdict("every_intention_served", *rows)
    assert refusal.holds is False
    assert refusal.because == "intention 1 ended refused at client-eu at 812.0 ms, 3 attempts"


def test_an_unknown_outcome_leaves_it_open():
    unknown = verdict("every_intention_served", ended(10, intention=1), ended(20, "unknown"))
    assert unknown.holds is None
    assert unknown.because == (
        "intention 0 ended unknown at client-eu at 20.0 ms, 1 attempt; none was refused"
    )
    assert unknown.witness["intention"] == 0


def test_an_intention_that_never_ended_leaves_it_open():
    missing = verdict("every_intention_served", ended(10), total(3))
    assert (missing.holds, missing.because) == (
        None,
        "2 of 3 intentions had not ended with the run",
    )


# refused_only_when_done


def test_who_is_refused_with_nothing_done_is_wronged():
    undecided = respond(20, 503, "undecided"), returned(30, 503)
    again = refused(50, attempt=1), ended(70, "refused", attempts=2)
    wronged = verdict(REFUSED, *undecided, *again)
    assert wronged.holds is False
    assert wronged.because == (
        "intention 0 was refused at client-eu at 70.0 ms, after 2 attempts, the last answered 401 "
        "invalid_token, and nothing had been done for it"
    )
    assert wronged.witness["intention"] == 0


def test_whose_first_attempt_was_done_may_be_refused_the_second():
    again = refused(150, attempt=1), ended(170, "refused", attempts=2)
    assert holds(REFUSED, issue(), lost(20), *again) is True


@pytest.mark.parametrize("late", [effect(80), effect(20, executed=False), effect(20, intention=1)])
def test_what_is_done_later_or_for_another_or_not_at_all_was_not_done(late):
    assert holds(REFUSED, refused(50), ended(70, "refused"), late) is False


@pytest.mark.parametrize("kind", ["served", "unknown"])
def test_who_is_not_refused_is_not_wronged(kind):
    assert holds(REFUSED, ended(70, kind)) is True


def test_who_never_presented_a_token_says_nothing_of_it():
    assert holds(REFUSED, ended(70, "refused", attempts=0)) is None


# audience_confinement


def test_a_malicious_server_that_uses_what_it_saw_elsewhere_violates():
    fat = issue(use="", aud=["https://voip.example.com", "https://webdav.example.com"])
    seen = respond(10, 200, "", server="voip")
    used = respond(12, 200, "", server="webdav", actor="voip")
    worked = verdict("audience_confinement", fat, seen, used)
    assert worked.holds is False
    assert worked.because == (
        "token at-0, seen at voip, worked at webdav for voip: accepted at webdav-eu-1 at 12.0 ms "
        "(attempt 0)"
    )
    assert (worked.witness["seen_at"], worked.witness["worked_at"]) == ("voip", "webdav")


def test_a_malicious_server_that_is_refused_confines():
    narrow = issue(use="", aud="https://voip.example.com")
    used = respond(12, 401, "", server="webdav", actor="voip")
    rows = narrow, respond(10, 200, "", server="voip"), used
    assert holds("audience_confinement", *rows) is True


def test_a_thief_at_the_right_server_is_somebody_else_too():
    rows = issue(), refused(10), accepted(20, **THIEF)
    assert "seen at payments, worked at payments for the thief" in (
        verdict("audience_confinement", *rows).because
    )


def test_where_a_thief_saw_it_is_not_made_up():
    used = verdict("audience_confinement", issue(), accepted(20, **THIEF))
    assert used.because.startswith("token at-0 worked at payments for the thief")
    assert used.witness["seen_at"] == ""


def test_an_acceptance_outside_the_audience_violates_even_for_the_client():
    outside = verdict("audience_confinement", issue(aud=["email"]), accepted(20))
    assert outside.holds is False
    assert "which is for email, worked at payments for the client" in outside.because
    assert outside.witness["seen_at"] == ""


def test_a_stored_answer_is_no_acceptance_by_the_server():
    assert holds("audience_confinement", issue(), accepted(20), stored(50, **THIEF)) is True


# stored_answer_for_its_client


def test_a_stored_answer_that_a_thief_gets_is_a_theft_and_nothing_else():
    verdicts = check(story(issue(), accepted(20), stored(50, **THIEF)))
    assert [name for name, each in verdicts.items() if each.holds is False] == [REPEATED]
    assert verdicts[REPEATED].witness["actor"] == "thief"
    assert verdicts[REPEATED].because == (
        "the thief presented at-0 at payments-eu-1 and got the stored answer at 50.0 ms "
        "(attempt 0), because its request was taken for the client's, sent again; but the answer "
        "is the client's alone"
    )


def test_a_stored_answer_to_the_client_holds():
    assert holds(REPEATED, issue(), lost(20), stored(140, attempt=1)) is True


def test_without_an_answer_from_store_nothing_is_known_of_them():
    assert holds(REPEATED, issue(), lost(20), refused(140, attempt=1)) is None


@pytest.mark.parametrize(
    ("audience", "confined"),
    [
        ("payments", True),
        ("https://payments.example.com", True),
        ("https://payments.example.com/v1", True),
        (["email", "payments"], True),
        ("https://payments-eu.example.com", False),
        ("https://example.com/payments", False),
        ([], False),
    ],
)
def test_an_audience_is_a_name_or_a_uri_whose_host_begins_with_it(audience, confined):
    assert holds("audience_confinement", issue(aud=audience), accepted(20)) is confined


def test_a_token_nobody_issued_is_not_judged():
    assert holds("audience_confinement", accepted(20, token="unknown")) is None


# single_use_without_refresh_token


def test_a_single_use_token_with_a_refresh_token_violates():
    with_one = verdict("single_use_without_refresh_token", issue(0, 3, with_refresh_token=True))
    assert with_one.holds is False
    assert with_one.because == (
        "single-use token at-0 came with a refresh token, from as-eu-1 at 3.0 ms"
    )


def test_a_single_use_token_from_an_authorization_that_began_a_session_violates():
    code = issue(kind="code", token="c-0", use="", with_session=True)
    started = verdict("single_use_without_refresh_token", code, issue(0, 3, source="c-0"))
    assert started.holds is False
    assert started.because.startswith("single-use token at-0 came with a session at the AS")
    quiet = issue(kind="code", token="c-0", use="", with_session=False)
    assert holds("single_use_without_refresh_token", quiet, issue(source="c-0")) is True


def test_an_ordinary_token_may_come_with_a_refresh_token():
    rows = issue(use="", with_refresh_token=True), issue(1)
    assert holds("single_use_without_refresh_token", *rows) is True


# original_token_restored


def scoped(**claims) -> Row:
    detail = issue().detail
    return issue()._replace(detail=detail | {"claims": detail["claims"] | claims})


def test_a_single_use_token_for_one_scope_or_one_detail_at_one_server_is_down_scoped():
    for row in scoped(scope="payment"), scoped(authorization_details=[{"type": "payment"}]):
        assert holds("single_use_down_scoped", row) is True


def test_a_single_use_token_for_more_than_a_call_needs_is_not_down_scoped():
    more: list[dict[str, Any]] = [{"aud": ["a", "b"]}, {"scope": "a b"}]
    more += [{"authorization_details": [{}, {}]}]
    for claims in more:
        assert holds("single_use_down_scoped", scoped(**claims)) is False


SWAP = wallet(10, "swap_in", "at-0", "at-s")


def test_a_restored_original_holds():
    rows = wallet(1, "store", "at-s", ""), SWAP, wallet(40, "restore", "at-s", "at-0")
    assert holds("original_token_restored", *rows) is True


def test_a_second_token_of_the_same_intention_needs_no_second_restoration():
    again = wallet(20, "swap_in", "at-1", "at-0")
    rows = wallet(1, "store", "at-s", ""), SWAP, again, wallet(40, "restore", "at-s", "at-1")
    assert holds("original_token_restored", *rows) is True
    assert holds("original_token_restored", *rows[:-1]) is None


def test_a_newer_ordinary_token_is_the_one_to_come_back():
    newer = wallet(20, "replace", "at-9", "at-0")
    assert holds("original_token_restored", SWAP, newer, wallet(40, "restore", "at-9", "at-0"))
    older = holds("original_token_restored", SWAP, newer, wallet(40, "restore", "at-s", "at-0"))
    assert older is False


def test_storing_the_first_token_says_nothing():
    assert holds("original_token_restored", wallet(1, "store", "at-s", "")) is None


def test_an_overwritten_original_violates():
    lost_it = verdict("original_token_restored", wallet(10, "overwrite", "at-0", "at-s"))
    assert lost_it.holds is False
    assert lost_it.because == ("at-0 overwrote at-s for good, for payments at client-eu at 10.0 ms")


def test_another_token_put_back_violates():
    rows = SWAP, wallet(40, "restore", "at-7", "at-0")
    assert "at-7 was put back in place of at-s" in verdict("original_token_restored", *rows).because


def test_a_swap_still_open_when_the_trace_ends_is_unknown():
    still = verdict("original_token_restored", SWAP)
    assert still.holds is None
    assert still.because.endswith("the trace ends before at-s is back")


def test_a_swap_that_outlives_its_intention_violates():
    assert holds("original_token_restored", SWAP, ended(50)) is False


def test_a_restoration_right_after_the_outcome_is_in_time():
    rows = SWAP, ended(50), wallet(50, "restore", "at-s", "at-0")
    assert holds("original_token_restored", *rows) is True


@pytest.mark.parametrize(("last", "held"), [("at-s", True), ("at-0", False)])
def test_of_overlapping_swaps_the_last_restoration_must_bring_the_original(last, held):
    """The second swap found the first's single-use token in the wallet."""
    second = wallet(15, "swap_in", "at-1", "at-0", intention=1)
    one = wallet(40, "restore", "at-s", "at-1")
    other = wallet(45, "restore", last, "at-s", intention=1)
    assert holds("original_token_restored", SWAP, second, one, other) is held


def test_an_intention_that_swaps_twice_restores_twice():
    second = wallet(15, "swap_in", "at-0.2", "at-0")
    rows = SWAP, second, wallet(40, "restore", "at-0", "at-0.2")
    assert holds("original_token_restored", *rows) is None
    assert holds("original_token_restored", *rows, wallet(45, "restore", "at-s", "at-0")) is True


def test_an_intention_that_swapped_twice_and_restored_once_has_not_restored():
    second = wallet(15, "swap_in", "at-0.2", "at-0")
    rows = SWAP, second, ended(30), wallet(40, "restore", "at-0", "at-0.2")
    assert holds("original_token_restored", *rows) is False


def test_of_overlapping_swaps_one_may_outlive_the_others_intention():
    second = wallet(15, "swap_in", "at-1", "at-0", intention=1)
    rows = SWAP, second, wallet(40, "restore", "at-s", "at-1"), ended(50)
    assert holds("original_token_restored", *rows) is None
