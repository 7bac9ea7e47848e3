"""At least 20 000 malformed and hostile requests: each is refused as its specification says.

Hypothesis draws a valid request and what is done to it; `oracle` says what is wrong
with the answer.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from oauth_model.messages import form_post
from tests.hostile.askers import OWN_TOKENS
from tests.hostile.hand import substituted, with_header
from tests.hostile.meaning import still_valid
from tests.hostile.requests import any_value, attacks, harmless, volley
from tests.hostile.residents import Settings
from tests.hostile.siege import Siege, directly, over_http, siege
from tests.oauth_model.parties import ISSUER

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
#: Endpoint → how many requests are refused at least.
SHARES = {
    "authorize": 1130,
    "par": 1700,
    "token": 4950,
    "introspect": 1750,
    "revoke": 1580,
    "userinfo": 1440,
    "jwks": 245,
    "oauth-authorization-server": 245,
    "openid-configuration": 245,
    "resource-metadata": 320,
    "rs": 3120,
    "revoked": 560,
    "gnap": 1530,
    "action": 1210,
}
TOTAL = 20_000
#: Examples in the fast edition and in a round, and requests for each example.
FEW, MANY, SHOTS = 6, 100, 5
#: Rounds until enough were refused; of a hundred requests half would do.
MOST_ROUNDS = 20


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


def besiege(endpoint: str, examples: int, road, number: int = 0) -> Counter[str]:
    """Send requests to an endpoint, `SHOTS` for each example; what became of them."""
    counts: Counter[str] = Counter()

    @seeded(number)
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


def is_told(there: Siege, asker: str, thing: str) -> bool:
    """Whether somebody who introspects this hears that it is active."""
    basic = ("Authorization", there.things[f"basic.{asker}"])
    asked = form_post(f"{ISSUER}/introspect", [("token", there.things[thing])], (basic,))
    return there.judge.succeeded(there.send(there.seeds["introspect server"], asked))


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.design)
def test_whoever_introspects_is_told_of_its_own_tokens_and_no_others(house):
    there = siege(house)
    for asker, own in OWN_TOKENS.items():
        told = {thing for thing in there.things if is_told(there, asker, thing)}
        assert told == {*own} & there.things.keys()


@pytest.mark.parametrize(
    ("asker", "token", "judged"),
    [("email", "at.email", True), ("voip", "at.voip", True), ("voip", "at.email", False)],
)
def test_a_clients_introspection_that_became_a_servers_is_as_valid(asker, token, judged):
    there = siege(HOUSES[0])
    seed = there.seeds["introspect s6BhdRkqt3 refresh"]
    asked = substituted(seed.request, there.things["rt.s6BhdRkqt3"], there.things[token])
    asked = with_header(asked, "Authorization", there.things[f"basic.{asker}"])
    assert still_valid(seed, asked, there.things) == judged
    assert there.judge.complaints(there.send(seed, asked)) == []


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
    counts: Counter[str] = Counter()
    for number in range(MOST_ROUNDS):
        if counts["refused"] < SHARES[endpoint]:
            counts += besiege(endpoint, MANY, directly, number)
    assert counts["refused"] >= SHARES[endpoint]


def test_they_are_at_least_twenty_thousand():
    assert sum(SHARES.values()) >= TOTAL


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
