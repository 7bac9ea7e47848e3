"""When replications are enough: the rule of Hoad, Robinson and Davies 2010, on counted tallies."""

from math import exp, lgamma
from random import Random

import pytest

from sim.clusters import Clusters
from sim.metrics import Tally
from sim.precision import LEAST, LOOK_AHEAD, MEASURED, Precision, Watch, relative_half_width
from sim.rates import RATES
from sim.statistics import Estimate, rule_of_three
from sim.trace import Row


class Script:
    """A tally whose intentions are served as told, a run at a time."""

    def __init__(self) -> None:
        self.tally = Tally()

    def run(self, served: int, of: int) -> Tally:
        for number in range(of):
            kind = "served" if number < served else "unknown"
            detail = {"kind": kind, "latency_us": 1000 + number, "attempts": 1}
            self.tally(Row(number, "outcome", intention=number, detail=detail))
        totals = {"messages": {}, "begun": of, "store_operations": 0}
        totals |= {"store_peak_entries": 0, "store_peak_bytes": 0}
        self.tally(Row(9_999, "total", detail=totals))
        return self.tally


def watched(asked: Precision, runs: list[int], of: int = 100) -> list[bool]:
    """Whether it was settled after each run of so many served intentions of a hundred."""
    watch, script = Watch(asked), Script()
    settled = []
    for served in runs:
        watch.look(script.run(served, of))
        settled.append(watch.settled)
    return settled


ASKED = Precision(0.1, of="availability")
EARLY = Precision(0.1, of="availability", least=3)


def test_it_is_settled_when_it_held_for_so_many_further_replications():
    settled = watched(EARLY, [50, 52, 48, 50, 51, 49, 50, 50, 50, 50, 50, 50])
    first = settled.index(True)
    assert all(settled[first:])
    reached = [
        (relative_half_width(_estimate([50, 52, 48, 50, 51, 49, 50][:n])) or 1.0) <= 0.1
        for n in (3, 4, 5)
    ]
    assert first + 1 == 3 + reached.index(True) + LOOK_AHEAD


def _estimate(runs: list[int]) -> Estimate:
    script = Script()
    for served in runs:
        script.run(served, 100)
    return script.tally.clusters()["availability"].estimate()


def test_what_widens_again_while_it_is_looked_ahead_begins_anew():
    steady, upset = [50] * 12, [50, 50, 50, 50, 50, 50, 95, 5, 50, 50, 50, 50]
    assert watched(EARLY, steady)[-1]
    assert not any(watched(EARLY, upset))


def test_no_fewer_than_the_least_are_looked_at():
    assert LEAST == 10
    assert watched(ASKED, [50] * 20).index(True) == 10 + LOOK_AHEAD - 1
    assert watched(EARLY, [50] * 20).index(True) == 5 + LOOK_AHEAD - 1


def test_from_a_hundred_replications_on_the_look_ahead_is_a_share_of_them():
    watch = Watch(ASKED)
    watch.since, watch.replications = 300, 300 + 3 * LOOK_AHEAD - 1
    assert not watch.settled
    watch.replications += 1
    assert watch.settled


def test_where_nothing_was_seen_the_rule_of_three_decides():
    assert not any(watched(ASKED, [0] * 29))
    settled = watched(ASKED, [0] * 36)
    assert rule_of_three(3000) == 0.001
    assert settled.index(True) == 30 + LOOK_AHEAD - 1


@pytest.mark.parametrize("share", [0, 1])
def test_nothing_or_everything_seen_needs_thirty_runs_however_many_each_counts(share):
    """A fault that strikes one run in ten is seen in 30 runs with 95 % (0.9 ** 30 = 0.04)."""
    watch, found = Watch(ASKED), Clusters()
    for number in range(1, 36):
        found = found.and_run(share * 5000, 5000)
        watch.judge(found.estimate(), found.runs)
        assert (watch.since is None) == (number < 30)
    assert watch.settled


def stops_at_zero(random: Random, a: float, b: float, of: int) -> bool:
    """Whether runs of a beta-binomial law are enough before a first hit is seen."""
    watch, found = Watch(ASKED), Clusters()
    while not watch.settled:
        none = (1 - random.betavariate(a, b)) ** of
        if random.random() > none:
            return False
        found = found.and_run(0, of)
        watch.judge(found.estimate(), found.runs)
    return True


@pytest.mark.parametrize("relative", [0.05, 0.1])
def test_a_precision_of_what_was_seen_in_all_is_that_over_runs(relative):
    """However many intentions: half of 1 - 0.025 ** (1 / runs) is the half-width."""
    asked = Precision(relative, of="availability")
    found = Clusters()
    for number in range(1, 41):
        found = found.and_run(10**6, 10**6)
        half = (1 - 0.025 ** (1 / number)) / 2
        assert asked.reached_by(found.estimate(), number) == (half <= relative and number >= 30)


def test_what_strikes_one_run_in_ten_is_seldom_taken_for_nothing():
    """Level: at most 5 % by the rule; 300 repeats, four standard deviations above that."""
    random, a, b, of, repeats = Random(20_250_120), 0.0155, 1.0, 1000, 300
    none = exp(lgamma(a + b) + lgamma(b + of) - lgamma(b) - lgamma(a + b + of))
    assert 0.88 < none < 0.9  # of a run; its rate is a / (a + b) = 1.5 %
    stopped = sum(stops_at_zero(random, a, b, of) for _ in range(repeats))
    assert stopped / repeats < 0.05 + 4 * (0.05 * 0.95 / repeats) ** 0.5


def test_the_sentence_says_which_of_the_two_decided_and_whether_it_was_reached():
    seen, unseen, script, empty = Watch(EARLY), Watch(ASKED), Script(), Script()
    for _ in range(10):
        seen.look(script.run(50, 100))
        unseen.look(empty.run(0, 100))
    assert seen.sentence().endswith("± 6.3 % of its value (asked: ± 10 %).")
    assert "rule of three" not in seen.sentence()
    assert "none in 1000, so below 0.3 % under the faults of these runs; in" in unseen.sentence()
    assert "none of 10 runs, so in fewer than 30 % of runs; each with 95 %" in unseen.sentence()
    assert unseen.sentence().endswith("Not reached.")


def test_json_has_a_half_width_or_a_bound():
    seen, unseen, script, empty = Watch(EARLY), Watch(ASKED), Script(), Script()
    for _ in range(10):
        seen.look(script.run(50, 100))
        unseen.look(empty.run(0, 100))
    told = seen.to_json()
    assert (told["measure"], told["asked"], told["reached"]) == ("availability", 0.1, True)
    assert told["relative_half_width"] < 0.1
    assert told["below"] is told["runs_below"] is None
    bounds = [unseen.to_json()[key] for key in ("relative_half_width", "below", "runs_below")]
    assert bounds == [None, 0.003, 0.3]


@pytest.mark.parametrize(
    ("estimate", "half"),
    [
        (Estimate(0.5, 0.4, 0.6, 9), pytest.approx(0.2)),
        (Estimate(2.0, 1.0, None, 9), None),
        (Estimate(None, 0.0, 1.0, 0), None),
        (Estimate(0.0, 0.0, 0.3, 9), None),
        (Estimate(0.0, 0.0, 0.0, 9), 0.0),
    ],
)
def test_a_half_width_is_relative_to_the_value(estimate, half):
    assert relative_half_width(estimate) == half


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"relative": 0.0}, "precision: 0; allowed: more than 0 and less than 1"),
        ({"relative": 1.0}, "precision: 1; allowed"),
        ({"relative": 0.1, "of": "messages_per_use"}, "measure: 'messages_per_use' has no interv"),
        ({"relative": 0.1, "least": 1}, "least: 1 replications; allowed: 2 or more"),
        ({"relative": 0.1, "most": 2}, "replications: 2; allowed: 10 or more"),
    ],
)
def test_what_cannot_be_asked_is_named_with_what_can(values, said):
    with pytest.raises(ValueError, match=said):
        Precision(**values)


def test_every_rate_and_every_quantile_can_be_asked_for():
    assert set(RATES) < set(MEASURED)
    assert {"latency_ms.p50", "added_latency_ms.p99", "added_latency_ms.mean"} < set(MEASURED)
