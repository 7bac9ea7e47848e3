"""A mailed link in the world: the gateway that clicks first, its reader, and the remedy."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from oauth_model.action_tokens import KINDS
from oauth_model.strategies import STRATEGIES
from sim.checker import check
from sim.metrics import Tally
from sim.scenario_files import load, vary
from sim.scenario_world import Action
from sim.statistics import agrees
from sim.trace import Trace
from sim.world.simulation import simulate
from tests.world.worlds import (
    LEVEL,
    MS,
    S,
    answered,
    constant,
    cut,
    executed,
    kinds,
    outcomes,
    run,
    samples,
)

#: The mail comes at 20 ms, the gateway opens it at once, its reader a second after it came.
LINK: dict[str, Any] = {
    "story": "mailed_link",
    "client.signed_in": False,
    "action": {
        "read_after": constant(1000),
        "scanner": {"probability": 1.0, "delay": constant(100)},
    },
}
EXPLICIT = LINK | {"action.confirmation": "explicit"}
NO_SCANNER = LINK | {"action.scanner.probability": 0.0}
INVITATION = {"action.kind": "organisation_invitation"}
IMPATIENT = {"story": "mailed_link_impatient", "client.spread_ms": 5.0}
MANY = {"workload.intentions": 40, "workload.gap": constant(10)}


def actors(trace: Trace) -> list[str]:
    """Who caused the effects."""
    return [row.actor for row in trace.of("effect") if row.detail["executed"]]


def measured(trace: Trace, rate: str) -> Any:
    """A rate of the run."""
    tally = Tally()
    for row in trace:
        tally(row)
    return tally.measures()[rate]["value"]


# --- on a click -----------------------------------------------------------------------------------


def test_a_link_that_acts_on_a_click_is_refused_to_every_reader_whose_gateway_opened_it():
    trace = run(LINK | MANY)
    assert kinds(trace) == ["refused"] * 40
    assert actors(trace) == ["scanner"] * 40
    clicks = [row for row in trace.of("respond") if row.token and row.actor == "client"]
    assert [(row.detail["status"], row.detail["outcome"]) for row in clicks] == [
        (410, "replay")
    ] * 40


def test_the_session_that_a_magic_link_starts_is_the_gateways():
    sessions = [row for row in run(LINK | MANY).of("issue") if row.detail["kind"] == "session"]
    assert [row.actor for row in sessions] == ["scanner"] * 40


def test_without_a_gateway_every_reader_is_served_by_one_click():
    trace = run(NO_SCANNER | MANY)
    assert kinds(trace) == ["served"] * 40
    assert actors(trace) == ["client"] * 40
    assert {row.actor for row in trace} == {"client", ""}


@pytest.mark.parametrize(
    "strategy",
    sorted(set(STRATEGIES) - {"no_check", "server_nonce", "idempotent_response", "per_replica"}),
)
def test_no_strategy_that_keeps_to_one_use_serves_the_reader_after_the_gateway(strategy: str):
    trace = run(LINK | {"strategy": strategy})
    assert (kinds(trace), actors(trace)) == (["refused"], ["scanner"])


@pytest.mark.parametrize(("strategy", "effects"), [("no_check", 2), ("idempotent_response", 1)])
def test_a_strategy_that_serves_the_reader_all_the_same_gives_the_gateway_a_session(
    strategy: str, effects: int
):
    trace = run(LINK | {"strategy": strategy})
    assert (kinds(trace), executed(trace)) == (["served"], effects)
    assert actors(trace)[0] == "scanner"


def test_a_gateway_that_comes_after_the_reader_is_told_that_the_link_was_used():
    trace = run(LINK | MANY | {"action.scanner.delay": constant(1500)})
    assert kinds(trace) == ["served"] * 40
    assert answered(trace, "scanner") == [410] * 40


@pytest.mark.slow
def test_as_many_readers_are_refused_as_gateways_open_links():
    n = samples(0.6)
    fields = LINK | {"action.scanner.probability": 0.6, "workload.intentions": n}
    large = fields | {"workload.gap": constant(1), "duration_s": 600}
    rows = outcomes(large, "scanner", lambda row: row.kind == "outcome")
    refused = sum(row.detail["kind"] == "refused" for row in rows)
    assert len(rows) == n
    assert agrees(refused, n, 0.6, LEVEL)


# --- explicit confirmation ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [name for name in KINDS if not KINDS[name].signed_in])
def test_a_link_that_shows_a_form_first_serves_every_reader_whatever_the_gateway_opens(kind: str):
    trace = run(EXPLICIT | MANY | {"action.kind": kind})
    assert kinds(trace) == ["served"] * 40
    assert actors(trace) == ["client"] * 40
    assert answered(trace, "scanner") == [200] * 40


def test_the_gateway_that_was_shown_a_form_used_nothing_up():
    trace = run(EXPLICIT | MANY)
    assert [row.actor for row in trace.of("consume")] == ["client"] * 40
    assert {row.actor for row in trace.of("decide")} == {"client"}


def test_the_remedy_costs_one_more_request_of_the_reader():
    sent = [
        [r.detail["label"] for r in run(f).of("send") if r.node == "client-eu"]
        for f in (NO_SCANNER, EXPLICIT)
    ]
    assert [label.partition(" ")[0] for label in sent[0]] == ["POST", "GET", "GET"]
    assert sent[1] == [*sent[0], "POST /action"]


# --- who must be signed in ------------------------------------------------------------------------


def test_an_invitation_is_for_who_is_signed_in_and_a_gateway_is_not():
    trace = run(LINK | MANY | INVITATION | {"client.signed_in": True})
    assert kinds(trace) == ["served"] * 40
    assert (actors(trace), answered(trace, "scanner")) == (["client"] * 40, [403] * 40)


def test_an_invitation_is_refused_to_a_reader_who_is_not_signed_in_and_not_used_up():
    trace = run(LINK | INVITATION)
    assert (kinds(trace), executed(trace), trace.of("consume")) == (["refused"], 0, [])


# --- impatience and loss --------------------------------------------------------------------------


def test_a_double_click_signs_in_and_tells_its_reader_that_the_link_was_used():
    trace = run(NO_SCANNER | MANY | IMPATIENT)
    assert executed(trace) == 40
    assert kinds(trace).count("refused") == 40
    assert measured(trace, "consumed_unknown_rate") == 0.0  # the first page said so


def test_a_double_click_on_a_link_that_shows_a_form_first_harms_nobody():
    trace = run(EXPLICIT | MANY | IMPATIENT)
    assert (kinds(trace), executed(trace)) == (["served"] * 40, 40)


def test_a_reader_whose_answer_was_lost_and_who_reloads_is_told_that_the_link_was_used():
    unheard = [cut("payments-eu-1", "client-eu", from_s=1, until_s=1.5, one_way=True)]
    trace = run(NO_SCANNER | {"client.retry": "immediate", "partitions": unheard})
    assert answered(trace)[1:] == [200, 410]
    assert (executed(trace), kinds(trace)) == (1, ["refused"])


def test_a_link_that_waits_longer_than_it_lives_expired():
    late = {"action.read_after": constant(601_000), "duration_s": 700}
    trace = run(NO_SCANNER | late)
    assert (kinds(trace), answered(trace), executed(trace)) == (["refused"], [202, 400], 0)


# --- the trace ------------------------------------------------------------------------------------


def test_the_gateways_click_is_the_presentation_of_another_actor_at_its_own_time():
    trace = run(LINK)
    (click,) = [row for row in trace.of("respond") if row.actor == "scanner"]
    mailed = next(row for row in trace.of("deliver") if row.node == "mailbox-eu")
    assert click.token == "magic_link-0.1"
    assert click.detail["received_us"] == mailed.t_us + (100 + 10) * MS
    (opened,) = [r for r in trace.of("send") if r.actor == "scanner" and r.node == "mailbox-eu"]
    assert opened.detail["label"] == "GET /action"


def test_a_reader_opens_the_mail_after_its_delay_and_asks_for_no_other():
    trace = run(LINK)
    (read,) = [r for r in trace.of("send") if r.node == "mailbox-eu" and r.peer == "client-eu"]
    mailed = next(row for row in trace.of("deliver") if row.node == "mailbox-eu")
    assert read.t_us == mailed.t_us + 1 * S


def test_metrics_count_an_action_token_as_any_other_one_time_key():
    on_click, explicit = run(LINK | MANY), run(EXPLICIT | MANY)
    assert (measured(on_click, "theft_rate"), measured(on_click, "availability")) == (1.0, 0.0)
    assert (measured(explicit, "theft_rate"), measured(explicit, "availability")) == (None, 1.0)
    for trace in (on_click, explicit):
        assert measured(trace, "double_accept_rate") == 0.0
        assert measured(trace, "burned_rate") == 0.0


def test_the_checker_judges_an_action_token_as_any_other_one_time_key():
    names = ["at_most_one_effect_per_token", "single_use_linearizable"]
    for fields, holds in (({}, True), ({"strategy": "no_check"}, False)):
        verdicts = check(run(LINK | MANY | fields), names)
        assert [verdicts[name].holds for name in names] == [holds] * 2
    assert check(run(EXPLICIT | MANY), ["every_intention_served"])["every_intention_served"].holds


@pytest.mark.parametrize("crypto", ["symbolic", "EdDSA"])
def test_no_value_of_a_link_reaches_the_trace(crypto: str):
    text = "\n".join(run(EXPLICIT | {"crypto": crypto}).lines())
    assert "token=<magic_link-0.1>" in text
    assert not any(part in text for part in ("sym.", "eyJ", "%2Bjwt"))


def test_the_trace_of_a_link_is_the_same_under_real_signatures():
    one, other = (run(LINK | {"crypto": crypto}) for crypto in ("symbolic", "ES256"))
    assert list(one.lines()) == list(other.lines())


def test_a_mail_that_the_network_doubled_is_scanned_once():
    trace = run(LINK | {"network.access.duplicate_probability": 1.0})
    mails = {row.detail["label"] for row in trace.of("send") if row.peer == "mailbox-eu"}
    opened = [
        row for row in trace.of("send") if row.actor == "scanner" and row.node == "mailbox-eu"
    ]
    links = [row for row in trace.of("issue") if row.detail["kind"] == "action_token"]
    assert len(opened) == len(links) == len([m for m in mails if m.startswith("POST")])


# --- the scenario ---------------------------------------------------------------------------------


def test_the_scenario_names_every_kind_of_action_token():
    assert get_args(Action.model_fields["kind"].annotation) == tuple(KINDS)


def test_the_preset_refuses_as_many_as_it_scans_and_its_remedy_serves_everybody():
    preset = load("magic-link")
    trace = simulate(preset, full=False)
    scanned = {row.intention for row in trace.of("effect") if row.actor == "scanner"}
    refused = [row.intention for row in trace.of("outcome") if row.detail["kind"] == "refused"]
    assert sorted(scanned) == sorted(refused)
    assert 90 < len(refused) < 140  # three in five of 200, some of them opened too late
    remedy = simulate(vary(preset, action__confirmation="explicit"), full=False)
    assert set(kinds(remedy)) == {"served"}
