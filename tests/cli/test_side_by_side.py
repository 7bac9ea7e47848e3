"""Strategies side by side: which tables there are, who stands in them, and which rows are equal."""

from typing import Any

import pytest
from rich.console import Console

from oauth_model.strategies import STRATEGIES
from sim.commands.options import strategies_from
from sim.commands.side_by_side import COMPARISON, LONGEST, alike, folded, tables
from sim.commands.tables import measures
from sim.experiments import compare
from sim.metrics import Tally
from sim.scenario_files import load, vary
from tests.cli.command import SHORT, tokenrace

NOTHING = Tally().measures({"reuse_accepted_after_s": {}})


def measured(**values: Any) -> dict[str, Any]:
    """Metrics of nothing, but for these."""
    return NOTHING | values


def rate(value: float, n: int = 100) -> dict[str, Any]:
    return {"value": value, "ci95": [value / 2, min(1.0, 2 * value)], "n": n}


def durations(value: float) -> dict[str, Any]:
    each = {"value": value, "ci95": [value, value], "n": 9}
    return dict.fromkeys(("mean", "p50", "p95", "p99"), each)


def printed(*strategies: tuple[str, dict[str, Any]]) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as shown:
        for table in tables(strategies):
            console.print(table)
    return shown.get()


def titles(*strategies: tuple[str, dict[str, Any]]) -> list[str]:
    """The first word of each table."""
    return [str(table.title).partition(":")[0] for table in tables(strategies)]


STOLEN = measured(thief_before_rate=rate(0.5), exposure_ms=durations(31.8))
REPAIRED = measured(compensated_rate=rate(0.75), detection_ms=durations(190.0))
ROTATED = measured(
    certification=NOTHING["certification"]
    | {"previous_refresh_token_accepted_after_s": {"30": False}},
    family_revoke_rate=rate(0.25),
)


def test_a_table_that_would_say_nothing_is_left_out():
    assert titles(("a", NOTHING)) == ["Safety", "Experience", "Cost"]
    assert titles(("a", NOTHING), ("b", STOLEN)) == ["Safety", "Theft", "Experience", "Cost"]
    assert "Families" in titles(("a", ROTATED))


def test_exposure_stands_with_the_thief_who_was_accepted_first():
    theft = printed(("a", STOLEN)).partition("Theft")[2].partition("Experience")[0]
    assert "50.0 %" in theft
    assert theft.count("31.8") >= 2


def test_only_who_made_up_for_something_stands_in_the_table_of_repair():
    repair = printed(("never_does", NOTHING), ("does", REPAIRED)).partition("Repair")[2]
    repair = repair.partition("Experience")[0]
    assert "never_does" not in repair
    assert "75.0 %" in repair
    assert "190" in repair


def test_a_run_shows_what_concerns_it_and_not_what_does_not():
    def lines(metrics: dict[str, Any]) -> str:
        return " ".join(str(cell) for cell in measures(metrics).columns[0].cells)

    optional = ("thief accepted first", "made up for", "families", "good for a thief")
    assert not [what for what in optional if what in lines(NOTHING)]
    assert "thief accepted first" in lines(STOLEN)
    assert "good for a thief, p95" in lines(STOLEN)
    assert "double acceptance made up for" in lines(REPAIRED)
    assert "families revoked without a thief" in lines(ROTATED)
    assert "time at the server, mean" in lines(NOTHING)


def test_every_table_explains_its_columns():
    for section in COMPARISON.values():
        assert section.caption.endswith(".")
        assert 1 <= len(section.columns) <= 5


@pytest.mark.parametrize("name", [*STRATEGIES, "a" * 40, "_" * 40])
def test_a_long_name_is_folded_after_an_underscore_and_never_cut(name):
    lines = folded(name).split("\n")
    assert "".join(lines) == name
    assert (len(lines) > 1) == (len(name) > LONGEST and "_" in name[1:LONGEST])


def test_rows_that_are_equal_are_named_with_what_the_strategies_differ_in():
    rows = [("per_replica", STOLEN), ("no_check", NOTHING), ("bounded_per_replica", STOLEN)]
    (said,) = alike(rows)
    assert said.startswith("per_replica, bounded_per_replica: the same in every number above; ")
    assert "(memory: records or bounded)" in said
    assert alike(rows[:2]) == []


@pytest.mark.slow
def test_no_two_strategies_are_the_same_in_the_flagship_story():
    scenario = load("two-regions-payment", {"workload.intentions": 140})
    asked, lacking = strategies_from(None, scenario)
    assert {*asked, *lacking} == set(STRATEGIES)
    results = compare(scenario, asked, 1)
    assert alike([(each.scenario.strategy, each.tally.measures()) for each in results]) == []


def test_what_small_memories_have_in_common_is_told_where_they_are_large_enough():
    small = ("two-regions-payment", *SHORT, "--strategies", "per_replica,bounded_per_replica")
    assert "the same in every number above" in tokenrace("compare", *small).out


def test_the_settings_of_the_flagship_story_matter_to_no_strategy_of_the_demo():
    """They are for the others: what the README shows must not depend on them."""
    from sim.demo import COMPARED

    scenario = vary(load("two-regions-payment"), workload__intentions=40)
    plain = vary(scenario, strategy_settings={}, stores__members=())
    for with_them, without in zip(
        compare(scenario, COMPARED), compare(plain, COMPARED), strict=True
    ):
        assert with_them.tally.measures() == without.tally.measures()


def test_what_the_model_gives_for_nothing_is_said_under_the_costs():
    said = "in_transaction: the effect's database is taken to be one, near and never failing."
    assert " ".join(printed(("in_transaction", NOTHING)).split()).count(said) == 1
    assert "in_transaction" not in printed(("shared_atomic", NOTHING))
