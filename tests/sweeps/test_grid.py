"""The grid of a sweep: how values are written, which combinations there are, what cannot be."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from sim.sweeps import SweepError
from sim.sweeps.grid import check_apart, grid, parse_vary, told
from tests.sweeps.scenes import QUICK


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("client.retries=0,1,2", "client.retries", [0, 1, 2]),
        ("client.timeout_ms = 0.5 , 1e3", "client.timeout_ms", [0.5, 1000.0]),
        ("strategy=no_check,shared_atomic", "strategy", ["no_check", "shared_atomic"]),
        ('a="x,y",z', "a", ["x,y", "z"]),
        ("a='[',']'", "a", ["[", "]"]),
        ("a=true,false,1", "a", [True, False, 1]),
        ('servers.0.replicas=["eu"],["eu","us"]', "servers.0.replicas", [["eu"], ["eu", "us"]]),
        ("a={x = 1, y = [2, 3]},{}", "a", [{"x": 1, "y": [2, 3]}, {}]),
    ],
)
def test_values_are_toml_and_else_texts_and_only_outer_commas_part_them(text, field, values):
    assert parse_vary([text]) == {field: values}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["client.retries"], "vary client.retries: write it as FIELD=VALUE,VALUE"),
        (["=1,2"], "vary =1,2: write it as"),
        (["a="], "vary a=: write it as"),
        (["a=1,,2"], "vary a=1,,2: a value is empty"),
        (["a=1,2", "b=1", "a=3"], "vary a=3: a is given twice"),
    ],
)
def test_what_names_no_values_is_one_line(texts, said):
    with pytest.raises(SweepError, match=said):
        parse_vary(texts)


def settings(cells):
    return [(*cell.settings.values(), cell.strategy) for cell in cells]


def test_every_combination_is_there_in_the_order_given_strategies_last():
    vary: dict[str, Any] = {"client.retries": [2, 0], "thief.probability": [0.5, 0.1]}
    found = settings(grid(QUICK, vary, ["per_replica", "no_check"]))
    assert found[:3] == [(2, 0.5, "per_replica"), (2, 0.5, "no_check"), (2, 0.1, "per_replica")]
    assert found[-1] == (0, 0.1, "no_check")
    assert len(set(found)) == 8


def test_a_cell_has_the_scenario_of_its_point():
    vary: dict[str, Any] = {"client.retries": [7], "servers.payments.replicas": [["eu"]]}
    (cell,) = grid(QUICK, vary)
    assert (cell.scenario.client.retries, cell.scenario.servers[0].replicas) == (7, ("eu",))
    assert cell.strategy == cell.scenario.strategy == QUICK.strategy
    assert cell.scenario.seed == QUICK.seed


def test_a_distribution_can_be_varied_like_anything_else():
    gaps = parse_vary(['workload.gap={distribution="constant", value_ms=5},{distribution="none"}'])
    with pytest.raises(
        SweepError, match=r"workload\.gap\.distribution: 'none' does not exist; one"
    ):
        grid(QUICK, gaps)
    (cell,) = grid(QUICK, {"workload.gap": gaps["workload.gap"][:1]})
    assert cell.scenario.workload.gap.distribution == "constant"


def test_strategies_are_varied_like_a_field_and_are_no_setting_then():
    vary: dict[str, Any] = {"strategy": ["no_check", "per_replica"], "client.retries": [1]}
    assert settings(grid(QUICK, vary)) == [(1, "no_check"), (1, "per_replica")]


def test_a_range_of_numpys_is_a_list_of_numbers():
    vary: dict[str, Any] = {
        "client.retries": np.arange(3),
        "thief.probability": np.linspace(0, 1, 3),
    }
    found = grid(QUICK, vary)
    assert {type(value) for cell in found for value in cell.settings.values()} == {int, float}
    (cell,) = grid(QUICK, {"servers.0.replicas": [np.array(["eu", "us"])]})
    assert cell.settings == {"servers.0.replicas": ["eu", "us"]}


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ({"client.retries": [1, -1]}, "vary client.retries: -1; allowed: at least 0"),
        ({"client.retrys": [1]}, r"client.retrys: unknown key \(did you mean retry\?\); all"),
        ({"client.retries.x": [1]}, "vary client.retries.x: client.retries is"),
        ({"servers.9.replicas": [["eu"]]}, "servers.9.replicas: no item '9'; there are payments"),
        ({"client.retries": []}, "vary client.retries: no values"),
        ({"client.retries": [1, 2, 1]}, "vary client.retries: 1 is given twice"),
        ({"seed": [1, 2]}, "vary seed: every point has the same seeds"),
        ({"strategy": ["hope"]}, "vary strategy: 'hope' does not exist; one of "),
        ({"strategy": ["quorum", "quorum"]}, "vary strategy: quorum is given twice; name it once"),
        ({"servers.0.leeway_s": [0, 0.0]}, "vary servers.0.leeway_s: 0 is given twice; name it on"),
        ({"strategy": [["no_check"]]}, r"vary strategy: \['no_check'\] does not exist; one of "),
        ({"properties": [["luck"]]}, "vary properties: 'luck' does not exist; one of "),
        ({"client.retries": 3}, "vary client.retries: 3; allowed: a list of values"),
        ({"client.retry": "none"}, "vary client.retry: 'none'; allowed: a list of values"),
        ({"client.timeout_ms": [Decimal(1)]}, "vary client.timeout_ms: Decimal.'1'.; no scenario"),
        ({"about.title": [b"x"]}, "vary about.title: b'x'; no scenario has such a value"),
        ({"about.title": ["\udcff"]}, "vary about.title: .* no scenario has such a value"),
        ({"servers.0.replicas": [["eu"], ("eu",)]}, 'replicas: ."eu". is given twice'),
    ],
)
def test_what_cannot_be_names_field_value_and_what_is_allowed(vary, said):
    with pytest.raises(SweepError, match=said) as caught:
        grid(QUICK, vary)
    assert "\n" not in str(caught.value)


def test_what_two_fields_cannot_be_together_names_the_point_of_the_grid():
    varied: dict[str, Any] = {
        "clocks": [[{"node": "payments-us-1", "offset_ms": 5}]],
        "servers.0.replicas": [["eu", "us"], ["eu"]],
    }
    with pytest.raises(SweepError, match=r"vary clocks\.0\.node: 'payments-us-1' d") as caught:
        grid(QUICK, varied)
    assert str(caught.value).endswith(
        '(at clocks=[{"node": "payments-us-1", "offset_ms": 5}], servers.0.replicas=["eu"])'
    )


def test_strategies_named_twice_are_not_guessed_at():
    with pytest.raises(SweepError, match="vary strategy: not with strategies"):
        grid(QUICK, {"strategy": ["no_check"]}, ["per_replica"])


@pytest.mark.parametrize("names", [["hope"], ["no_check", "no_check"]])
def test_a_strategy_is_one_that_there_is_and_is_named_once(names):
    with pytest.raises(SweepError, match=f"strategies: '{names[0]}' (does not exist|is given tw)"):
        grid(QUICK, {}, names)


@pytest.mark.parametrize(
    ("varied", "set_"),
    [
        ("client.retries", "client.retries"),
        ("client", "client.retries"),
        ("servers.0.replicas", "servers.payments.replicas"),
        ("network.access.latency", "network.access.latency.sigma"),
    ],
)
def test_what_is_varied_takes_nothing_with_it_that_was_set(varied, set_):
    with pytest.raises(SweepError, match=f"vary {varied}: not with --set {set_}, which it would"):
        check_apart(QUICK, [varied], [set_])


def test_what_is_set_may_be_around_what_is_varied_or_beside_it():
    beside = ["client", "client.retry", "servers.9.x", "thief.probability", "servers"]
    check_apart(QUICK, ["client.retries", "servers.payments.replicas"], beside)


@pytest.mark.parametrize(
    ("before", "field"),
    [
        ("client.retries", "client"),
        ("servers.0.leeway_s", "servers.payments.leeway_s"),
        ("servers.payments.leeway_s", "servers.0"),
    ],
)
def test_what_is_varied_takes_nothing_with_it_that_was_varied_before(before, field):
    with pytest.raises(SweepError, match=f"vary {field}: not after {before}, which it would"):
        grid(QUICK, {before: [1], field: [2]})


def test_a_part_of_what_is_varied_may_be_varied_after_it():
    (cell,) = grid(QUICK, {"client": [{"retry": "none"}], "client.retries": [3]})
    assert (cell.scenario.client.retry, cell.scenario.client.retries) == ("none", 3)


def test_a_part_of_a_scenario_is_a_value_like_the_table_that_it_is():
    (cell,) = grid(QUICK, {"workload.gap": [QUICK.workload.gap]})
    assert cell.settings == {"workload.gap": QUICK.workload.gap.model_dump()}
    assert cell.scenario == QUICK


def test_a_value_is_told_as_it_was_written():
    assert [told(v) for v in ("eu", 1, 0.5, True, ["eu", "us"], {"a": 1})] == [
        *("eu", "1", "0.5", "true", '["eu", "us"]', '{"a": 1}'),
    ]
