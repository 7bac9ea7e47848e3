"""draft-lodderstedt-oauth-multiple-access-tokens-00, section 1: one powerful token, or one each."""

import json
from importlib import import_module

import pytest

from oauth_model.issuance import DESIGNS
from sim.commands.issuance import issuance_table
from sim.issuance_table import blast_radius, issuance, raced, references
from sim.issuance_table.bench import Bench
from sim.scenario import Scenario
from sim.scenario_files import load, vary
from sim.world.simulation import simulate
from tests.cli.command import tokenrace

SERVERS = ["email", "webdav", "voip"]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("three-services")


@pytest.fixture(scope="module")
def rows(scenario):
    return {row["name"]: row for row in issuance(scenario, list(DESIGNS))}


def test_a_fat_token_works_wherever_it_was_not_meant_to_be_shown(rows):
    assert rows["fat"]["blast_radius"] == {
        "email": ["webdav", "voip"],
        "webdav": ["email", "voip"],
        "voip": ["email", "webdav"],
    }


def test_a_token_for_each_server_works_nowhere_else(rows):
    assert rows["lodderstedt"]["blast_radius"] == {server: [] for server in SERVERS}


def test_the_price_is_a_token_request_for_each_further_server(rows):
    fat, each = rows["fat"], rows["lodderstedt"]
    assert (fat["tokens"], each["tokens"]) == (1, 3)
    assert each["round_trips"] - fat["round_trips"] == 2


def test_round_trips_are_what_the_client_sent(scenario, rows):
    trace = simulate(vary(scenario, issuance="fat", malicious={}))
    sent = [row for row in trace.of("send") if row.node == "client-eu"]
    assert rows["fat"]["round_trips"] == len(sent)
    assert rows["fat"]["messages"] == len(trace.of("send"))


def test_a_replay_that_is_refused_is_not_in_the_blast_radius(scenario):
    lodderstedt = vary(scenario, issuance="lodderstedt", malicious={"server": "webdav"})
    tried = [row for row in simulate(lodderstedt).of("respond") if row.actor == "webdav"]
    assert {row.detail["server"] for row in tried} == {"email", "voip"}
    assert blast_radius(lodderstedt, "webdav") == []


def test_the_table_follows_the_scenario(scenario):
    [row] = issuance(vary(scenario, servers=scenario.model_dump()["servers"][:2]), ["fat"])
    assert row["blast_radius"] == {"email": ["webdav"], "webdav": ["email"]}


def test_the_malicious_server_is_shown_its_token_whatever_the_others_say(scenario):
    """Under one token for all, a server that wants another format ends the client's story."""
    first_refuses = vary(scenario, servers__email__token_format="swt", issuance="fat")
    assert issuance(first_refuses, ["fat"])[0]["serves"] == ["webdav", "voip"]
    assert blast_radius(first_refuses, "voip") == ["webdav"]


SAME_SCOPE = [
    {"name": "email", "operations": {"GET /mail": "read"}},
    {"name": "webdav", "operations": {"GET /files": "read"}},
]


@pytest.mark.clause("RFC 8693 2.1 targets")
def test_exchange_carries_a_scope_to_another_server_that_knows_it(scenario):
    [row] = issuance(vary(scenario, servers=SAME_SCOPE), ["rfc8707"])
    assert row["blast_radius"] == {"email": [], "webdav": []}
    assert row["blast_radius_by_exchange"] == {"email": ["webdav"], "webdav": ["email"]}


def test_exchange_reaches_no_further_than_the_scopes_that_were_shown(rows):
    for name in set(rows) - {"fat"}:
        assert rows[name]["blast_radius_by_exchange"] == {server: [] for server in SERVERS}


@pytest.mark.parametrize(("per", "reached"), [("server", 2), ("token", 1)])
def test_who_is_shown_a_single_use_token_first_may_use_it_elsewhere_first(scenario, per, reached):
    """One use at each server, or one in all: then the race is for that one."""
    fat = vary(scenario, issuance="fat", single_use__one_use_per=per)
    assert [len(raced(fat, server)) for server in SERVERS] == [reached] * 3


def test_a_single_use_token_for_one_server_wins_no_race_elsewhere(rows):
    for name in set(rows) - {"fat"}:
        assert rows[name]["raced"] == {server: [] for server in SERVERS}


def test_a_proof_of_possession_keeps_what_leaks_from_working(scenario):
    [row] = issuance(vary(scenario, client__proof="mtls"), ["fat"])
    assert row["serves"] == SERVERS
    assert row["blast_radius"] == row["leaks"]["log"] == {server: [] for server in SERVERS}


def test_only_the_verifier_keeps_a_code_that_leaks_from_working(scenario):
    """What the thief at the redirect page lacks; with it the same steps serve."""
    bench = Bench(scenario)
    bench.run(bench.client.authorize(SERVERS))
    stolen = bench.client.pending
    bench.run(bench.client.authorize(SERVERS))
    bench.client.pending = stolen
    assert bench.run(bench.client.obtain("email")).kind == "served"


def test_a_server_that_checks_no_verifier_lets_the_referer_thief_in(scenario, monkeypatch):
    module = import_module("oauth_model.grants.authorization_code")
    monkeypatch.setattr(module, "check_verifier", lambda *_: None)
    [row] = issuance(scenario, ["lodderstedt"])
    assert row["leaks"]["referer"] == {"redirect page": SERVERS, "resource page": []}


def test_a_server_that_takes_any_reference_lets_the_referer_thief_in(scenario, monkeypatch):
    """Under GNAP: the thief's own request, continued with what the victim's redirect page told."""
    module = import_module("oauth_model.endpoints.gnap_continue")
    monkeypatch.setattr(module, "compare_digest", lambda *_: True)
    [row] = issuance(scenario, ["gnap"])
    assert row["leaks"]["referer"]["redirect page"] == SERVERS


@pytest.mark.parametrize(
    ("attempt", "code"),
    [(references.alone, "invalid_continuation"), (references.injected, "invalid_interaction")],
)
def test_the_reference_of_a_redirect_page_is_really_tried(scenario, attempt, code):
    answer = attempt(Bench(vary(scenario, issuance="gnap")))
    assert answer.json()["error"]["code"] == code
    assert attempt(Bench(scenario)) is None  # no design but GNAP has one


def test_the_costs_are_those_of_one_intention(scenario, rows):
    [row] = issuance(vary(scenario, workload__intentions=5), ["fat"])
    assert row == rows["fat"]


def test_the_terminal_marks_costs_of_what_did_not_serve_all():
    first = ("--set", "servers.email.token_format=swt", "--set", "servers.voip.token_format=swt")
    out = tokenrace("issuance", *first, "--designs", "fat,lodderstedt").out
    fat, each = (
        next(line.split() for line in out.splitlines() if line.startswith(f" {name} "))
        for name in ("fat", "lodderstedt")
    )
    assert all(figure.endswith("*") for figure in fat[1:4])
    assert not any("*" in figure for figure in each)
    assert "* The design did not" in out


def test_nowhere_is_said_only_of_servers_that_served(rows):
    unserved = rows["lodderstedt"] | {"serves": ["email", "webdav"]}
    [*_, cells] = issuance_table([unserved]).columns
    assert list(cells.cells) == ["email: nowhere\nwebdav: nowhere\nvoip: –"]


def test_a_forger_copies_no_proof_that_it_cannot_give(scenario):
    """A token of its own making binds no key, whatever the tokens are that it has seen."""
    swt = [server | {"token_format": "swt"} for server in scenario.model_dump()["servers"]]
    [row] = issuance(vary(scenario, servers=swt, client__proof="mtls"), ["fat"])
    assert row["keys_shared"]["forged"]["email"] == ["webdav", "voip"]


def test_refresh_widens_where_registration_decides_and_nowhere_else(rows):
    widened = {name: row["refresh_widens"] for name, row in rows.items() if row["refresh_widens"]}
    assert widened == {"mrrt": ["webdav", "voip"]}


@pytest.mark.parametrize(
    ("design", "request_", "code"),
    [
        ("fat", "consent to an unknown scope", "invalid_scope"),
        ("lodderstedt", "refresh for a server not granted", "invalid_scope"),
        ("rfc8707", "consent to an unknown server", "invalid_target"),
        ("rfc8707", "refresh for a server not granted", "invalid_target"),
        ("scope_inferred", "refresh for a scope not granted", "invalid_scope"),
        ("mrrt", "consent to an unknown server", "access_denied"),
        ("mrrt", "refresh for an unknown server", None),  # silently for the default audience
        ("lodderstedt", "code redeemed twice", "invalid_grant"),
    ],
)
def test_a_wrong_request_gets_the_error_of_its_design(rows, design, request_, code):
    assert rows[design]["refused"][request_] == code


@pytest.mark.parametrize(
    ("request_", "designs"),
    [
        (
            "consent to an unknown server",
            ["fat", "lodderstedt", "gnap", "scope_inferred", "token_exchange"],
        ),
        ("refresh for a server not granted", ["fat", "gnap"]),
        ("refresh for an unknown server", ["fat", "lodderstedt", "gnap", "scope_inferred"]),
        ("code redeemed twice", ["gnap"]),
    ],
)
def test_a_request_that_cannot_say_what_is_wrong_is_not_called_unrefused(rows, request_, designs):
    assert [name for name, row in rows.items() if request_ not in row["refused"]] == designs


def test_of_a_single_server_nothing_can_be_asked_that_was_not_granted(scenario):
    alone = scenario.model_dump()["servers"][:1]
    [row] = issuance(vary(scenario, servers=alone, malicious={}), ["rfc8707"])
    assert not [request for request in row["refused"] if request.endswith("not granted")]


def test_the_terminal_says_all_only_of_all_designs():
    out = tokenrace("issuance", "--designs", "fat,gnap").out.splitlines()
    at = next(n for n, line in enumerate(out) if line.startswith(" code redeemed twice"))
    assert out[at].split()[3:] == ["invalid_grant:", "fat"]
    assert out[at + 1].split() == ["cannot", "be", "asked:", "gnap"]
    assert any(line.split()[-2:] == ["401:", "all"] for line in out)


def test_every_design_serves_all_so_that_nowhere_means_tried_and_refused(rows):
    assert {name: row["serves"] for name, row in rows.items()} == dict.fromkeys(rows, SERVERS)


def test_who_holds_no_token_presents_nothing(scenario):
    bench = Bench(scenario)
    assert list(bench.visit(["email"])) == ["email"]
    assert bench.present("voip") is None


def test_every_row_says_the_same_things(rows):
    assert len({frozenset(row) for row in rows.values()}) == 1
    assert json.loads(json.dumps(list(rows.values()))) == list(rows.values())


@pytest.mark.parametrize("columns", [80, 100])
def test_the_tables_of_all_designs_fit_a_terminal(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = tokenrace("issuance", "draft-three-services").out
    assert max(map(len, out.splitlines())) <= columns
    assert "…" not in out
    assert all(name in out for name in DESIGNS)


def test_the_tables_count_what_the_rows_list(rows):
    out = tokenrace("issuance", "--designs", "fat").out
    fat = [line.split() for line in out.splitlines() if line.startswith(" fat ")]
    assert fat[1] == ["fat", "6", "6", "6", "6", "3", "0"]
    assert fat[2] == ["fat", "3", "1", "0", "1", "of", "1", "6", "3", "0"]
