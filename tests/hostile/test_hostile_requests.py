"""At least 20 000 malformed and hostile requests: each is refused as its specification says.

Hypothesis draws a valid request and what is done to it; `oracle` says what is wrong
with the answer.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hostile.requests import any_value, attacks, harmless, volley
from tests.hostile.residents import Settings
from tests.hostile.siege import directly, over_http, siege

HOUSES = (
    Settings(),
    Settings("rfc8707", "EdDSA", nonces=True),
    Settings("lodderstedt"),
    Settings("mrrt"),
    Settings("token_exchange", "EdDSA"),
    Settings("scope_inferred", strategy="reserve_commit"),
    Settings("rfc8707_response", strategy="per_replica"),
    Settings("rar_locations", "EdDSA"),
    Settings("gnap"),
)
#: Endpoint → how many examples Hypothesis draws, and how many requests are refused at least. It
#: takes constants from the modules that are loaded: a whole run draws others than a single test.
SHARES = {
    "authorize": (463, 1130),
    "par": (530, 1700),
    "token": (1220, 4950),
    "introspect": (430, 1750),
    "revoke": (400, 1580),
    "userinfo": (375, 1440),
    "jwks": (56, 245),
    "oauth-authorization-server": (56, 245),
    "openid-configuration": (56, 245),
    "resource-metadata": (90, 320),
    "rs": (790, 3120),
    "revoked": (150, 560),
    "gnap": (400, 1530),
    "action": (340, 1210),
}
TOTAL = 20_000
#: Examples in the fast edition, and requests for each example.
FEW, SHOTS = 6, 5


def hostile(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


def requests_to(endpoint: str):
    """A house, a seed for the endpoint there, what is done to it, and whether all is reachable."""
    found = [
        (house, name)
        for house in HOUSES
        for name, seed in siege(house).seeds.items()
        if seed.endpoint == endpoint
    ]
    return st.tuples(st.sampled_from(found), attacks(endpoint), st.integers(0, 15))


def besiege(endpoint: str, examples: int, road) -> Counter[str]:
    """Send requests to an endpoint, `SHOTS` for each example; what became of them."""
    counts: Counter[str] = Counter()

    @hostile(examples)
    @given(requests_to(endpoint))
    def run(drawn):
        (house, name), chosen, cut_off = drawn
        there = siege(house)
        for shot in volley(chosen, SHOTS):
            there.counts.clear()
            complaints = there.attack(name, shot, road, unreachable=cut_off == 15)
            counts.update(there.counts)
            assert (complaints, shot) == ([], shot)

    run()
    return counts


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.design)
def test_every_seed_is_valid(house):
    there = siege(house)
    exchanges = [there.send(seed, seed.request) for seed in there.seeds.values()]
    assert [e.seed.name for e in exchanges if not there.judge.succeeded(e)] == []
    assert [there.judge.complaints(e) for e in exchanges] == [[]] * len(exchanges)


@pytest.mark.clause("RFC 6749 5.2 characters", "RFC 6750 3 attributes", "RFC 7662 2.2 inactive")
@pytest.mark.parametrize("endpoint", SHARES)
def test_some_hostile_requests_are_refused_as_specified(endpoint):
    assert besiege(endpoint, FEW, directly)["refused"] > 0


@pytest.mark.parametrize("endpoint", SHARES)
def test_hostile_requests_over_http_are_refused_as_specified(endpoint):
    assert besiege(endpoint, FEW, over_http)["refused"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", SHARES)
def test_hostile_requests_are_refused_as_specified(endpoint):
    examples, at_least = SHARES[endpoint]
    counts = besiege(endpoint, examples, directly)
    print(endpoint, dict(counts))
    assert counts["refused"] >= at_least


def test_they_are_at_least_twenty_thousand():
    assert sum(at_least for _, at_least in SHARES.values()) >= TOTAL


@hostile(100)
@given(st.sampled_from(HOUSES), st.integers(0, 1000), harmless)
def test_what_changes_nothing_changes_nothing(house, number, chosen):
    there = siege(house)
    name = list(there.seeds)[number % len(there.seeds)]
    there.counts.clear()
    assert there.attack(name, chosen) == []
    assert there.counts["refused"] == 0


@hostile(100)
@given(st.sampled_from(HOUSES), st.integers(0, 1000), any_value)
def test_a_value_that_nobody_thought_of_is_no_surprise(house, number, chosen):
    there = siege(house)
    assert there.attack(list(there.seeds)[number % len(there.seeds)], chosen) == []
