"""RFC 8707: which resources may be asked for, what is granted of the product, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.errors import InvalidTarget
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.messages import Response
from oauth_model.parameters import Parameters
from tests.oauth_model.parties import SERVERS, World, error, location, redemption

DESIGN = DESIGNS["rfc8707"]
EMAIL, WEBDAV, VOIP, PAYMENTS = (server.identifier for server in SERVERS)
#: Two servers that share a scope, and one scope that is the first one's own.
SHARING = (
    ProtectedResource("a", "https://a", ("read", "write"), "as:a"),
    ProtectedResource("b", "https://b", ("read",), "as:b"),
)


def at(*resources: str) -> list[tuple[str, str]]:
    """The parameters that name these resources."""
    return [("resource", resource) for resource in resources]


@pytest.fixture
def world() -> World:
    return World("rfc8707")


def code_for(world: World, *resources: str, **changes: str) -> str:
    """A code for the scopes email, webdav and voip at these resources, with changes."""
    asked = {"scope": "email webdav voip"} | changes
    return location(world.authorize(*at(*resources), **asked))["code"]


def refresh(world: World, token: str, *resources: str, **more: Any) -> Response:
    pairs = [("refresh_token", token), *at(*resources)]
    return world.token(*pairs, grant_type="refresh_token", **more)


def granted(world: World, *resources: str) -> str:
    """A refresh token for these resources."""
    code = code_for(world, *resources)
    response = world.token(*at(resources[0]), **redemption(code))
    return str(response.json()["refresh_token"])


@pytest.mark.clause("RFC 8707 2 URI")
@pytest.mark.clause("RFC 8707 2 invalid_target")
@pytest.mark.parametrize(
    "resource",
    [
        "email",
        "/mail",
        "//email.example.com",
        f"{EMAIL}#inbox",
        f"{EMAIL}#",
        f"{EMAIL} ",
        ":",
        "é:é",
    ],
)
def test_a_resource_is_an_absolute_uri_without_a_fragment(world, resource):
    answer = location(world.authorize(("resource", resource)))
    assert (answer["error"], answer["state"]) == ("invalid_target", "xyz")
    assert "absolute URI" in answer["error_description"]
    token = granted(world, EMAIL, VOIP)
    assert error(refresh(world, token, resource)) == (400, "invalid_target")


@pytest.mark.clause("RFC 8707 2 query")
@pytest.mark.clause("RFC 8707 2 URI")
@pytest.mark.parametrize("resource", ["urn:example:calendar", "https://a/x?y=z", "app://a:1/%20"])
def test_other_absolute_uris_are_well_formed_and_may_be_known(resource):
    server = ProtectedResource("x", resource, ("x",), "as:x")
    assert DESIGN.rights(Parameters(at(resource)), (server,)).resources == (resource,)


@pytest.mark.clause("RFC 8707 2 invalid_target")
@pytest.mark.parametrize("resource", ["https://stranger.example.com", f"{EMAIL}/", EMAIL.upper()])
def test_an_unknown_resource_is_refused_at_both_endpoints(world, resource):
    assert location(world.authorize(*at(EMAIL, resource)))["error"] == "invalid_target"
    assert error(refresh(world, granted(world, EMAIL), resource)) == (400, "invalid_target")


@pytest.mark.clause("RFC 8707 2 repeated")
def test_a_resource_that_is_named_twice_counts_once(world):
    token = granted(world, EMAIL, EMAIL)
    assert world.claims(refresh(world, token, EMAIL, EMAIL))["aud"] == EMAIL


@pytest.mark.clause("RFC 8707 2.2 one audience")
@pytest.mark.clause("RFC 9068 3 resource")
@pytest.mark.clause("RFC 9068 5 distinct")
def test_a_token_is_for_the_resource_of_its_request_under_that_servers_key(world):
    token = granted(world, EMAIL, VOIP)
    response = refresh(world, token, VOIP)
    verified = world.keys.verifier("as:voip").verify(response.json()["access_token"])
    assert (verified.claims["aud"], verified.claims["scope"]) == (VOIP, "voip")


@pytest.mark.clause("RFC 8707 2.2 scope")
@pytest.mark.clause("RFC 6749 3.3 partial")
def test_the_scope_is_cut_down_and_the_response_says_so(world):
    response = refresh(world, granted(world, EMAIL, VOIP), VOIP, scope="email voip")
    assert response.json()["scope"] == world.claims(response)["scope"] == "voip"
    assert "scope" not in refresh(world, granted(world, VOIP), VOIP, scope="voip").json()


@pytest.mark.clause("RFC 8707 2.2 scope")
def test_the_scope_may_be_named_where_a_code_is_redeemed_too(world):
    code = code_for(world, EMAIL, VOIP)
    response = world.token(*at(EMAIL), **redemption(code), scope="voip")
    assert error(response) == (400, "invalid_scope")
    assert world.claims(world.token(**redemption(code), scope="voip"))["aud"] == VOIP


@pytest.mark.clause("RFC 8707 2.2 refresh")
def test_every_resource_of_the_grant_can_be_asked_for_again_and_again(world):
    token = granted(world, EMAIL, WEBDAV, VOIP)
    for resource in (VOIP, WEBDAV, EMAIL, VOIP):
        assert world.claims(refresh(world, token, resource))["aud"] == resource


@pytest.mark.clause("RFC 8707 2.2 refresh")
@pytest.mark.clause("RFC 9700 4.14.2 bound")
def test_asking_for_a_resource_never_widens_the_grant(world):
    token = granted(world, EMAIL, VOIP)
    assert error(refresh(world, token, WEBDAV)) == (400, "invalid_target")
    assert error(refresh(world, token, EMAIL, WEBDAV)) == (400, "invalid_target")
    assert error(refresh(world, token, EMAIL, scope="payments")) == (400, "invalid_scope")
    assert refresh(world, token, EMAIL).status == 200


def test_a_code_survives_a_request_for_another_resource(world):
    code = code_for(world, EMAIL)
    assert error(world.token(*at(VOIP), **redemption(code))) == (400, "invalid_target")
    assert world.token(*at(EMAIL), **redemption(code)).status == 200


@pytest.mark.clause("RFC 8707 2 omitted")
@pytest.mark.clause("RFC 9068 3 default")
def test_without_a_resource_the_token_is_for_the_one_server_that_the_scope_reaches(world):
    token = granted(world, EMAIL, VOIP)
    assert world.claims(refresh(world, token, scope="voip"))["aud"] == VOIP
    assert world.claims(refresh(world, granted(world, EMAIL)))["aud"] == EMAIL


@pytest.mark.clause("RFC 8707 2 omitted")
def test_without_a_resource_several_servers_are_too_many(world):
    token = granted(world, EMAIL, VOIP)
    assert error(refresh(world, token)) == (400, "invalid_target")
    assert error(refresh(world, token, scope="email voip")) == (400, "invalid_target")
    code = code_for(world, EMAIL, VOIP)
    assert error(world.token(**redemption(code))) == (400, "invalid_target")


@pytest.mark.clause("RFC 8707 2 omitted")
def test_an_authorization_request_without_a_resource_is_for_wherever_its_scopes_belong(world):
    response = world.token(*at(EMAIL), **redemption(code_for(world)))
    token = response.json()["refresh_token"]
    assert world.claims(refresh(world, token, VOIP))["scope"] == "voip"
    assert error(refresh(world, token, PAYMENTS)) == (400, "invalid_target")


@pytest.mark.clause("RFC 6749 3.3 default")
def test_an_authorization_request_without_a_scope_is_for_all_that_its_resources_know(world):
    code = code_for(world, VOIP, PAYMENTS, scope="")
    assert world.database.codes[code].grant.rights.values == (("voip", "payments"),)
    members = world.token(*at(VOIP), **redemption(code)).json()
    assert members["scope"] == "voip"
    assert refresh(world, members["refresh_token"], PAYMENTS).json()["scope"] == "payments"
    assert error(refresh(world, members["refresh_token"], EMAIL)) == (400, "invalid_target")


@pytest.mark.clause("RFC 8707 2.1 product")
def test_what_is_granted_is_every_scope_at_every_resource():
    rights = DESIGN.rights(
        Parameters([("scope", "read write"), *at("https://a", "https://b")]), SHARING
    )
    chosen = {
        resource: DESIGN.select(rights, Parameters(at(resource)), SHARING).scopes
        for resource in rights.resources
    }
    assert chosen == {"https://a": ("read", "write"), "https://b": ("read",)}


@pytest.mark.clause("RFC 9068 3 ambiguous")
def test_a_scope_that_two_granted_servers_know_needs_a_resource():
    rights = DESIGN.rights(Parameters([("scope", "read")]), SHARING)
    with pytest.raises(InvalidTarget, match="must name a resource"):
        DESIGN.select(rights, Parameters(), SHARING)
    assert DESIGN.select(rights, Parameters(at("https://b")), SHARING).servers == SHARING[1:]


@pytest.mark.clause("RFC 9700 4.9.1 counterfeit")
def test_a_token_for_several_resources_can_be_used_by_each_at_the_others(world):
    response = refresh(world, granted(world, EMAIL, VOIP), EMAIL, VOIP)
    claims, token = world.claims(response), response.json()["access_token"]
    assert (claims["aud"], claims["scope"]) == ([EMAIL, VOIP], "email voip")
    works = [s.name for s in SERVERS if world.call(s.name, token).status == 200]
    assert works == ["email", "voip"]


def test_a_token_for_several_has_something_to_do_at_each_of_them(world):
    token = granted(world, EMAIL, VOIP)
    assert error(refresh(world, token, EMAIL, VOIP, scope="voip")) == (400, "invalid_scope")


@pytest.mark.clause("interim-2025-01-20 down-scoped")
def test_a_single_use_token_for_several_resources_is_a_matter_of_policy():
    answers = []
    for audiences in ("one", "several"):
        world = World("rfc8707", single_use_audiences=audiences)
        asked = {"scope": "email voip", "token_use": "single"}
        answers.append(refresh(world, granted(world, EMAIL, VOIP), EMAIL, VOIP, **asked))
    assert error(answers[0]) == (400, "invalid_scope")
    assert (answers[1].status, answers[1].json()["use"]) == (200, "single")


def test_a_resource_alone_does_not_down_scope_an_authorization_request(world):
    answer = location(world.authorize(*at(EMAIL), scope="", token_use="single"))
    assert answer["error"] == "invalid_scope"


def test_client_credentials_choose_among_what_the_client_is_registered_for(world):
    response = world.token(*at(PAYMENTS), grant_type="client_credentials")
    assert (world.claims(response)["aud"], response.json()["scope"]) == (PAYMENTS, "payments")
    assert error(world.token(grant_type="client_credentials")) == (400, "invalid_target")
