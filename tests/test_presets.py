"""The presets from real threads: what each shows, in words, and its golden result to the number.

The golden results are written by `tools/refresh_presets.py`; that one has changed is for its reader
to judge. The sentences here hold for whatever numbers there are.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from sim.clocks import EPOCH_S
from sim.commands.endings import DONE, VIOLATED
from sim.commands.running import status_of
from sim.experiments import replicate
from sim.scenario_files import load, parse_set, presets
from sim.trace import Trace
from tools import refresh_presets
from tools.refresh_presets import AS_IT_STANDS, PRESETS, golden, issued, path, ran, written

result = cache(golden)


def served(name: str, how: str = AS_IT_STANDS) -> int:
    return int(result(name)[how]["ended"].get("served", 0))


def refused(name: str, how: str = AS_IT_STANDS) -> int:
    return int(result(name)[how]["ended"].get("refused", 0))


def fact(name: str, which: str, how: str = AS_IT_STANDS) -> Any:
    return result(name)[how][which]


def all_of(name: str) -> int:
    return load(name).workload.intentions


def ended(trace: Trace, kind: str) -> set[int]:
    return {row.intention for row in trace.of("outcome") if row.detail["kind"] == kind}


def unheard(trace: Trace, party: str) -> set[int]:
    """The intentions of which a request to this party was not answered in time."""
    return {row.intention for row in trace.of("timeout") if row.peer.startswith(party)}


# --- golden results and headers -------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_its_golden_result(name: str):
    assert written(result(name)) == path(name).read_text(encoding="utf-8")


def test_every_preset_has_a_golden_result_and_nothing_else_has():
    assert {file.stem for file in refresh_presets.GOLDEN.iterdir()} == set(PRESETS)
    assert set(PRESETS) <= set(presets())
    assert len(PRESETS) == 15


def test_a_number_that_has_changed_is_noticed(tmp_path, monkeypatch, capsys):
    one = "jti-namespace-collision"
    monkeypatch.setattr(refresh_presets, "GOLDEN", tmp_path / "presets")
    monkeypatch.setattr(refresh_presets, "PRESETS", {one: PRESETS[one]})
    monkeypatch.setattr("sys.argv", ["refresh_presets.py"])
    assert refresh_presets.main() == 0
    monkeypatch.setattr("sys.argv", ["refresh_presets.py", "--check"])
    assert refresh_presets.main() == 0
    file = refresh_presets.path(one)
    file.write_text(file.read_text(encoding="utf-8").replace("196", "195"), encoding="utf-8")
    assert refresh_presets.main() == 1
    assert capsys.readouterr().err.startswith(f"out of date: {one}.json; run")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_its_thread_and_says_whose_the_numbers_are(name: str):
    about = load(name).about
    assert re.search(r"https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+", about.source)
    look_for = " ".join(about.look_for.split())
    assert re.search(r"From the threads?: .+ Ours: ", look_for)


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_header_proposes_to_set_can_be_set(name: str):
    said = " ".join(load(name).about.look_for.split())
    fields = re.findall(r"[`\s]([a-z]\w*(?:\.\w+)+=[^`\s]+)", said)
    assert fields
    for field in fields:
        path_, value = parse_set(field.strip("'"))
        load(name, {path_: value})


# --- answers that are lost ------------------------------------------------------------------------


def test_strict_rotation_refuses_exactly_those_whose_answer_was_lost():
    trace = ran("lost-response-strict")
    assert ended(trace, "refused") == unheard(trace, "as-")
    assert 5 <= len(ended(trace, "refused")) < all_of("lost-response-strict") / 10


def test_one_successor_kept_serves_all_whose_answer_was_lost():
    name = "lost-response-strict"
    for how in ("stored", "same successor"):
        assert served(name, how) == all_of(name)
        assert fact(name, "successors", how) == {"1": all_of(name)}
    minted = fact(name, "successors", "minted once")
    assert minted["2"] == refused(name)  # served as well, with a second family member each


def test_leaving_the_page_signs_out_whoever_had_not_heard_by_then():
    trace = ran("user-abort-refresh")
    assert ended(trace, "refused") <= unheard(trace, "as-")
    assert fact("user-abort-refresh", "revoked") == len(unheard(trace, "as-"))
    assert served("user-abort-refresh") < all_of("user-abort-refresh") / 5
    assert served("user-abort-refresh", "acknowledged") == all_of("user-abort-refresh")


def test_a_grace_of_300_s_is_too_short_for_a_sleep_of_600_s():
    name, part = "sleep-wake-late-retry", load("sleep-wake-late-retry")
    assert part.authorization_server.grace_s < part.client.sleep_s < 1800
    assert served(name) == 0
    assert served(name, "30 minutes") == served(name, "acknowledged") == all_of(name)


def test_the_same_proof_again_refuses_exactly_those_whose_answer_was_lost():
    trace = ran("identical-proof-retry")
    lost = {r.intention for r in trace.of("drop") if r.peer.startswith("client")}
    assert ended(trace, "refused") == lost
    assert len(lost) >= 5
    assert fact("identical-proof-retry", "said_by_server")["client 401 invalid_token"] >= 5
    assert served("identical-proof-retry", "own retry") == all_of("identical-proof-retry")
    assert served("identical-proof-retry", "bearer") == all_of("identical-proof-retry")


# --- several at once ------------------------------------------------------------------------------


def test_losers_of_a_refresh_are_mostly_told_that_it_is_in_use():
    name = "concurrent-refresh-500"
    said = fact(name, "said_by_as")
    assert said["409"] > said["400 invalid_grant"] > 0
    assert served(name) == 0
    for how in ("stored, again", "same successor"):
        assert served(name, how) == all_of(name)
        assert fact(name, "revoked", how) == 0


def test_check_then_act_makes_two_of_one_refresh_token_and_a_claim_does_not():
    name = "toctou-refresh"
    assert fact(name, "successors")["2"] == served(name) >= 5
    assert set(fact(name, "successors", "claimed")) == {"1"}
    assert fact(name, "revoked", "claimed") == all_of(name)  # the other tab is a replay now
    assert served(name, "stored, again") == all_of(name)


def test_a_lease_of_two_seconds_lets_slow_redemptions_happen_twice():
    name = "lease-expires-mid-redeem"
    assert fact(name, "successors")["2"] >= 5
    assert fact(name, "successors", "longer lease") == {"1": 2 * all_of(name)}


def test_a_second_redemption_begins_more_than_a_lease_after_the_first():
    trace = ran("lease-expires-mid-redeem")
    reserved: dict[str, list[int]] = {}
    for row in trace.of("store"):
        if row.detail["operation"] == "reserve" and row.detail["granted"]:
            reserved.setdefault(row.detail["key"][3], []).append(row.t_us)
    again = [times for times in reserved.values() if len(times) > 1]
    assert len(again) == fact("lease-expires-mid-redeem", "successors")["2"]
    assert all(second - first >= 2_000_000 for first, second in again)


def test_a_page_with_parallel_requests_costs_its_user_a_dozen_sign_ins():
    name = "ssr-fanout-family-kill"
    assert fact(name, "revoked") == all_of(name)
    assert fact(name, "sign_ins") > 8 * all_of(name)
    assert sum(count for n, count in fact(name, "successors").items() if n != "1") >= 5
    assert set(fact(name, "successors", "claimed")) == {"1"}
    assert fact(name, "sign_ins", "claimed") > fact(name, "sign_ins")
    assert fact(name, "sign_ins", "same successor") == 0


def test_of_many_processes_none_survive_unless_grace_is_longer_than_they_are_apart():
    name, clicks = "many-processes-one-credential", 12
    assert served(name) == served(name, "adopted") == served(name, "1 s") == 0
    assert served(name, "10 s") == all_of(name)
    calls = {how: fact(name, "said_by_server", how)["client 200"] for how in result(name)}
    assert calls[AS_IT_STANDS] == all_of(name)  # the winner's
    assert calls["adopted"] == clicks * all_of(name)  # all work on, until the next expiry


def test_codes_that_are_looked_up_first_bring_several_families():
    name = "code-race-double-issue"
    for how in (AS_IT_STANDS, "claimed too late"):
        assert fact(name, "families", how)["2"] + fact(name, "families", how)["3"] >= 5
    assert set(fact(name, "families", "claimed")) == {"1"}
    assert fact(name, "revoked", "claimed") == all_of(name)
    assert 0 < refused(name, "claimed") < all_of(name) / 4
    assert fact(name, "families", "stored") == {"1": all_of(name)}


# --- records and keys -----------------------------------------------------------------------------


def test_who_is_refused_at_first_use_had_a_code_from_before_a_replacement():
    trace = ran("rebalance-false-reject")
    issued = {r.token: r.t_us for r in trace.of("issue") if r.detail["kind"] == "code"}
    replaced = [r.t_us for r in trace.of("fault") if r.detail["action"] == "replace"]
    wronged = [row for row in trace.of("refuse") if row.token in issued]
    assert len(wronged) == refused("rebalance-false-reject") >= 5
    assert all(any(issued[r.token] < t < r.t_us for t in replaced) for r in wronged)


def test_a_deny_list_loses_the_same_records_and_refuses_nobody():
    name = "rebalance-false-reject"
    assert fact(name, "refused_by_as") == {"invalid_grant replay": refused(name)}
    assert served(name, "deny-list") == served(name, "one store") == all_of(name)


def test_everything_is_accepted_between_record_and_window_and_nothing_else():
    """From 10 s to 25 s after `iat`, when the record has gone and the token is still accepted."""
    trace = ran("ttl-shorter-than-window")
    issued_s = {r.token: r.detail["claims"]["iat"] - EPOCH_S for r in issued(trace, "access_token")}
    for row in (r for r in trace.of("respond") if r.actor == "thief"):
        age_s = row.t_us / 1e6 - issued_s[row.token]
        assert (row.detail["status"] == 200) == (10 <= age_s < 25)


def test_replays_in_the_gap_are_without_limit_and_a_record_that_lasts_ends_them():
    name = "ttl-shorter-than-window"
    stolen = fact(name, "stolen")
    assert stolen["effects"] > stolen["intentions"] > all_of(name) / 2
    assert fact(name, "stolen", "kept") == {"effects": 0, "intentions": 0}
    assert served(name) == served(name, "kept") == all_of(name)


def test_a_clock_minutes_behind_is_refused_for_as_long_as_it_is_wrong():
    trace = ran("client-clock-wrong")
    wrong = {r.intention for r in trace.of("outcome") if 100.5e6 < r.t_us < 200.5e6}
    assert ended(trace, "refused") == wrong
    assert len(wrong) == 100


def test_the_window_is_for_slow_clocks_and_neither_certificates_nor_nonces_need_one():
    name = "client-clock-wrong"
    assert served(name, "a minute behind") == served(name, "certificate") == all_of(name)
    assert served(name, "nonce") == all_of(name)
    assert refused(name, "7 s ahead") == refused(name) == 100


def test_grace_for_any_generation_serves_a_thief_with_what_clients_have_left_behind():
    name = "grace-opens-old-generations"
    assert fact(name, "theft_rate") == 1.0
    assert fact(name, "revoked") == 0
    assert served(name) == served(name, "one generation") == all_of(name)
    assert fact(name, "stolen", "one generation")["effects"] == 0
    assert fact(name, "revoked", "one generation") == all_of(name)
    assert refused(name, "no grace") >= 5


def test_the_thief_came_with_tokens_whose_successor_was_used():
    trace = ran("grace-opens-old-generations")
    tokens = [r for r in trace.of("issue") if r.detail["kind"] == "refresh_token"]
    parent = {row.token: row.detail.get("source", "") for row in tokens}
    used = {row.detail.get("source", ""): row.t_us for row in reversed(tokens)}
    old = Counter[bool]()
    for row in (r for r in tokens if r.actor == "thief"):
        children = [t for t, p in parent.items() if p == parent[row.token]]
        old[any(used.get(child, row.t_us) < row.t_us for child in children)] += 1
    assert old[True] >= all_of("grace-opens-old-generations") * 0.8


def test_of_clients_that_count_from_one_the_first_is_served_until_it_is_forgotten():
    name = "jti-namespace-collision"
    trace = ran(name)
    taken_us = [r.t_us for r in trace.of("respond") if r.detail["status"] == 200]
    assert len(taken_us) == served(name)
    remembered_s = 60 + 5 + load(name).strategy_settings.retention_margin_s
    gaps_s = [(b - a) / 1e6 for a, b in pairwise(taken_us)]
    assert all(remembered_s - 1 <= gap <= remembered_s + 3 for gap in gaps_s)
    assert served(name, "in context") == all_of(name)


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"), [("jti-namespace-collision", VIOLATED), ("lease-expires-mid-redeem", DONE)]
)
def test_a_run_ends_with_1_if_and_only_if_a_property_is_violated(name: str, status: int):
    assert (status == VIOLATED) == (False in fact(name, "verdicts").values())
    assert status_of(replicate(load(name), 1)) == status
