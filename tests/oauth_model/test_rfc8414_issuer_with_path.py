"""RFC 8414 3.1, OpenID Connect Discovery 4: where everything is when the issuer has a path."""

from __future__ import annotations

import pytest

from oauth_model.endpoints import ENDPOINTS
from oauth_model.endpoints.metadata import WELL_KNOWN, place
from oauth_model.grants.openid import userinfo_resource
from oauth_model.messages import Request, form_post, with_query
from tests.oauth_model.parties import CONFIDENTIAL, ISSUER, basic, location, redemption
from tests.oauth_model.whole_server import WholeServer

TENANT = f"{ISSUER}/tenant"
AUTHORIZATION_SERVER, OPENID = WELL_KNOWN
PLACES = {
    TENANT: [f"{AUTHORIZATION_SERVER}/tenant", f"/tenant{OPENID}"],
    f"{TENANT}/": [f"{AUTHORIZATION_SERVER}/tenant", f"/tenant{OPENID}"],
    f"{ISSUER}/a/b": [f"{AUTHORIZATION_SERVER}/a/b", f"/a/b{OPENID}"],
    f"{ISSUER}/": [AUTHORIZATION_SERVER, OPENID],
    ISSUER: [AUTHORIZATION_SERVER, OPENID],
}


def tenant(issuer: str = TENANT) -> WholeServer:
    return WholeServer(issuer=issuer, userinfo=userinfo_resource(issuer))


@pytest.mark.clause("RFC 8414 3.1 path")
@pytest.mark.parametrize("issuer", PLACES)
def test_3_1_the_well_known_documents_are_where_the_clauses_put_them(issuer: str):
    world = tenant(issuer)
    for path in PLACES[issuer]:
        assert world.get(path).json()["issuer"] == issuer


@pytest.mark.clause("RFC 8414 3.1 path")
@pytest.mark.parametrize(
    "path", [*WELL_KNOWN, f"/tenant{AUTHORIZATION_SERVER}", f"{OPENID}/tenant"]
)
def test_3_1_and_nowhere_else(path: str):
    assert tenant().get(path).status == 404


@pytest.mark.clause("RFC 8414 2 members")
@pytest.mark.parametrize("issuer", PLACES)
def test_2_every_endpoint_that_is_named_is_found(issuer: str):
    world = tenant(issuer)
    members = world.get(PLACES[issuer][0]).json()
    named = [uri for name, uri in members.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(named) == 7
    for uri in named:
        assert world.ask(Request("GET", uri)).status != 404


def test_an_endpoint_is_not_found_above_beside_or_below_the_issuer():
    world = tenant()
    places = ("/token", "/tenants/token", "/tenan/token", "/tenant/x/token", "/tenanttoken", "/")
    assert {world.post(path).status for path in places} == {404}


def test_two_endpoints_are_never_at_one_place():
    paths = {path for _, path in ENDPOINTS}
    for issuer in (*PLACES, f"{ISSUER}{AUTHORIZATION_SERVER}"):
        assert len({place(issuer, path) for path in paths}) == len(paths)


def test_a_wrong_method_is_told_the_right_ones_below_the_issuer():
    response = tenant().get("/tenant/token")
    assert (response.status, response.header("Allow")) == (405, "POST")


def test_a_code_is_issued_and_redeemed_with_a_proof_below_the_issuer():
    world = tenant()
    asked = [("response_type", "code"), ("client_id", "s6BhdRkqt3"), ("scope", "email")]
    answer = location(world.ask(Request("GET", with_query(f"{TENANT}/authorize", asked))))
    redeem = {n: v for n, v in redemption(answer["code"]).items() if n != "code_verifier"}
    fields = (basic(CONFIDENTIAL.client_id, CONFIDENTIAL.secret), world.proof("/tenant/token"))
    response = world.ask(form_post(f"{TENANT}/token", list(redeem.items()), fields))
    assert (response.json()["token_type"], answer["iss"]) == ("DPoP", TENANT)
    assert world.claims(response)["iss"] == TENANT
