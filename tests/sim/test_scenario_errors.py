"""What is wrong with a scenario is said in one line: source, field, value, and what is allowed."""

import tomllib
from math import inf, nan
from typing import Any

import pytest

from oauth_model.issuance import DESIGNS
from oauth_model.jose import ALGORITHMS
from oauth_model.stories import STORIES
from oauth_model.strategies import STRATEGIES
from sim.distributions import DISTRIBUTIONS
from sim.scenario import Scenario, Stores
from sim.scenario_files import ScenarioError, build, load, presets, vary
from sim.scenario_parties import Server

PAYMENT = "two-regions-payment"
TOP = ", ".join(sorted(Scenario.model_fields))
NODES = (
    "client-eu, thief-us, as-eu-1, payments-eu-1, payments-us-1, store, store-eu, store-us, "
    "member-eu-1, member-us-1, member-eu-2"
)
SIDES = (
    "as-eu-1, client-eu, eu, member-eu-1, member-eu-2, member-us-1, payments-eu-1, payments-us-1, "
    "store, store-eu, store-us, thief-us, us"
)
NAME = "a name of small letters, digits and _, a letter first"
LATENCY = "network.access.latency"
LOSS = "network.access.request_loss_probability"
NESTED = {"distribution": "mixture", "parts": [{"weight": 1, "of": {"distribution": "mixture"}}]}
FLAT = [name for name in DISTRIBUTIONS if name != "mixture"]

#: field and value set on the preset → the line, after the file's name.
LINES: list[tuple[str, Any, str]] = [
    # a key that nobody knows
    ("clientt", 1, f"clientt: unknown key (did you mean client?); allowed: {TOP}"),
    ("zzz", 1, f"zzz: unknown key; allowed: {TOP}"),
    ("constant", 1, f"constant: unknown key; allowed: {TOP}"),
    ("", 1, f"'': unknown key; allowed: {TOP}"),
    (
        "stores.timeout_s",  # the wrong unit
        1,
        "stores.timeout_s: unknown key (did you mean timeout_ms?); allowed: "
        f"{', '.join(sorted(Stores.model_fields))}",
    ),
    (
        "servers.payments.leeway_ms",
        1,
        "servers.0.leeway_ms: unknown key (did you mean leeway_s?); allowed: "
        f"{', '.join(sorted(Server.model_fields))}",
    ),
    (
        f"{LATENCY}.median_s",
        3,
        f"{LATENCY}.median_s: unknown key (did you mean median_ms?); allowed: "
        "distribution, median_ms, sigma",
    ),
    (
        f"{LATENCY}.constant",
        3,
        f"{LATENCY}.constant: unknown key; allowed: distribution, median_ms, sigma",
    ),
    (
        LATENCY,  # misspelt, and so missing under its right name
        {"distribution": "constant", "value": 3},
        f"{LATENCY}.value: unknown key (did you mean value_ms?); allowed: distribution, value_ms",
    ),
    # a number that cannot be
    ("client.retries", -1, "client.retries: -1; allowed: at least 0 and at most 20"),
    (
        "client.timeout_ms",
        0,
        "client.timeout_ms: 0; allowed: more than 0 and at most 1000000000000",
    ),
    ("seed", -1, "seed: -1; allowed: at least 0"),
    (LOSS, 1.5, f"{LOSS}: 1.5; allowed: at least 0 and at most 1"),
    (LOSS, -0.1, f"{LOSS}: -0.1; allowed: at least 0 and at most 1"),
    (LOSS, nan, f"{LOSS}: nan; allowed: at least 0 and at most 1"),
    (
        "stores.timeout_ms",
        inf,
        "stores.timeout_ms: inf; allowed: a finite number, more than 0 and at most 1000000000000",
    ),
    (
        "stores.timeout_ms",
        nan,
        "stores.timeout_ms: nan; allowed: a finite number, more than 0 and at most 1000000000000",
    ),
    (
        "clocks",
        [{"node": "store", "offset_ms": inf}],
        "clocks.0.offset_ms: inf; allowed: a finite number, "
        "at least -1000000000 and at most 1000000000",
    ),
    (
        f"{LATENCY}.median_ms",
        -3,
        f"{LATENCY}.median_ms: -3; allowed: more than 0 and at most 1000000000000",
    ),
    (
        LATENCY,
        {"distribution": "empirical", "values_ms": [1, -1]},
        f"{LATENCY}.values_ms.1: -1; allowed: at least 0",
    ),
    ("partitions.0.until_s", 10, "partitions.0: until_s 10 is not after from_s 40"),
    ("partitions.0.until_s", 40, "partitions.0: until_s 40 is not after from_s 40"),
    (
        LATENCY,
        {"distribution": "uniform", "low_ms": 3, "high_ms": 1},
        f"{LATENCY}: high_ms 1 is below low_ms 3",
    ),
    # another type
    ("seed", 1.5, "seed: 1.5; allowed: a whole number, at least 0"),
    ("seed", "x\ny", "seed: 'x\\ny'; allowed: a whole number, at least 0"),
    (LOSS, "often", f"{LOSS}: 'often'; allowed: a number, at least 0 and at most 1"),
    ("client.use_aware", "maybe", "client.use_aware: 'maybe'; allowed: true or false"),
    ("client", 3, "client: 3; allowed: a table"),
    ("servers", "payments", "servers: 'payments'; allowed: a list"),
    ("servers.0.operations", [], "servers.0.operations: []; allowed: a table"),
    ("strategy", 3, "strategy: 3; allowed: a text"),
    (
        LATENCY,
        5,
        f'{LATENCY}: 5; allowed: a table such as {{ distribution = "constant", value_ms = 5 }}',
    ),
    # too many, too few
    ("servers", [], "servers: []; allowed: a list of 1 or more"),
    ("servers.0.replicas", [], "servers.0.replicas: []; allowed: a list of 1 or more"),
    (
        "servers.0.replicas",
        ["eu"] * 65,
        f"servers.0.replicas: {str(['eu'] * 65)[:60]}…; allowed: a list of 64 or fewer",
    ),
    ("partitions.0.between", ["eu"], "partitions.0.between.1: missing"),
    (
        "partitions.0.between",
        ["eu", "us", "asia"],
        "partitions.0.between: ['eu', 'us', 'asia']; allowed: a list of 2 or fewer",
    ),
    ("about", {}, "about.title: missing"),
    # a name that does not exist
    ("strategy", "x", f"strategy: 'x' does not exist; one of {', '.join(STRATEGIES)}"),
    (
        "authorization_server.strategy",
        "x",
        f"authorization_server.strategy: 'x' does not exist; one of {', '.join(STRATEGIES)}",
    ),
    ("issuance", "x", f"issuance: 'x' does not exist; one of {', '.join(DESIGNS)}"),
    ("story", "x", f"story: 'x' does not exist; one of {', '.join(STORIES)}"),
    ("crypto", "HS256", f"crypto: 'HS256' does not exist; one of {', '.join(ALGORITHMS)}"),
    ("malicious.server", "x", "malicious.server: 'x' does not exist; one of payments"),
    ("clocks", [{"node": "x"}], f"clocks.0.node: 'x' does not exist; one of {NODES}"),
    (
        "partitions.0.between.1",
        "mars",
        f"partitions.0.between: 'mars' does not exist; one of {SIDES}",
    ),
    (
        "network.between.0.regions.0",
        "mars",
        "network.between.0.regions: 'mars' does not exist; one of eu, us",
    ),
    (
        f"{LATENCY}.distribution",
        "normal",
        f"{LATENCY}.distribution: 'normal' does not exist; one of {', '.join(DISTRIBUTIONS)}",
    ),
    (
        LATENCY,
        {"value_ms": 3},
        f"{LATENCY}.distribution: missing; one of {', '.join(DISTRIBUTIONS)}",
    ),
    (
        LATENCY,
        NESTED,
        f"{LATENCY}.parts.0.of.distribution: 'mixture' does not exist; one of {', '.join(FLAT)}",
    ),
    (
        "client.retry",
        "often",
        "client.retry: 'often'; allowed: 'none', 'immediate', 'backoff' or 'hedged'",
    ),
    ("balancer.policy", "x", "balancer.policy: 'x'; allowed: 'random', 'round_robin' or 'sticky'"),
    # a name that cannot be
    ("client.region", "EU", f"client.region: 'EU'; allowed: {NAME}"),
    ("servers.0.name", "pay-ments", f"servers.0.name: 'pay-ments'; allowed: {NAME}"),
    ("servers.0.replicas.0", "x\n", f"servers.0.replicas.0: 'x\\n'; allowed: {NAME}"),
    ("client.region", "a" * 21, f"client.region: '{'a' * 21}'; allowed: 20 characters or fewer"),
    (
        "servers.0.operations",
        {"pay": "payment"},
        "servers.0.operations: 'pay' is no operation; write it as 'POST /payments'",
    ),
    (
        "servers.0.operations",
        {},
        "servers.0.operations: a server offers at least one operation, such as 'GET /mail'",
    ),
    (
        "servers",
        [{"name": "a", "operations": {"GET /": "x"}}] * 2,
        "servers: 'a' stands there twice; once is allowed",
    ),
]


@pytest.mark.parametrize(("field", "value", "line"), LINES, ids=[each[2][:60] for each in LINES])
def test_one_line_names_source_field_value_and_what_is_allowed(field: str, value: Any, line: str):
    with pytest.raises(ScenarioError) as caught:
        load(PAYMENT, {field: value})
    assert str(caught.value) == f"{presets()[PAYMENT]}: {line}"


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("servers.bank.leeway_s", "no item 'bank'; there are payments"),
        ("servers.7.leeway_s", "no item '7'; there are payments"),
        ("servers.-1.leeway_s", "no item '-1'; there are payments"),
        ("servers.²", "no item '²'; there are payments"),
        ("network.between.0.regions.2", "no item '2'; there are 0, 1"),
        ("properties.first", "no item 'first'; there are 0, 1, 2, 3"),
        ("seed.x.y", "seed is 20250120 and has no fields"),
        ("client.retry.x", "client.retry is 'backoff' and has no fields"),
    ],
)
def test_a_field_that_leads_nowhere_is_named_with_what_is_there(field: str, said: str):
    with pytest.raises(ScenarioError) as caught:
        load(PAYMENT, {field: 1})
    assert str(caught.value) == f"--set {field}: {said}"


def test_nothing_is_in_an_empty_list():
    with pytest.raises(ScenarioError, match=r"^--set servers\.0: no item '0'; the list is empty$"):
        load(PAYMENT, {"servers": [], "servers.0": {}})


def test_a_variation_is_named_after_the_scenario_it_varies():
    with pytest.raises(ScenarioError, match=r"^Two regions, one payment: client\.retries: 99; "):
        vary(load(PAYMENT), client__retries=99)


def test_a_title_or_a_key_of_two_lines_does_not_make_two_of_the_error():
    scenario = load(PAYMENT, {"about.title": "two\nlines"})
    with pytest.raises(ScenarioError, match=r"^two lines: thr ee: unknown key; allowed: "):
        vary(scenario, **{"thr\nee": 1})


def test_an_unknown_key_is_said_before_anything_else_that_is_wrong():
    text = 'about = { title = "t" }\nseed = -1\nsede = 1\n'
    with pytest.raises(
        ScenarioError, match=r"^mine\.toml: sede: unknown key \(did you mean seed\?"
    ):
        build(tomllib.loads(text), "mine.toml")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("authorization_server.single_use_lifetime_s", 0.5, "single_use_lifetime_s: 0.5"),
        ("servers.0.name", "as", "'as' is taken; any name but as, client, mailbox, member"),
        ("client.spread_ms", float("inf"), "client.spread_ms: inf"),
        ("strategy_settings.retention_margin_s", float("nan"), "retention_margin_s: nan"),
        ("duration_s", 1e-9, "duration_s: 1e-09; allowed: at least 0.001"),
        ("client.timeout_ms", True, "client.timeout_ms: True"),
        ("client.retries", "3", "client.retries: '3'"),
        ("client.use_aware", "yes", "client.use_aware: 'yes'"),
    ],
)
def test_what_no_run_could_make_sense_of_is_refused(field, value, said):
    with pytest.raises(ScenarioError) as caught:
        load("two-regions-payment", {field: value})
    assert said in str(caught.value)


def test_what_is_said_twice_is_refused_rather_than_the_last_one_taken():
    clock = {"node": "payments-eu-1", "offset_ms": 5}
    with pytest.raises(ScenarioError, match="clocks: 'payments-eu-1' stands there twice"):
        load("two-regions-payment", {"clocks": [clock, clock]})
    between = [{"regions": ["eu", "us"]}, {"regions": ["us", "eu"]}]
    with pytest.raises(ScenarioError, match=r"network\.between: 'eu and us' stands there twice"):
        load("two-regions-payment", {"network.between": between})
