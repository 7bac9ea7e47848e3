"""Landmarks: whatever is given an end has one, and clocks move there no sooner than it can be."""

from __future__ import annotations

from typing import Any

import pytest

from sim.clocks import EPOCH_S, Clock
from sim.exploration import Bounds, explore, replay
from sim.exploration.execution import Execution
from sim.exploration.listening import when_us
from sim.exploration.retiming import possible, retime
from sim.exploration.schedule import Schedule
from sim.scenario import Scenario
from sim.scenario_files import load
from tests.exploration.worlds import ALONE, EFFECT, ONCE, SERVER, executor, small

CALM = Bounds(faults=0, landmarks=1, schedules=600)
SOME = Bounds(faults=0, landmarks=1, schedules=120)
PATIENT = {"client.timeout_ms": 100_000, "authorization_server.single_use_lifetime_s": 600}
PROOFS = {"client.proof": "dpop"}
#: The same bytes once more, whatever is in them.
AGAIN = {"client.hidden_retries": 1, "client.hidden_retry_after_ms": 500}
MARGIN, WINDOW = "strategy_settings.retention_margin_s", "strategy_settings.filter_window_s"
ONE_TOKEN = "one_token_per_code"
REFUSED = "refused_only_when_done"


def with_server(**fields: Any) -> dict[str, Any]:
    return {"servers": [SERVER | fields]}


def of_codes(clicks: int, **fields: Any) -> Scenario:
    """A code that comes back to a page that is loaded so many times."""
    calm = {"authorization_server.strategy": "shared_atomic", "workload.intentions": 1}
    wait = {"client.timeout_ms": 100_000, "client.clicks": clicks}
    return load("code-race-double-issue", calm | wait | {MARGIN: fields.get("margin_s", 60.0)})


# --- what is forgotten while it is yet accepted ---------------------------------------------------

SHORT = {MARGIN: -30.0}
FORGOTTEN = {
    "record of a token": (small("shared_atomic", ALONE, ONCE, {MARGIN: -25.0}), "time 5.000001 s"),
    "record of a proof": (
        small(
            "no_check", with_server(proof_strategy="shared_atomic"), PROOFS, AGAIN, PATIENT, SHORT
        ),
        "time 35.000001 s",
    ),
    "slices of a Bloom filter": (
        small("sliding_bloom", ALONE, ONCE, {WINDOW: 5.5}),
        "time 6.000001 s",
    ),
    "generations of a cuckoo filter": (
        small("cuckoo_filter", ALONE, ONCE, {WINDOW: 5.0}),
        "time 10.000001 s",
    ),
}


@pytest.mark.parametrize(("scenario", "instant"), FORGOTTEN.values(), ids=FORGOTTEN)
def test_what_is_forgotten_too_early_is_found_by_its_landmark(scenario: Scenario, instant: str):
    found = explore(scenario, [EFFECT], CALM).counterexample
    assert found is not None
    assert instant in [deviation.option for deviation in found.schedule]


@pytest.mark.parametrize(("scenario", "instant"), FORGOTTEN.values(), ids=FORGOTTEN)
def test_without_it_nothing_is_found(scenario: Scenario, instant: str):
    still = Bounds(faults=0, landmarks=0, schedules=60)
    assert explore(scenario, [EFFECT], still).counterexample is None


def test_a_code_that_is_forgotten_is_redeemed_twice():
    late = "after client-eu 0.client.200.2000 goes on = time 10.000001 s"
    found = replay(of_codes(2, margin_s=-50.0), late, [ONE_TOKEN])
    assert (found.violated, found.confirmed) == ((ONE_TOKEN,), True)


def test_a_code_that_is_remembered_as_long_as_it_lives_is_not():
    late = "after client-eu 0.client.200.2000 goes on = time 60.000001 s"
    assert replay(of_codes(2), late, [ONE_TOKEN]).violated == ()


# --- what is refused because it is too old --------------------------------------------------------

LATE = "after client-eu>payments-eu-1 0.client.0 = time {} s"
TOO_OLD = {
    "code": (
        of_codes(1),
        "after client-eu 0.client.100.1000 goes on = time 60.000001 s",
        "invalid_grant",
    ),
    "proof": (
        small("shared_atomic", ALONE, PROOFS, PATIENT),
        "after as-eu-1>client-eu 0.client.0 = time 65.000001 s",
        "invalid_dpop_proof",
    ),
    "nonce": (
        small("shared_atomic", with_server(dpop_nonces=True), PROOFS, PATIENT),
        "after payments-eu-1>client-eu 0.client.0 = time 60.000001 s",
        "use_dpop_nonce",
    ),
}


@pytest.mark.parametrize(("scenario", "schedule", "error"), TOO_OLD.values(), ids=TOO_OLD)
def test_what_waits_for_its_landmark_is_refused_in_both_worlds(scenario, schedule, error: str):
    found = replay(scenario, schedule)
    errors = [row.detail["error"] for row in found.trace if row.kind in ("respond", "refuse")]
    assert errors[-1] == error
    undisturbed = replay(scenario, "").trace.of("outcome")
    assert [row.detail["kind"] for row in undisturbed] == ["served"]


def test_a_nonce_that_ends_between_issue_and_use_is_found():
    nonces = small("no_check", with_server(dpop_nonces=True), PROOFS, PATIENT)
    assert explore(nonces, [REFUSED], Bounds(faults=0, landmarks=0)).holds
    found = explore(nonces, [REFUSED], CALM).counterexample
    assert found is not None
    assert "use_dpop_nonce" in found.verdict.because


# --- a lease lasts from when it was taken ---------------------------------------------------------

#: Both replicas reserve when the client has given up, the second when the first's lease is over.
LAPSED = (
    "after as-eu-1>client-eu 0.client.0 = timer client-eu>payments-eu-1 0.client.0; "
    "after timer client-eu>payments-eu-1 0.client.0 = timer client-eu>payments-us-1 0.client.0; "
    "after payments-eu-1>store 0.client.0 = time 10.000001 s"
)
LEASES = ["reserve_commit", "reserve_commit_fenced", "idempotent_response"]


def reserved(strategy: str, **fields: Any) -> Scenario:
    """One payment, whose retry goes to the other replica."""
    given = {name.replace("__", "."): value for name, value in fields.items()}
    return load("one-payment", {"strategy": strategy, "balancer.policy": "round_robin", **given})


@pytest.mark.parametrize("strategy", LEASES)
def test_a_lease_is_not_over_while_its_holder_waits_for_the_answer(strategy: str):
    with pytest.raises(ValueError, match=r"has no option 'time 10\.000001 s'"):
        replay(reserved(strategy), LAPSED, [EFFECT])


@pytest.mark.parametrize("strategy", LEASES)
def test_it_is_over_where_its_holder_waits_for_longer(strategy: str):
    found = replay(reserved(strategy, stores__timeout_ms=20_000), LAPSED, [EFFECT])
    assert found.violated == (EFFECT,)
    assert found.confirmed


def lapsed() -> Execution:
    patient = reserved("reserve_commit", stores__timeout_ms=20_000)
    return executor(patient, Bounds(faults=0, landmarks=3), EFFECT).run(Schedule.parse(LAPSED))


def test_it_ends_so_long_after_it_was_taken_however_late_that_was():
    run = lapsed()
    at_us = retime(run)
    keys = [step.event.key for step in run.env.history.steps]
    assert at_us is not None
    taken, over = (
        at_us[keys.index(key)] for key in ("payments-eu-1>store 0.client.0", "time 10.000001 s")
    )
    assert over - taken == 10_000_001


# --- what clocks read, and what they can have read ------------------------------------------------


def test_a_run_in_which_clocks_stand_still_for_longer_than_they_can_is_not_possible():
    """The client gives up after 100 s, when no server takes a proof of 65 s any more."""
    world = executor(small("no_check", ALONE, PROOFS, PATIENT), CALM)
    waits = "after as-eu-1>client-eu 0.client.0 = timer client-eu>payments-eu-1 0.client.0"
    run = world.run(Schedule.parse(waits))
    assert retime(run) is not None
    assert not possible(run)
    assert possible(world.run(Schedule()))


DRIFTS = {"clocks": [{"node": "store", "drift_ppm": 100_000.0}], MARGIN: 0.0}


def test_a_clock_that_is_fast_forgets_too_early():
    found = explore(small("shared_atomic", ALONE, ONCE, DRIFTS), [EFFECT], CALM).counterexample
    assert found is not None
    assert "time 27.272729 s" in str(found.schedule)
    assert 27.27 < found.trace.of("effect")[1].t_us / 1e6 < 30


def test_one_that_is_as_slow_does_not():
    slow = DRIFTS | {"clocks": [{"node": "store", "drift_ppm": -100_000.0}]}
    answer = explore(small("shared_atomic", ALONE, ONCE, slow), [EFFECT], SOME)
    assert answer.counterexample is None
    assert answer.unconfirmed == 0


@pytest.mark.parametrize("drift_ppm", [0.0, 100_000.0, -37.0])
@pytest.mark.parametrize("offset_us", [0, -700_000, 12_345])
def test_an_instant_is_the_first_at_which_a_clock_reads_so(offset_us: int, drift_ppm: float):
    clock = Clock(offset_us, drift_ppm)
    at_us = when_us(clock, EPOCH_S + 30.0)
    assert clock.read_s(at_us - 2) < EPOCH_S + 30.0 <= clock.read_s(at_us + 1)
