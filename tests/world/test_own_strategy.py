"""A strategy as a user would write it, from its class to the comparison and the picture."""

from collections.abc import Iterator

import pytest

from oauth_model.flows import UNKNOWN, Flow, StoreCall
from oauth_model.strategies import (
    SHARED,
    STRATEGIES,
    First,
    Outcome,
    Replay,
    Strategy,
    Undecided,
    Use,
    strategy,
)
from sim.checker import check
from sim.experiments import compare
from sim.scenario_files import ScenarioError, load, vary
from sim.views.text import space_time_text
from sim.world.simulation import simulate


@pytest.fixture
def two_looks() -> Iterator[str]:
    """Thirteen lines: look twice before the insert, in the hope that it helps."""

    @strategy
    class TwoLooks(Strategy):
        name = "two_looks"

        def begin(self, use: Use) -> Flow[Outcome]:
            for _ in range(2):
                seen = yield StoreCall(SHARED, "look", use.key)
                if seen is UNKNOWN:
                    return Undecided()
                if seen.before.value == "used":
                    return Replay()
            yield StoreCall(SHARED, "insert", use.key, self.keep_until_s(use))
            return First()

    yield "two_looks"
    del STRATEGIES["two_looks"]


def test_it_is_known_to_scenarios_by_its_name_and_only_while_registered(two_looks):
    assert vary(load("two-regions-payment"), strategy=two_looks).strategy == "two_looks"
    with pytest.raises(ScenarioError, match="'three_looks' does not exist; one of"):
        vary(load("two-regions-payment"), strategy="three_looks")


def test_it_races_like_any_check_then_act_and_its_race_can_be_drawn(two_looks):
    scenario = vary(load("two-regions-payment"), strategy=two_looks, workload__intentions=800)
    trace = simulate(scenario)
    verdict = check(trace, ["at_most_one_effect_per_token"])["at_most_one_effect_per_token"]
    assert verdict.holds is False
    picture = space_time_text(trace.about(verdict.witness["intention"]))
    assert "EFFECT No. 2" in picture
    assert max(len(line) for line in picture.splitlines()) <= 69


def test_it_stands_in_the_comparison_beside_the_others_under_the_same_fates(two_looks):
    results = compare(load("two-regions-payment"), [two_looks, "shared_atomic"], 4)
    own, atomic = (result.tally.measures() for result in results)
    assert own["double_accept_rate"]["n"] > 500
    assert own["messages_per_use"] > atomic["messages_per_use"] + 1
