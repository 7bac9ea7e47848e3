"""`--precision`, `--measure` and `--against`, and what the tables say of what was never seen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from oauth_model.strategies import STRATEGIES
from sim.clusters import Clusters
from sim.commands.differences import DIFFERENCES, differences
from sim.commands.side_by_side import folded
from sim.commands.tables import NOTHING, left_open, percent
from tests.cli.command import RACE, tokenrace

BOTH = ("--strategies", "no_check,shared_atomic")
PRECISE = ("--precision", "0.3", "--measure", "availability")


@pytest.fixture(scope="module")
def until():
    return tokenrace("run", *RACE, *PRECISE, "--json").json()


@pytest.fixture(scope="module")
def compared():
    asked = ("--replications", 3, "--against", "shared_atomic", "--json")
    return tokenrace("compare", *RACE, *BOTH, *asked).json()


def test_precision_in_json_says_what_was_asked_and_what_came_of_it(until):
    assert set(until["precision"]) == {
        *("measure", "asked", "reached", "relative_half_width", "below", "runs_below")
    }
    assert until["precision"]["measure"] == "availability"
    assert until["precision"]["reached"] is True
    assert until["precision"]["relative_half_width"] <= 0.3


def test_so_many_replications_asked_for_directly_give_the_same(until):
    asked = ("--replications", until["replications"], "--json")
    direct = tokenrace("run", *RACE, *asked).json()
    assert direct == {key: value for key, value in until.items() if key != "precision"}


def test_replications_are_the_most_beside_a_precision():
    answer = tokenrace("run", *RACE, "--precision", "0.01", "--replications", 11, "--json")
    assert answer.json()["replications"] == 11
    assert answer.json()["precision"]["reached"] is False


def test_the_terminal_says_whether_the_precision_was_reached():
    short = tokenrace("run", *RACE, "--precision", "0.01", "--replications", 10).out
    assert "(rule of three; asked in place of a relative" in " ".join(short.split())
    assert "Not reached." in short
    both = " ".join(tokenrace("compare", *RACE, *BOTH, *PRECISE).out.split())
    for name in ("no_check", "shared_atomic"):
        assert f"{name}: availability, " in both
    assert "Not reached." not in both


def test_intervals_say_over_how_many_runs_they_are(compared, until):
    rate = compared["strategies"][0]["metrics"]["availability"]
    assert set(rate) == {"value", "ci95", "n", "runs"}
    assert rate["runs"] == 3
    assert until["metrics"]["latency_ms"]["p50"]["runs"] == until["replications"]


def test_a_difference_is_given_for_every_strategy_but_the_baseline(compared):
    assert compared["against"] == "shared_atomic"
    other, baseline = compared["strategies"]
    assert "difference" not in baseline
    assert set(other["difference"]["availability"]) == {"value", "ci95", "n"}
    assert other["difference"]["availability"]["n"] == 3
    names = {name for columns in DIFFERENCES.values() for name, _ in columns.values()}
    assert names < set(other["difference"])


def test_a_difference_has_the_sign_of_who_has_more(compared):
    twice = compared["strategies"][0]["difference"]["double_accept_rate"]
    assert twice["value"] > 0
    assert twice["ci95"][0] < twice["value"] < twice["ci95"][1]


def test_without_a_baseline_nothing_is_said_of_differences():
    answer = tokenrace("compare", *RACE, *BOTH, "--json").json()
    assert "against" not in answer
    assert all("difference" not in each for each in answer["strategies"])


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_of_differences_is_cut_off_nowhere(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = tokenrace("compare", *RACE, *BOTH, "--against", "no_check", "--replications", 2).out
    assert max(map(len, out.splitlines())) <= columns
    table = out.partition("Difference from no_check")[2]
    assert "shared_atomic" in table
    assert "−" in table
    assert "±" in table


def difference(value: float | None, low: float | None, high: float | None, n: int = 5) -> str:
    """What stands in the first column for this difference."""
    estimate = {"value": value, "ci95": [low, high], "n": n}
    names = [name for columns in DIFFERENCES.values() for name, _ in columns.values()]
    found = dict.fromkeys(names, estimate)
    reports: list[dict[str, Any]] = [{"name": "base"}, {"name": "other", "difference": found}]
    table = differences(reports, "base").renderables[0]
    assert isinstance(table, Table)
    return str(next(iter(table.columns[1].cells)))


def test_differences_of_every_strategy_fit_in_80_columns_with_whole_names_and_headers():
    names = [name for columns in DIFFERENCES.values() for name, _ in columns.values()]
    each = {"value": -0.985, "ci95": [-1.1, -0.87], "n": 5}
    found = dict.fromkeys(names, each)
    reports = [{"name": name, "difference": found} for name in STRATEGIES]
    console = Console(width=80, color_system=None)
    with console.capture() as shown:
        console.print(differences(reports, "a_strategy_with_a_name"))
    assert "…" not in shown.get()
    lines = {line.split(maxsplit=1)[0] for line in shown.get().splitlines() if line.strip()}
    assert {part for name in STRATEGIES for part in folded(name).split("\n")} <= lines


def test_a_difference_stands_with_its_sign_over_half_of_its_interval():
    assert difference(-0.125, -0.15, -0.1) == "−12.5\n± 2.5"
    assert difference(0.02, 0.01, 0.03) == "+2.0\n± 1.0"


def test_a_difference_that_no_run_shows_is_no_certainty():
    assert difference(0.0, None, None) == "0\nall equal"
    assert difference(0.25, None, None, n=1) == "+25.0\n± ?"
    assert difference(0.0, None, None, n=1) == "0\n± ?"


def table_of_differences(**more: Any) -> str:
    """The tables where every measure differs by this."""
    names = [name for columns in DIFFERENCES.values() for name, _ in columns.values()]
    found = dict.fromkeys(names, {"value": 0.5, "ci95": [0.4, 0.6], "n": 20} | more)
    console = Console(width=80, color_system=None)
    with console.capture() as shown:
        console.print(differences([{"name": "b"}, {"name": "a", "difference": found}], "b"))
    return " ".join(shown.get().split())


def test_an_interval_that_rests_on_few_runs_is_marked_and_explained_once():
    few = table_of_differences(scatter_of_few=True)
    assert "± 10.0*" in few
    assert few.count("covers the truth in 80 to 90 % of cases only") == 1
    assert "*" not in table_of_differences()
    assert "*" not in table_of_differences(scatter_of_few=True, ci95=[None, None])


def test_the_document_says_which_differences_rest_on_few_runs(compared):
    found = compared["strategies"][0]["difference"]
    assert not [name for name, each in found.items() if "scatter_of_few" in each]


def test_a_difference_that_one_run_makes_has_no_interval():
    assert difference(0.002, None, None) == "+0.2\n± ?"
    assert difference(None, None, None) == NOTHING


@pytest.mark.parametrize(
    ("n", "said"), [(4000, "< 0.075 %"), (30, "< 10 %"), (2, "?"), (7, "< 43 %")]
)
def test_a_rate_of_which_nothing_was_seen_is_below_a_bound_and_never_zero(n, said):
    assert percent({"value": 0.0, "ci95": [0.0, 0.3], "n": n}) == (said, f"0/{n}")


@pytest.mark.parametrize(
    ("n", "said"),
    [(4000, "> 99.92 %"), (960, "> 99.68 %"), (30, "> 90 %"), (3, "?"), (7, "> 57 %")],
)
def test_a_rate_of_which_nothing_else_was_seen_is_above_a_bound_and_never_100(n, said):
    assert percent({"value": 1.0, "ci95": [0.7, 1.0], "n": n}) == (said, f"{n}/{n}")


@given(st.integers(4, 10**7))
def test_the_bounds_of_all_and_of_nothing_are_each_others_mirror(n):
    none, all_ = (percent({"value": v, "ci95": [0.0, 1.0], "n": n})[0] for v in (0.0, 1.0))
    below, above = float(none.strip("< %")), float(all_.strip("> %"))
    assert 100 - below - 0.01 < above <= 100 - 300 / n + 1e-6


@pytest.mark.parametrize(
    ("value", "said"), [(0.00004, "0.004 %"), (0.99996, "99.99 %"), (0.9994, "99.9 %")]
)
def test_what_is_not_all_is_not_rounded_to_all_nor_a_little_to_nothing(value, said):
    assert percent({"value": value, "ci95": [0.0, 1.0], "n": 25_000})[0] == said


def test_no_table_says_zero_or_a_hundred_percent():
    one, both = (tokenrace("run", *RACE).out, tokenrace("compare", *RACE, *BOTH).out)
    for out in (one, both):
        assert "< " in out
        assert " 0 %" not in out
        assert " 100 %" not in out
    assert "> " in both


def test_what_a_bound_leaves_open_is_said_where_runs_are_several():
    """Fewer than 3 in R runs: a fault that strikes no more than that may have been missed."""
    open_ = "strikes fewer than 75 % of runs may have struck none of them."
    for command in (("run", *RACE), ("compare", *RACE, *BOTH)):
        one, four = (" ".join(tokenrace(*command, "--replications", n).out.split()) for n in (1, 4))
        assert "may have struck none" not in one
        assert four.count(open_) == 1
        assert "One run cannot tell how runs differ" in one
        assert "One run" not in four


def over(*runs: tuple[int, int]) -> dict[str, Any]:
    """A rate as it stands in JSON, of runs with so many hits in so many trials."""
    found = Clusters()
    for hits, trials in runs:
        found = found.and_run(hits, trials)
    return found.to_json()


NONE, ALL, SOME, ONCE = (
    *(over(*[(0, 9)] * 10), over(*[(9, 9)] * 5)),
    *(over((1, 9), (2, 9)), over((3, 9))),
)


@pytest.mark.parametrize(
    ("rates", "said", "unsaid"),
    [
        ([NONE], ['"< x %": none seen;', "fewer than 30 % of runs"], ['"> x %"', "One run"]),
        ([ALL], ['"> x %": seen in all;', "fewer than 60 % of runs"], ['"< x %"']),
        ([NONE, ALL], ['none seen; "> x %": seen in all;', "fewer than 60 % of runs"], []),
        ([SOME], ["Intervals are over runs"], ["none seen", "seen in all"]),
        ([SOME, ONCE], ["What only one run had is taken as independent"], ["One run cannot"]),
        ([ONCE, over((0, 9))], ["One run cannot tell"], ["over runs", "fewer than"]),
    ],
)
def test_what_is_left_open_is_said_of_what_is_there_and_of_nothing_else(rates, said, unsaid):
    text = left_open(rates)
    assert all(each in text for each in said)
    assert not any(each in text for each in unsaid)


def test_nothing_counted_leaves_nothing_open():
    assert left_open([over(), over((0, 0))]) == ""
