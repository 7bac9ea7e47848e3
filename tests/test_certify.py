"""Products before the conformance suites: verdicts follow from documented settings, and are run."""

from __future__ import annotations

import pytest

from sim.products import PRODUCTS, Product
from sim.scenario_files import load
from sim.suite.certify import certify, certify_all, deployed
from sim.suite.modules import FAPI1, FAPI2, MODULES, NONE, OIDC, Module
from sim.suite.reuse import code_again, refresh_token_again
from sim.suite.running import observe
from sim.suite.tester import NOTHING, Seen

PASS, WARNING, FAILURE = "PASS", "WARNING", "FAILURE"
REFRESH = "fapi2-security-profile-final-refresh-token"


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, str]]:
    """Product → module → verdict."""
    found = certify_all()
    return {name: {each.module.name: each.verdict for each in js} for name, js in found.items()}


def own(**settings: object) -> Product:
    """A product of our own: kind of thing → what to set."""
    return Product("own", "says", "source", settings)  # type: ignore[arg-type]


def said(product: Product) -> dict[str, str]:
    return {judged.module.name: judged.verdict for judged in certify(product)}


# --- the refresh token of before, 30 s after its rotation (FAPI 2.0 5.3.2.1-9) --------------------


@pytest.mark.parametrize(
    ("product", "verdict"),
    [
        ("hydra", FAILURE),  # strict
        ("hydra_graceful", PASS),  # 60 s
        ("supabase", PASS),  # the parent of the active token, at any time
        ("airlock", PASS),  # until the successor is used
        ("drupal", PASS),  # the same successor for 60 s
        ("cognito", PASS),  # 60 s
        ("django_oauth_toolkit", PASS),  # 120 s
        ("auth0", FAILURE),  # leeway 0
        ("auth0_leeway", PASS),  # 60 s
        ("curity", FAILURE),  # 0
        ("connect2id", FAILURE),  # 5 s
        ("okta", FAILURE),  # 30 s are over when the answer has travelled and 30 s have passed
        ("keycloak", PASS),  # not rotated
        ("keycloak_rotating", FAILURE),
        ("oidc_provider", PASS),  # not rotated for a confidential client
        ("oidc_provider_public", FAILURE),
        ("spring", PASS),  # reuseRefreshTokens(true)
        ("atproto", FAILURE),
    ],
)
def test_the_previous_refresh_token_after_30_s(verdicts, product: str, verdict: str):
    assert verdicts[product][REFRESH] == verdict


@pytest.mark.parametrize(("grace_s", "verdict"), [(29.0, FAILURE), (31.0, PASS)])
def test_a_grace_has_to_outlast_30_s(grace_s: float, verdict: str):
    fields = {
        "client.public": True,
        "authorization_server.rotation_grace": "same_successor",
        "authorization_server.grace_s": grace_s,
    }
    assert said(own(refresh_token=fields))[REFRESH] == verdict


# --- codes: OpenID Connect warns at once, fails after 30 s; FAPI fails after 1 s ------------------

CODES = {module.name: module for module in MODULES if module.tries == "code"}
NOW, LATE, FAPI1_CODE, FAPI2_CODE, AT_ONCE = CODES


def test_the_modules_are_called_as_in_the_suite():
    assert [CODES[name].profile for name in CODES] == [OIDC, OIDC, FAPI1, FAPI2, NONE]
    assert (NOW, LATE) == ("oidcc-codereuse", "oidcc-codereuse-30seconds")
    assert FAPI2_CODE == (
        "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second"
    )


def test_an_accepted_second_use_is_a_warning_at_once_and_a_failure_later():
    verdict = said(own(code={"authorization_server.strategy": "no_check"}))
    assert [verdict[name] for name in CODES] == [WARNING, FAILURE, FAILURE, FAILURE, FAILURE]


@pytest.mark.parametrize(
    ("grace_s", "expected"),
    [(0.5, [WARNING, WARNING, WARNING]), (5.0, [WARNING, WARNING, FAILURE])],
)
def test_a_grace_for_codes_is_seen_as_far_as_it_reaches(grace_s: float, expected: list[str]):
    """What is refused still warns here: the server reads tokens itself and hears no revocation."""
    fields = {
        "authorization_server.strategy": "grace_window",
        "strategy_settings.grace_s": grace_s,
    }
    verdict = said(own(code=fields))
    assert [verdict[name] for name in (NOW, LATE, FAPI2_CODE)] == expected


@pytest.mark.parametrize(("asks", "verdict"), [(True, PASS), (False, WARNING)])
def test_a_token_that_outlives_the_reuse_of_its_code_is_a_warning(asks: bool, verdict: str):
    """It dies where the server asks about it; one that reads it itself goes on until it expires."""
    result = said(own(code={"servers.0.introspects": asks}))
    assert result[NOW] == PASS
    assert {result[name] for name in (LATE, FAPI1_CODE, FAPI2_CODE)} == {verdict}


@pytest.mark.parametrize("product", ["oidc_provider", "spring", "hydra"])
def test_what_is_not_atomic_passes_every_suite_and_fails_at_once(verdicts, product: str):
    assert verdicts[product][NOW] == PASS
    assert FAILURE not in {verdicts[product][name] for name in (LATE, FAPI1_CODE, FAPI2_CODE)}
    assert verdicts[product][AT_ONCE] == FAILURE


@pytest.mark.parametrize("product", ["keycloak", "atproto"])
def test_what_is_removed_in_one_step_holds_at_once_too(verdicts, product: str):
    assert verdicts[product][AT_ONCE] == PASS


# --- proofs and pushed requests -------------------------------------------------------------------

JTI, IAT, PROOF_AT_ONCE = (module.name for module in MODULES if module.tries == "proof")
AGAIN, BEFORE = (module.name for module in MODULES if module.tries == "request_uri")


@pytest.mark.parametrize(
    ("product", "again", "at_once"),
    [
        ("keycloak", PASS, PASS),
        ("atproto", PASS, PASS),
        ("oidc_provider", PASS, WARNING),  # found first, saved later
        ("duende", PASS, WARNING),  # exists, then add
        ("spring", WARNING, WARNING),  # each instance remembers its own
        ("auth0_resource_server", WARNING, WARNING),  # nobody remembers
    ],
)
def test_a_proof_sent_twice(verdicts, product: str, again: str, at_once: str):
    assert (verdicts[product][JTI], verdicts[product][PROOF_AT_ONCE]) == (again, at_once)


def test_a_proof_an_hour_off_is_refused_by_all(verdicts):
    found = [each[IAT] for each in verdicts.values() if IAT in each]
    assert found == [PASS] * 6


def test_where_nobody_gets_a_token_nothing_is_tried():
    nobody = {"client.proof": "dpop", "client.timeout_ms": 1.0}
    assert set(said(own(proof=nobody)).values()) == {"NOT TRIED"}


@pytest.mark.parametrize(("strategy", "again"), [("shared_atomic", PASS), ("no_check", WARNING)])
def test_a_pushed_request_is_used_when_it_brings_a_code(strategy: str, again: str):
    verdict = said(own(request_uri={"authorization_server.strategy": strategy}))
    assert (verdict[AGAIN], verdict[BEFORE]) == (again, PASS)


# --- what no suite tries about refresh tokens -----------------------------------------------------

TABS, LONG_AGO = (m.name for m in MODULES if m.tries == "refresh_token" and m.profile == NONE)


@pytest.mark.parametrize(
    ("product", "tabs", "long_ago"),
    [
        ("hydra", WARNING, PASS),  # two tabs lose the family
        ("hydra_graceful", PASS, FAILURE),
        ("django_oauth_toolkit", PASS, FAILURE),  # issue 1617
        ("airlock", PASS, PASS),
        ("drupal", PASS, PASS),
        ("keycloak_rotating", PASS, PASS),  # by accident: both pass the check
        ("keycloak", PASS, "NOT TRIED"),
    ],
)
def test_two_tabs_and_an_older_generation(verdicts, product: str, tabs: str, long_ago: str):
    assert (verdicts[product][TABS], verdicts[product][LONG_AGO]) == (tabs, long_ago)


# --- how it is judged and run ---------------------------------------------------------------------


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_was_not_tried_is_no_verdict(module: Module):
    assert module.verdict(NOTHING) == "NOT TRIED"
    assert module.verdict(Seen(module.accepts)) == PASS
    assert module.verdict(Seen(not module.accepts)) == module.wrong


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=lambda product: product.name)
def test_each_setting_of_a_product_makes_a_scenario_and_is_tried(verdicts, product: Product):
    assert product.settings.keys() <= {module.tries for module in MODULES}
    assert all(deployed(product, thing) for thing in product.settings)
    assert product.source
    untried = {name for name, verdict in verdicts[product.name].items() if verdict == "NOT TRIED"}
    assert untried <= {LONG_AGO}


def test_a_scenario_of_any_kind_can_be_observed():
    assert observe(load("three-services"), refresh_token_again(30)).replaced is False
    for name in ("magic-link", "draft-three-services"):
        assert observe(load(name), code_again(0)).accepted is False


def test_who_does_not_come_to_an_end_has_seen_nothing():
    assert observe(load("three-services"), code_again(1e6)) == NOTHING
