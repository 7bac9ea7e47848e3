"""OAuth WG interim 2025-01-20: what single use adds to tokens bound to a key or a transaction."""

from __future__ import annotations

import pytest

from sim.overlap import ATTACKS, KINDS, Line, overlap, with_kind
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.statistics import Estimate
from sim.world.simulation import simulate
from tests.cli.command import tokenrace


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("overlap", {"workload.intentions": 60})


@pytest.fixture(scope="module")
def lines(scenario) -> dict[str, Line]:
    return {line.name: line for line in overlap(scenario)}


def worked(line: Line) -> dict[str, float]:
    return {name: share(attack.worked) for name, attack in line.attacks.items()}


def share(estimate: Estimate) -> float:
    assert estimate.value is not None, "nobody tried"
    return estimate.value


def test_a_bearer_token_works_for_whoever_saw_it(lines):
    assert set(worked(lines["bearer"]).values()) == {1.0}


@pytest.mark.clause("interim-2025-01-20 overlap single use")
def test_single_use_stops_who_comes_later_and_not_who_races(lines):
    found = worked(lines["single_use"])
    assert (found["log_soon"], found["log_late"], found["malicious_server"]) == (0, 0, 0)
    assert 0.2 < found["path_replay"] < 0.8


def test_when_the_thief_wins_the_race_the_honest_client_is_told_no(lines):
    attack = lines["single_use"].attacks["path_replay"]
    assert attack.honest.told_no.value == attack.worked.value


@pytest.mark.clause("interim-2025-01-20 overlap DPoP")
@pytest.mark.clause("RFC 9449 11.1 window")
@pytest.mark.clause("RFC 9449 11.1 jti store")
def test_a_proof_is_good_for_a_replay_in_its_window_unless_its_jti_is_remembered(lines):
    assert worked(lines["dpop"])["log_soon"] == 1
    assert worked(lines["dpop"])["log_late"] == 0
    assert worked(lines["dpop_jti"])["log_soon"] == 0


@pytest.mark.clause("RFC 9449 11.1 nonce reuse")
def test_a_nonce_alone_does_not_stop_a_replay(lines):
    assert worked(lines["dpop_nonce"])["log_soon"] > 0.9


@pytest.mark.clause("interim-2025-01-20 overlap DPoP")
def test_a_proof_says_nothing_about_the_body(lines):
    assert worked(lines["dpop"])["path_change"] == 1


@pytest.mark.clause("interim-2025-01-20 overlap mTLS")
@pytest.mark.clause("RFC 8705 3 mismatch")
def test_a_connection_cannot_be_copied(lines):
    assert set(worked(lines["mtls"]).values()) == {0.0}


@pytest.mark.clause("interim-2025-01-20 overlap RAR")
def test_details_of_a_transaction_stop_another_one_and_not_the_same_twice(lines):
    found = worked(lines["rar"])
    assert (found["path_replay"], found["path_change"]) == (1, 0)


def stopped(line: Line) -> set[str]:
    return {attack for attack, portion in worked(line).items() if portion == 0}


def test_what_is_combined_stops_what_any_part_stops(lines):
    for name, parts in KINDS.items():
        for part in ({"single_use", "mtls", "rar"} & set(parts)) - {name}:
            assert stopped(lines[part]) <= stopped(lines[name])


@pytest.mark.clause("interim-2025-01-20 overlap mTLS")
@pytest.mark.clause("interim-2025-01-20 network errors")
@pytest.mark.parametrize("name", KINDS)
def test_after_a_lost_answer_a_token_pays_twice_or_tells_its_honest_owner_no(lines, name):
    lost = lines[name].mishaps["lost_response"]
    no, twice = share(lost.told_no), share(lost.twice)
    single = "single_use" in KINDS[name]
    assert (no > 0.9, twice == 0) == (single, single)
    assert (no == 0, twice > 0.9) == (not single, not single)


@pytest.mark.parametrize("name", KINDS)
def test_only_single_use_makes_one_payment_of_a_double_click(lines, name):
    clicks = lines[name].mishaps["double_click"]
    assert clicks.told_no.value == 0
    assert (clicks.twice.value == 0) == ("single_use" in KINDS[name])


@pytest.mark.clause("interim-2025-01-20 latency")
def test_single_use_costs_a_token_request_and_a_question_to_the_store(lines):
    bearer, single = lines["bearer"].cost, lines["single_use"].cost
    assert single.messages_per_use - bearer.messages_per_use == pytest.approx(4)
    assert single.store_operations_per_use - bearer.store_operations_per_use == pytest.approx(1)
    assert lines["single_use"].added_ms(bearer) > 30


def test_a_token_for_one_transaction_is_asked_for_each_time(lines):
    bearer, rar = lines["bearer"].cost, lines["rar"].cost
    assert rar.messages_per_use - bearer.messages_per_use == pytest.approx(2)


def test_every_kind_serves_everybody_while_nothing_goes_wrong(scenario):
    calm = vary(scenario, workload__intentions=5)
    for parts in KINDS.values():
        ended = simulate(with_kind(calm, parts), full=False).of("outcome")
        assert [row.detail["kind"] for row in ended] == ["served"] * 5


def test_the_same_seed_gives_the_same_matrix(scenario, lines):
    [again] = overlap(scenario, ["single_use+rar"])
    assert again == lines["single_use+rar"]


def test_a_finding_says_what_its_row_says(lines):
    bearer = lines["bearer"].cost
    said = lines["mtls"].finding(bearer)
    assert "stops a log read 1 s later" in said
    assert "lets through nothing" in said
    assert "acts twice after a lost answer (100 %)" in said


FEW = ("--set", "workload.intentions=10", "--kinds", "single_use")


def test_the_command_prints_a_matrix_of_80_columns_and_a_sentence_a_row():
    answer = tokenrace("overlap", *FEW)
    assert answer.status == 0
    assert max(map(len, answer.out.splitlines())) <= 80
    assert "single_use stops a log read 1 s later" in " ".join(answer.out.split())


def test_the_document_has_a_share_with_its_interval_for_every_attack():
    bearer, single = tokenrace("overlap", "--json", *FEW).json()["kinds"]
    assert (bearer["name"], single["parts"]) == ("bearer", ["single_use"])
    assert list(single["attacks"]) == list(ATTACKS)
    assert single["attacks"]["log_soon"]["worked"] == {
        "value": 0,
        "ci95": [0, pytest.approx(0.2775, abs=1e-4)],
        "n": 10,
    }


@pytest.mark.parametrize("name", KINDS)
def test_a_malicious_server_is_to_nobodys_credit_where_the_audience_stops_it(lines, name):
    line, per_payment = lines[name], {"single_use", "rar"} & set(KINDS[name])
    assert line.audiences == (1 if per_payment else 2)
    said = line.finding(lines["bearer"].cost)
    assert ("(a malicious server: by its audience alone)" in said) == bool(per_payment)


def test_one_audience_alone_stops_a_malicious_server(scenario):
    [bearer] = overlap(vary(scenario, issuance="rfc8707", workload__intentions=10), ["bearer"])
    assert (bearer.audiences, worked(bearer)["malicious_server"]) == (1, 0)


@pytest.mark.parametrize("name", KINDS)
def test_who_lost_the_answer_with_the_token_is_counted_as_left_out(lines, name):
    loses = "rar" in KINDS[name] and "single_use" not in KINDS[name]
    left_out = lines[name].left_out
    assert left_out.n == 60
    assert (share(left_out) > 0.2) == loses
    assert (share(left_out) == 0) == (not loses)


def test_the_legends_say_what_is_left_out_and_whose_audience_is_one():
    answer = tokenrace("overlap", "--set", "workload.intentions=10", "--kinds", "rar")
    said = " ".join(answer.out.split())
    assert "Tokens of bearer are for more than one server; those of rar for one" in said
    assert "since the token's answer was lost: rar " in said


def test_a_scenario_that_serves_nobody_is_a_mistake_in_one_line():
    answer = tokenrace("overlap", "three-services", "--kinds", "bearer")
    assert answer.status == 2
    assert "pays with a single call; nobody was served" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_an_unknown_kind_is_a_mistake():
    answer = tokenrace("overlap", "--kinds", "jwt")
    assert answer.status == 2
    assert "'jwt' does not exist" in answer.err
