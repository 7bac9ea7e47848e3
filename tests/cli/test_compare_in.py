"""`compare --in FIELD`: other strategies than those of the servers; and other one-time objects."""

from typing import Any

import pytest
from rich.console import Console

from sim.commands.differences import DIFFERENCES, differences
from sim.commands.side_by_side import COMPARISON, tables
from sim.commands.tables import MEASURES, ONE_TIME, measures
from sim.metrics import Tally
from tests.cli.command import tokenrace

AS = "authorization_server.strategy"
TABS = ("toctou-refresh", "--set", "workload.intentions=10", "--set", "duration_s=60")
BOTH = ("--strategies", "no_check,shared_atomic")
NOTHING = Tally().measures({"reuse_accepted_after_s": {}})
OF_EACH = ("double_accept_rate", "first_use_reject_rate", "burned_rate")


def rate(value: float, n: int = 100) -> dict[str, Any]:
    return {"value": value, "ci95": [value / 2, min(1.0, 2 * value)], "n": n}


def metrics(kind: str = "refresh_token", value: float = 0.25, n: int = 100) -> dict[str, Any]:
    """Metrics of nothing but one kind of one-time object."""
    return NOTHING | {f"{kind}_{of}": rate(value, n) for of in OF_EACH}


def titles(*strategies: tuple[str, dict[str, Any]]) -> list[str]:
    return [str(table.title).partition(":")[0] for table in tables(strategies)]


def printed(thing: Any) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as shown:
        console.print(thing)
    return shown.get()


@pytest.fixture(scope="module")
def compared():
    asked = ("--in", AS, "--against", "shared_atomic", "--replications", 2, "--json")
    return tokenrace("compare", *TABS, *BOTH, *asked).json()


def test_the_document_says_where_the_strategies_are_and_what_each_is_called(compared):
    assert compared["in"] == AS
    assert [each["name"] for each in compared["strategies"]] == ["no_check", "shared_atomic"]


def test_the_strategies_of_the_authorization_server_differ_in_refresh_tokens(compared):
    none, one = (each["metrics"]["refresh_token_double_accept_rate"] for each in by_name(compared))
    assert (none["value"], none["n"]) == (0.5, 40)  # each of 20, and what came of it
    assert (one["value"], one["n"]) == (0, 20)


def by_name(compared: dict[str, Any]) -> list[dict[str, Any]]:
    return list(compared["strategies"])


def test_a_difference_is_from_the_strategy_of_that_name_there(compared):
    other, baseline = by_name(compared)
    assert "difference" not in baseline
    assert other["difference"]["refresh_token_double_accept_rate"]["value"] == 0.5


def test_the_strategies_of_the_servers_make_no_difference_to_refresh_tokens():
    document = tokenrace("compare", *TABS, *BOTH, "--json").json()
    assert "in" not in document
    none, one = (each["metrics"] for each in document["strategies"])
    for of in OF_EACH:
        assert none[f"refresh_token_{of}"] == one[f"refresh_token_{of}"]


def test_the_terminal_says_what_is_compared_and_fits(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    answer = tokenrace("compare", *TABS, *BOTH, "--in", AS, "--against", "no_check")
    assert answer.status == 0
    assert f"comparing {AS}, seed 46054" in answer.out
    assert "Refresh tokens: each for one use" in answer.out
    assert "seeds: refresh tokens" in " ".join(answer.out.split())
    assert max(map(len, answer.out.splitlines())) <= 80


@pytest.mark.parametrize("field", ["client.retry", "servers.1.proof_strategy", "nothing"])
def test_a_field_that_names_no_strategy_is_refused_with_those_that_do(field: str):
    answer = tokenrace("compare", *TABS, "--in", field)
    assert answer.status == 2
    assert answer.err.startswith(f"tokenrace: --in: {field!r} does not exist")
    assert f"; one of strategy, {AS}, servers.0" in answer.err


def test_a_run_has_a_line_for_each_rate_of_what_was_presented_and_none_for_the_rest():
    shown = printed(measures(metrics("dpop_proof")))
    assert "DPoP proofs accepted twice" in shown
    assert "DPoP proofs: honest first use rejected" in shown
    assert "DPoP proofs burned" in shown
    assert not [many for many in ONE_TIME.values() if many != "DPoP proofs" and many in shown]


@pytest.mark.parametrize("kind", ONE_TIME)
def test_each_kind_has_its_lines_in_80_columns(kind: str):
    assert {f"{kind}_{of}" for of in OF_EACH} <= MEASURES.keys()
    assert max(map(len, printed(measures(metrics(kind))).splitlines())) <= 80


@pytest.mark.parametrize("kind", ONE_TIME)
def test_a_kind_has_a_table_where_strategies_differ_in_it(kind: str):
    many = ONE_TIME[kind][:1].upper() + ONE_TIME[kind][1:]
    assert many in titles(("a", metrics(kind)), ("b", metrics(kind, 0.5)))
    assert many not in titles(("a", metrics(kind)), ("b", metrics(kind)))
    assert many in titles(("a", metrics(kind)))  # there is nothing to be alike to
    assert many not in titles(("a", NOTHING), ("b", NOTHING))


def test_a_table_of_a_kind_leaves_out_who_was_shown_none():
    title = "Codes: each for one use"
    (table,) = (t for t in tables([("a", metrics("code")), ("b", NOTHING)]) if t.title == title)
    assert table.row_count == 1
    assert COMPARISON[title].if_different


def reported(name: str, **values: float) -> dict[str, Any]:
    """What `compare --against` hands over, of which these differences are not nothing."""
    named = [measure for each in DIFFERENCES.values() for measure, _ in each.values()]
    nothing = {"value": None, "ci95": [None, None], "n": 0}
    some = {
        measure: {"value": v, "ci95": [v - 0.1, v + 0.1], "n": 5} for measure, v in values.items()
    }
    return {"name": name, "difference": dict.fromkeys(named, nothing) | some}


def test_a_difference_in_one_kind_has_a_table_and_no_difference_has_none():
    some = printed(differences([reported("a", code_burned_rate=0.25)], "b"))
    assert "seeds: codes" in " ".join(some.split())
    assert "+25.0" in some
    same = printed(differences([reported("a", code_burned_rate=0.0)], "b"))
    assert "codes" not in same
    assert "refresh tokens" not in some


def test_the_measures_are_listed_with_what_each_counts_and_among_which():
    listed = tokenrace("list", "measures", "--json").json()["measures"]
    says = {entry["name"]: entry["says"] for entry in listed}
    for kind in ONE_TIME:
        for of in OF_EACH:
            assert " / " in says[f"{kind}_{of}"]
