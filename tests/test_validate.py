"""`tokenrace validate`: what it prints, how it ends, and that it denies what is not so."""

import gc

import pytest

from sim.statistics import Estimate
from sim.validation import catalogue
from sim.validation.checks import (
    FAMILYWISE,
    LEVEL,
    PLANNED_CHECKS,
    Expected,
    Experiment,
    Z,
    judge,
    noticing,
    samples,
    seed_of,
)
from sim.validation.evidence import Count, Crossing, Mean, Quantile, SeriesQuantile, Share
from tests.cli.command import tokenrace

KEYS = {"name", "theory", "paper", "simulated", "interval", "holds"}
MORE = {"n", "unit", "about", "paper_way", "paper_agrees", "note"}
CHEAP = "per_replica_k3_m2"


@pytest.fixture
def said():
    return tokenrace("validate", "--only", CHEAP, "--quick", "--json")


def constant(evidence, theory):
    """An experiment that always shows the same."""
    return Experiment(
        CHEAP, lambda: {"x": Expected(theory, "x")}, 1, lambda n, seed: {"x": evidence}
    )


def test_json_has_the_keys_of_the_design_and_the_status_is_0(said):
    assert said.status == 0
    for check in said.json()["checks"]:
        assert set(check) == KEYS | MORE
        low, high = check["interval"]
        assert low <= check["simulated"] <= high
        assert check["holds"] is True


def test_theory_stands_beside_the_simulation(said):
    twice, times = said.json()["checks"]
    assert twice["name"] == f"{CHEAP}.twice"
    assert twice["theory"] == pytest.approx(2 / 3)
    assert times["theory"] == pytest.approx(5 / 3)


def test_the_same_experiment_gives_the_same_numbers_in_every_process(said):
    again = tokenrace("validate", "--only", "per_replica_k3", "--quick", "--json", "--jobs", 2)
    assert again.json()["checks"][:2] == said.json()["checks"]


@pytest.mark.parametrize(
    ("evidence", "theory", "status"),
    [
        (Share(500, 1000), 0.5, 0),
        (Share(500, 1000), 0.6, 1),
        (Crossing((1.0, 2.0), (5, 4), 1000, 0.004), 2.0, 3),
        (Crossing((1.0, 2.0), (90, 80), 1000, 0.004), 2.0, 1),
    ],
)
def test_the_status_is_1_for_a_theory_denied_and_3_for_one_untested(
    monkeypatch, evidence, theory, status
):
    monkeypatch.setitem(catalogue.EXPERIMENTS, CHEAP, constant(evidence, theory))
    answer = tokenrace("validate", "--only", CHEAP)
    assert answer.status == status
    assert (f"{CHEAP}.x" in answer.out) == (status != 0)


def test_what_begins_like_nothing_is_a_mistake_that_names_what_there_is():
    answer = tokenrace("validate", "--only", "nothing")
    assert answer.status == 2
    assert answer.out == ""
    assert CHEAP in answer.err


def test_the_table_fits_eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(catalogue, "QUICK", 0.01)
    out = tokenrace("validate", "--only", "pbs_lnkd_ssd_r1_w1_visibility", "--quick").out
    assert max(map(len, out.splitlines())) <= 80
    assert "1.85" in out  # the paper's figure: it has a column of its own
    assert "first crossing" in out
    assert "1 of 1 checks hold" in out


def test_interrupted_it_shows_what_was_finished(monkeypatch):
    def interrupt(n, seed):
        raise KeyboardInterrupt

    later = Experiment("per_replica_k3_m5", lambda: {}, 1, interrupt)
    monkeypatch.setitem(catalogue.EXPERIMENTS, "per_replica_k3_m5", later)
    answer = tokenrace("validate", "--only", "per_replica_k3", "--quick")
    assert answer.status == 130
    assert "2 of 2 checks hold" in answer.out
    assert "1 of 2 experiments" in answer.err


# what the paper says


@pytest.fixture(scope="module")
def crossed():
    answer = tokenrace("validate", "--only", "pbs_ymmr_as_run_r2_w1_vis", "--quick", "--json")
    return answer.json()["checks"][0]


def test_a_published_visibility_stands_beside_the_first_crossing_that_it_is(crossed):
    way = crossed["paper_way"]
    assert "first crossing" in way["how"]
    assert way["low"] < way["median"] < way["high"] < crossed["theory"]
    assert crossed["paper"] == 202


def test_a_figure_of_the_paper_that_is_not_to_be_had_says_why(crossed):
    assert crossed["paper_agrees"] is False
    assert "first crossing" in crossed["note"]
    assert "grid" in crossed["note"]
    assert crossed["holds"] is True  # which is a matter of theory and simulation


@pytest.mark.parametrize(
    ("paper", "unit", "agrees"), [(10.09, "ms", True), (10.11, "ms", False), (10.3, "", False)]
)
def test_a_paper_agrees_as_far_as_is_advised(paper, unit, agrees):
    expected = Expected(10.0, "x", unit, paper, advised=0.01)
    assert expected.paper_agrees is agrees
    assert bool(expected.note) is not agrees


def test_without_a_paper_nothing_is_said_of_it():
    assert Expected(10.0, "x").paper_agrees is None
    assert Expected(10.0, "x").note == ""


# power and level


def test_all_checks_together_have_the_level_that_is_printed():
    counted = sum(len(each.checks) for each in catalogue.EXPERIMENTS.values())
    assert catalogue.all_checks() == counted <= PLANNED_CHECKS
    assert catalogue.level() * counted == pytest.approx(FAMILYWISE)
    said = tokenrace("validate", "--only", CHEAP, "--quick").out.split()
    assert str(counted) in said
    assert f"{catalogue.level():.2g}:" in said


@pytest.mark.parametrize("difference", [0.003, -0.003])
@pytest.mark.parametrize("p", [0.439, 0.974, 0.893])
def test_three_tenths_of_a_point_are_noticed_nine_times_of_ten(p, difference):
    from scipy.stats import binom

    n = noticing(p, 0.003)
    likely = int(binom.ppf(0.1 if difference > 0 else 0.9, n, p + difference))
    assert not Share(likely, n).allows(p, catalogue.level())


def test_without_a_bound_the_verdict_is_unknown():
    beyond = Quantile([float(each) for each in range(1000)], 0.999)
    assert beyond.allows(998.5, LEVEL)
    estimate, holds = judge(beyond, 998.5, LEVEL)
    assert estimate.high is None
    assert holds is None


def test_a_seed_belongs_to_a_name():
    assert seed_of("a") == seed_of("a") != seed_of("b")
    assert len({seed_of(name) for name in catalogue.EXPERIMENTS}) == len(catalogue.EXPERIMENTS)


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.95])
def test_a_sample_notices_an_error_of_a_tenth(p):
    from scipy.stats import binom

    n = samples(p)
    for wrong in (0.9 * p, 1.1 * p):
        if wrong < 1:
            likely = int(binom.ppf(0.99 if wrong < p else 0.01, n, wrong))
            assert not Share(likely, n).allows(p, LEVEL)


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.95])
def test_a_true_theory_is_allowed_as_far_as_chance_goes(p):
    from scipy.stats import binom

    n = samples(p)
    for q in (LEVEL, 1 - LEVEL):
        assert Share(int(binom.ppf(q, n, p)), n).allows(p, LEVEL)


def test_the_normal_quantiles_are_those_of_level_and_power():
    assert pytest.approx(4.7 + 2.33 + 0.2, abs=0.05) == Z


def test_a_mean_of_equal_values_allows_only_them():
    assert Mean([2.0, 2.0, 2.0]).allows(2.0, LEVEL)
    assert not Mean([2.0, 2.0, 2.0]).allows(2.1, LEVEL)


def estimated(evidence):
    """Value and bounds."""
    return evidence.estimate()[:3]


def test_a_count_of_events_notices_an_error_of_a_tenth_and_allows_the_truth():
    n = round(Z**2 / 0.01)
    assert Count(n, 2.0).allows(n / 2, LEVEL)
    assert not Count(n, 2.0).allows(1.1 * n / 2, LEVEL)
    assert not Count(n, 2.0).allows(0.9 * n / 2, LEVEL)
    assert Count(0).allows(5.0, LEVEL)
    assert not Count(0).allows(20.0, LEVEL)


@pytest.mark.parametrize(("happened", "low", "high"), [(0, 0, 3.689), (10, 4.795, 18.390)])
def test_a_count_has_the_printed_interval(happened, low, high):
    once, per_half = Count(happened).estimate(), Count(happened, 0.5).estimate()
    assert (once.low, once.high) == pytest.approx((low, high), abs=6e-4)
    assert once.high is not None
    assert (per_half.value, per_half.high) == pytest.approx((2 * happened, 2 * once.high))


def test_a_quantile_of_a_series_is_between_its_bounds_and_denies_another():
    values = [(k * 0.6180339887) % 1 for k in range(20_000)]
    found = SeriesQuantile(values, 0.9)
    estimate = found.estimate()
    assert None not in estimate[:3]
    low, value, high = map(float, (estimate.low or 0, estimate.value or 0, estimate.high or 0))
    assert 0 < low <= value <= high
    assert found.allows(0.9, LEVEL)
    assert not found.allows(0.85, LEVEL)


def test_a_series_whose_neighbours_are_alike_says_less_than_as_many_values():
    alike = [((k // 200) * 0.6180339887) % 1 for k in range(20_000)]
    apart = [(k * 0.6180339887) % 1 for k in range(20_000)]
    wide, narrow = (SeriesQuantile(values, 0.9).estimate() for values in (alike, apart))
    assert width(wide) > 5 * width(narrow)


def width(found: Estimate) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_garbage_is_looked_for_as_ever_after_an_experiment_that_failed():
    before, during = gc.get_threshold(), []

    def fail(n, seed):
        during.append(gc.get_threshold())
        raise ValueError(n)

    with pytest.raises(ValueError, match="500"):
        Experiment("fails", lambda: {}, 1, fail).run()
    assert during[0][0] > before[0]
    assert gc.get_threshold() == before
