"""Rare events: tilted runs against closed forms, and against plain runs where these still see any.

Every comparison fails by chance with probability below LEVEL (normal law of the weighted mean).
"""

from functools import cache
from hashlib import blake2b
from typing import Any

import pytest

from sim import theory
from sim.experiments import replicate
from sim.passages import Tilt
from sim.rare_events import (
    ENOUGH,
    RareEvent,
    WeighedRun,
    estimate_rare,
    run_tilted,
    weigh,
)
from sim.scenario import Scenario
from sim.scenario_files import build, vary
from sim.statistics import agrees, wilson

#: Familywise 0.001 over at most 10 statistical tests (Bonferroni).
LEVEL = 0.001 / 10
#: Its two-sided normal quantile, in half-widths of a 95 % interval.
HALF_WIDTHS = 3.89 / 1.96


def constant(value_ms: float) -> dict[str, Any]:
    return {"distribution": "constant", "value_ms": value_ms}


def payment(case: str, strategy: str, replicas: list[str], **more: Any) -> Scenario:
    """One payment of a client at home; the servers are elsewhere."""
    tree = {
        "about": {"title": case},
        "seed": int.from_bytes(blake2b(case.encode(), digest_size=6).digest(), "big"),
        "strategy": strategy,
        "duration_s": 60,
        "client": {"region": "home", "retry": "none"},
        "authorization_server": {"replicas": ["home"]},
        "servers": [
            {"name": "payments", "replicas": replicas, "operations": {"POST /payments": "payment"}}
        ],
        "stores": {"region": "home", "timeout_ms": 1e9},
    }
    return build(tree | more, case)


def lossy(loss: float, retries: int) -> Scenario:
    """Every message to and from the server may be lost; the client asks so many times again."""
    return payment(
        f"lossy {loss} {retries}",
        "no_check",
        ["eu"],
        client={"region": "home", "retry": "immediate", "retries": retries, "timeout_ms": 50},
        network={"between": [{"regions": ["home", "eu"], "loss_probability": loss}]},
    )


def never_told(loss: float, retries: int) -> float:
    """It took effect, and all answers were lost: every use is accepted, as by so many of grace."""
    return theory.lost_response(loss, loss, retries, grace_uses=retries).consumed_unknown


EVERY_LINK = (Tilt("* home ? * eu", 0.5), Tilt("* eu ? * home", 0.5))


@cache
def untold(loss: float, retries: int, replications: int) -> RareEvent:
    found = lossy(loss, retries)
    return estimate_rare(found, "consumed_unknown_rate", EVERY_LINK, replications)


def close(found: RareEvent, expected: float) -> bool:
    """Whether the closed form is within the interval of LEVEL, and that is of some use."""
    value, _, high, _ = found.probability
    assert value is not None
    assert high is not None
    assert high - value < 0.4 * value
    return abs(value - expected) < HALF_WIDTHS * (high - value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "retries", "least", "most"), [(0.05, 3, 5e-5, 2e-4), (0.02, 4, 1e-9, 1e-6)]
)
def test_lost_answers_in_a_row_are_as_likely_as_the_recursion_says(loss, retries, least, most):
    expected = never_told(loss, retries)
    assert least < expected < most
    found = untold(loss, retries, 400)
    assert close(found, expected)
    assert found.warning == ""


@pytest.mark.slow
def test_plain_runs_agree_with_theory_and_tilted_runs_where_they_still_see_any():
    n, gap = 20_000, constant(100)
    many = vary(lossy(0.05, 3), workload__intentions=n, workload__gap=gap, duration_s=n * 0.1 + 60)
    rate = replicate(many).tally.clusters()["consumed_unknown_rate"]
    assert rate.trials == n
    for expected in (never_told(0.05, 3), untold(0.05, 3, 400).probability.value or 0):
        assert agrees(int(rate.hits), n, expected, LEVEL)
    assert not agrees(int(rate.hits), n, 10 * never_told(0.05, 3), LEVEL)


@pytest.mark.slow
@pytest.mark.parametrize(("gap_ms", "replications"), [(850, 1000), (1500, 1500)])
def test_a_copy_overtakes_the_record_as_rarely_as_the_lags_tail_says(gap_ms, replications):
    """1.0e-4 and 1.5e-7: the tail of an exponential lag, at another replica."""
    mean_ms = 100.0
    scenario = payment(
        f"lag {gap_ms}",
        "replicated_async",
        ["eu", "us"],
        thief={"region": "home", "probability": 1.0, "delay": constant(gap_ms)},
        network={
            "between": [
                {
                    "regions": ["eu", "us"],
                    "latency": {"distribution": "exponential", "mean_ms": mean_ms},
                }
            ]
        },
    )
    tilt = Tilt("payments * > store *", stretch=gap_ms / mean_ms, actor="client")
    found = estimate_rare(scenario, "double_accept_rate", [tilt], replications)
    expected = theory.lag_gap_fixed_gap(mean_ms, gap_ms) * theory.other_replica(2)
    assert close(found, expected)


def test_without_a_tilt_it_is_the_plain_share():
    scenario = lossy(0.5, 1)
    found = estimate_rare(scenario, "consumed_unknown_rate", [], 60)
    plain = replicate(scenario, 60).tally.clusters()["consumed_unknown_rate"]
    assert found.probability.value == pytest.approx(plain.hits / 60)
    assert found.seen == found.effective == plain.hits > 0
    assert found.mean_weight == (1.0, 1.0, 1.0, 60)


def test_a_property_is_an_event_too():
    scenario = lossy(0.1, 2)
    found = estimate_rare(scenario, "at_most_one_effect_per_token", EVERY_LINK, 40)
    assert found.seen > 0
    assert found.effective <= found.seen


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # 3.12: fork and threads
def test_two_processes_give_what_one_gives():
    asked = (lossy(0.05, 3), "consumed_unknown_rate", EVERY_LINK, 12)
    assert estimate_rare(*asked) == estimate_rare(*asked, jobs=2)


def test_an_event_that_is_none_and_a_tilt_of_no_link_are_named_with_what_there_is():
    scenario = lossy(0.05, 1)
    with pytest.raises(ValueError, match=r"event: 'x' does not exist; one of .*double_accept_rate"):
        estimate_rare(scenario, "x", EVERY_LINK, 2)
    with pytest.raises(ValueError, match=r"no draw is tilted; links .*client home > payments eu"):
        estimate_rare(scenario, "theft_rate", [Tilt("store *", 0.5)], 2)


def runs(*weights: float, plain: int = 0, of_weight: float = 1.0) -> list[WeighedRun]:
    seen = [WeighedRun(True, weight, 1, frozenset()) for weight in weights]
    return seen + [WeighedRun(False, of_weight, 1, frozenset())] * plain


def test_the_estimate_is_the_mean_of_what_was_weighed():
    found = weigh("theft_rate", runs(0.2, 0.4, plain=8))
    assert found.probability.value == pytest.approx(0.06)
    assert found.effective == pytest.approx(0.36 / 0.2)
    assert found.mean_weight.value == pytest.approx(0.86)
    assert found.probability.low == 0.0  # and not below, as Student's interval would be


def test_it_warns_when_few_runs_carry_the_estimate():
    unequal = weigh("theft_rate", runs(*[1e-6] * 200, 1.0, plain=100))
    assert "the runs that showed it count as 1.0 of equal weight; 50 are" in unequal.warning
    assert "more runs help only where the tilt is right" in unequal.warning
    many = runs(*[1e-6] * (ENOUGH + 1), plain=100, of_weight=1.5)
    assert weigh("theft_rate", many).warning == ""


def test_it_warns_when_the_weights_themselves_say_that_runs_are_missing():
    """Their mean is 1 in truth; here most of the probability was never drawn."""
    found = weigh("theft_rate", runs(*[1e-3] * 100, *[2e-3] * 100))
    assert found.effective > ENOUGH
    assert "mean weight is between 0.0014 and 0.0016 (95 %), not 1: runs that" in found.warning
    assert found.warning.endswith("tilt less, or fewer draws")


def test_links_that_lose_or_delay_at_random_and_were_not_tilted_are_named():
    one_way, answers = (Tilt("* home ? * eu", 0.5),), ("payments eu > client home",)
    found = estimate_rare(lossy(0.05, 1), "consumed_unknown_rate", one_way, 3)
    assert any("< " in name or name in answers for name in found.by_chance)
    assert not [name for name in found.by_chance if name.startswith("client home > payments")]
    assert found.to_json()["not_tilted"] == list(found.by_chance)
    assert estimate_rare(lossy(0.05, 1), "theft_rate", EVERY_LINK, 3).by_chance == ()


def test_a_link_is_by_chance_too_where_a_tilt_is_about_another_actor_or_changes_nothing():
    for tilt in (Tilt("* eu", 0.5, actor="thief"), Tilt("* eu", stretch=8)):
        thieving = (Tilt("* home", 0.5), tilt)
        found = run_tilted(lossy(0.05, 1), 1, "theft_rate", thieving)
        assert [name for name in found.by_chance if name.endswith("eu")]


def test_plain_runs_are_counted_so_that_none_of_n_is_below_three_in_n():
    plain = [WeighedRun(False, 1.0, 0, frozenset())] * 300
    found = weigh("theft_rate", plain)
    assert found.probability == wilson(0, 300)
    assert (found.plain, found.below, found.to_json()["below"]) == (True, 0.01, 0.01)
    assert "in none of 300 plain runs; tilt what it needs" in found.warning
    assert weigh("theft_rate", [WeighedRun(True, 1.0, 0, frozenset()), *plain]).below is None


def test_what_no_tilted_run_showed_has_no_upper_bound():
    nothing = weigh("theft_rate", runs(plain=100))
    assert nothing.probability == (0.0, 0.0, None, 100)
    assert "in none of 100 tilted runs, which bounds nothing; tilt further" in nothing.warning
    assert nothing.below is None
    assert nothing.to_json()["ci95"] == [0.0, None]
