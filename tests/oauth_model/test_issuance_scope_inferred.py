"""RFC 9068 3 without `resource`: the audience follows from the scope, or there is no token."""

from __future__ import annotations

import pytest

from oauth_model.errors import InvalidScope
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.parameters import Parameters
from tests.oauth_model.parties import World, error, location, redemption

DESIGN = DESIGNS["scope_inferred"]
THREE = ("email", "webdav", "voip")
#: Two servers that share a scope, and one scope that is the first one's own.
SHARING = (
    ProtectedResource("a", "https://a", ("read", "write", "list"), "as:a"),
    ProtectedResource("b", "https://b", ("read",), "as:b"),
)


def asked(scope: str) -> Parameters:
    return Parameters([("scope", scope)])


@pytest.fixture
def world() -> World:
    return World("scope_inferred")


def refresh_token(world: World) -> str:
    response = world.redeem(world.code(scope="email webdav voip"), scope="email")
    return str(response.json()["refresh_token"])


def test_one_consent_spans_servers_and_each_token_request_names_the_scope_of_one(world):
    assert world.run(world.client.authorize(THREE)).kind == "served"
    assert [world.run(world.client.obtain(name)).kind for name in THREE] == ["served"] * 3
    consent, *tokens = (send.request for send in world.sent)
    assert dict(consent.query())["scope"] == "email webdav voip"
    assert [dict(request.form())["scope"] for request in tokens] == list(THREE)


@pytest.mark.clause("RFC 9068 3 default")
@pytest.mark.clause("RFC 9068 5 distinct")
def test_the_audience_is_the_server_that_knows_the_scope(world):
    token = refresh_token(world)
    for scope in THREE:
        response = world.token(grant_type="refresh_token", refresh_token=token, scope=scope)
        verified = world.keys.verifier(f"as:{scope}").verify(response.json()["access_token"])
        assert verified.claims["aud"] == f"https://{scope}.example.com"
        assert verified.claims["scope"] == scope


@pytest.mark.clause("RFC 9068 3 invalid_scope")
def test_scopes_of_two_servers_are_refused_and_the_code_survives(world):
    code = world.code(scope="email voip")
    assert error(world.redeem(code, scope="email voip")) == (400, "invalid_scope")
    assert world.claims(world.redeem(code, scope="voip"))["scope"] == "voip"


@pytest.mark.clause("RFC 9068 3 default")
def test_the_scope_may_be_left_out_when_the_grant_is_for_one_server(world):
    assert world.claims(world.redeem(world.code(scope="voip")))["scope"] == "voip"
    assert error(world.redeem(world.code(scope="email voip"))) == (400, "invalid_scope")


def test_several_scopes_of_one_server_go_into_one_token():
    rights = DESIGN.rights(asked("list write"), SHARING)
    selection = DESIGN.select(rights, asked("write list"), SHARING)
    assert (selection.scopes, selection.servers) == (("write", "list"), SHARING[:1])


@pytest.mark.clause("RFC 9068 3 ambiguous")
@pytest.mark.clause("RFC 9068 5 scopes")
@pytest.mark.parametrize("scope", ["read", "read write"])
def test_a_scope_that_two_servers_know_makes_no_token(scope):
    rights = DESIGN.rights(asked("read write"), SHARING)
    with pytest.raises(InvalidScope, match="one server alone"):
        DESIGN.select(rights, asked(scope), SHARING)


@pytest.mark.parametrize("scope", ["payments", "voip payments", "nonsense"])
def test_refreshing_never_widens_the_grant(world, scope):
    token = refresh_token(world)
    response = world.token(grant_type="refresh_token", refresh_token=token, scope=scope)
    assert error(response) == (400, "invalid_scope")


@pytest.mark.clause("RFC 6749 3.2 unknown")
def test_a_resource_means_nothing_to_this_server(world):
    token, more = refresh_token(world), {"scope": "voip", "resource": "https://email.example.com"}
    response = world.token(grant_type="refresh_token", refresh_token=token, **more)
    assert world.claims(response)["aud"] == "https://voip.example.com"


def test_a_single_use_authorization_names_the_scopes_of_one_server(world):
    both = location(world.authorize(scope="email voip", token_use="single"))
    assert both["error"] == "invalid_scope"
    code = location(world.authorize(scope="voip", token_use="single"))["code"]
    assert world.token(**redemption(code)).json()["use"] == "single"


def test_client_credentials_name_the_scopes_of_one_server(world):
    response = world.token(grant_type="client_credentials", scope="payments")
    assert world.claims(response)["aud"] == "https://payments.example.com"
    assert error(world.token(grant_type="client_credentials")) == (400, "invalid_scope")
