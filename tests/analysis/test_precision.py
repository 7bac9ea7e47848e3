"""When replications are enough: the rule of Hoad, Robinson and Davies 2010, on counted tallies."""

import pytest

from sim.metrics import Tally
from sim.precision import LOOK_AHEAD, MEASURED, Precision, Watch, relative_half_width
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


def test_it_is_settled_when_it_held_for_so_many_further_replications():
    settled = watched(ASKED, [50, 52, 48, 50, 51, 49, 50, 50, 50, 50, 50, 50])
    first = settled.index(True)
    assert all(settled[first:])
    reached = [
        relative_half_width(_estimate([50, 52, 48, 50, 51, 49, 50][:n])) <= 0.1 for n in (3, 4, 5)
    ]
    assert first + 1 == 3 + reached.index(True) + LOOK_AHEAD


def _estimate(runs: list[int]) -> Estimate:
    script = Script()
    for served in runs:
        script.run(served, 100)
    return script.tally.clusters()["availability"].estimate()


def test_what_widens_again_while_it_is_looked_ahead_begins_anew():
    steady, upset = [50] * 12, [50, 50, 50, 50, 50, 50, 95, 5, 50, 50, 50, 50]
    assert watched(ASKED, steady)[-1]
    assert not any(watched(ASKED, upset))


def test_no_fewer_than_the_least_are_looked_at():
    asked = Precision(0.1, of="availability", least=10)
    assert watched(asked, [50] * 20).index(True) == 10 + LOOK_AHEAD - 1


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


def test_the_sentence_says_which_of_the_two_decided_and_whether_it_was_reached():
    seen, unseen, script, empty = Watch(ASKED), Watch(ASKED), Script(), Script()
    for _ in range(10):
        seen.look(script.run(50, 100))
        unseen.look(empty.run(0, 100))
    assert "± 6.3 % of its value (asked: ± 10 %)." in seen.sentence() or seen.settled
    assert "rule of three" not in seen.sentence()
    assert "none in 1000, so below 0.3 % with 95 % confidence (rule of three" in unseen.sentence()
    assert unseen.sentence().endswith("Not reached.")


def test_json_has_a_half_width_or_a_bound():
    seen, unseen, script, empty = Watch(ASKED), Watch(ASKED), Script(), Script()
    for _ in range(10):
        seen.look(script.run(50, 100))
        unseen.look(empty.run(0, 100))
    told = seen.to_json()
    assert (told["measure"], told["asked"], told["reached"]) == ("availability", 0.1, True)
    assert told["relative_half_width"] < 0.1
    assert told["below"] is None
    assert (unseen.to_json()["relative_half_width"], unseen.to_json()["below"]) == (None, 0.003)


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
        ({"relative": 0.1, "most": 2}, "replications: 2; allowed: 3 or more"),
    ],
)
def test_what_cannot_be_asked_is_named_with_what_can(values, said):
    with pytest.raises(ValueError, match=said):
        Precision(**values)


def test_every_rate_and_every_quantile_can_be_asked_for():
    assert set(RATES) < set(MEASURED)
    assert {"latency_ms.p50", "added_latency_ms.p99", "added_latency_ms.mean"} < set(MEASURED)
