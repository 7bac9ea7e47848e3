"""Whatever goes wrong, alone or all together, a run ends and its trace makes sense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.strategies import STRATEGIES
from sim.scenario_faults import AnyFault
from sim.trace import Trace
from sim.views.scene import picture
from sim.views.text import space_time_text
from tests.world.faulty import spoilt, told
from tests.world.worlds import constant

#: Instants at which an intention begins, is at the server, is at the store, and ends.
INSTANTS = (0.0, 1.0, 1.02, 1.03, 1.031, 1.042, 2.0, 2.5, 3.031, 5.0)
SHORT = {"distribution": "exponential", "mean_ms": 300}
NODES = ("as-eu-1", "payments-eu-1", "payments-us-1", "store", "member-eu-1", "member-us-1")
PLACES = st.lists(st.sampled_from(("eu", "us", "as", "payments", "member", *NODES)), min_size=1)
MEMBERS = st.lists(st.sampled_from(("member", "member-eu-1", "member-us-1")))
WHOM = st.sampled_from(("all", "one", "minority", "majority"))
MEMORY = st.sampled_from(("by_role", "kept", "lost"))
LINKS: dict[str, st.SearchStrategy[Any]] = {
    "among": PLACES | st.just([]),
    "target": st.sampled_from(("all", "one", "minority", "majority", "ring")),
    "apart_from": st.sampled_from(("others", "everyone")),
    "direction": st.sampled_from(("both", "out", "in")),
}
#: What each kind adds to when it stands.
ADDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "partition": LINKS,
    "clog": LINKS,
    "crash": {"among": PLACES, "target": WHOM, "memory": MEMORY},
    "failover": {
        "detection_s": st.sampled_from((0.0, 0.01, 1.0)),
        "to": st.sampled_from(("", "member-us-1")),
        "memory": MEMORY,
        "primary": st.sampled_from(("crashes", "cut_off")),
        "with_it": PLACES | st.just([]),
    },
    "slow": {"among": PLACES, "target": WHOM, "factor": st.sampled_from((1.0, 5.0))},
    "clock_step": {"among": PLACES, "offset_ms": st.sampled_from((-1e9, -40.0, 1e9))},
    "rebalance": {"among": MEMBERS, "target": WHOM},
}
SCHEDULED = st.tuples(st.sampled_from(INSTANTS), st.sampled_from((None, 0.001, 1.0, 9.0))).map(
    lambda when: {
        "from_s": when[0],
        "until_s": None if when[1] is None else when[0] + when[1],
    }
)
DRAWN = st.just({"every": SHORT, "lasting": SHORT})
FAULT = st.sampled_from(sorted(ADDS)).flatmap(
    lambda kind: st.builds(
        lambda when, more: {"fault": kind} | when | more,
        SCHEDULED | DRAWN,
        st.fixed_dictionaries(ADDS[kind]),
    )
)
STORES: tuple[dict[str, Any], ...] = (
    {},
    {"stores__members": ["eu", "eu", "us"], "stores__election_s": 0.2},
    {"stores__min_replicas": 1, "stores__max_lag_s": 0.1},
)
WORLD: dict[str, Any] = {
    "servers__0__replicas": ["eu", "us"],
    "client__retry": "immediate",
    "duration_s": 12.0,
}


def possible(part: dict[str, Any]) -> bool:
    """Whether a scenario allows it: a ring is among others, and a direction has two sides.

    Who is cut off has company and keeps its memory; who crashes has none.
    """
    if part["fault"] == "failover":
        crashes = part["primary"] == "crashes"
        return not part["with_it"] if crashes else part["memory"] == "by_role"
    everyone, target = part.get("apart_from") == "everyone", part.get("target")
    if target == "ring" and everyone:
        return False
    return part.get("direction", "both") == "both" or everyone or target not in ("all", "ring")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(FAULT.filter(possible), min_size=1, max_size=5),
    st.sampled_from(sorted(STRATEGIES)),
    st.sampled_from((None, 6.0)),
    st.sampled_from((0, 1)),
    st.sampled_from(STORES),
)
def test_any_combination_of_faults_ends(faults, strategy, faults_end_s, workers, stores):
    line = {"servers__0__workers": {"count": workers, "service": constant(5)}}
    more = WORLD | line | {"strategy": strategy, "faults_end_s": faults_end_s} | stores
    trace = spoilt(*faults, count=5, **more)
    assert [row.t_us for row in trace] == sorted(row.t_us for row in trace)
    assert len(trace.of("outcome")) == 5
    assert len(trace.of("total")) == 1
    if faults_end_s is not None:
        assert all(t <= faults_end_s for t, _, _ in told(trace))
        everything_that_began_has_ended(trace)
    assert space_time_text(trace.about(1))
    assert picture(trace.about(2)).shapes


def everything_that_began_has_ended(trace: Trace) -> None:
    """As many ends as beginnings, of each kind."""
    actions = [row.detail["action"] for row in trace.of("fault")]
    for begun, ended in (("cut", "heal"), ("clog", "unclog"), ("crash", "restart")):
        assert actions.count(begun) == actions.count(ended)
    assert sum(row.detail.get("offset_ms", 0.0) for row in trace.of("fault")) == 0


@pytest.mark.parametrize("kind", sorted(ADDS))
def test_every_kind_of_fault_is_tried_here(kind: str):
    models = AnyFault.__origin__.__args__  # type: ignore[attr-defined]
    (model,) = [each for each in models if kind in each.model_fields["fault"].annotation.__args__]
    when = {"fault", "from_s", "until_s", "every", "lasting"}
    assert set(ADDS[kind]) >= set(model.model_fields) - when - {"extra", "target"}
