"""RFC 8414: metadata of the authorization server, each claim of it tried; and its public keys."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.authorization_server import AuthorizationServerConfig
from oauth_model.endpoints import ENDPOINTS
from oauth_model.endpoints.metadata import WELL_KNOWN
from oauth_model.issuance import DESIGNS
from oauth_model.jose import Keys, thumbprint, verify_jws
from oauth_model.messages import JSON, Request
from tests.oauth_model.parties import CONFIDENTIAL, ISSUER, SCOPES, World, error
from tests.oauth_model.whole_server import OWN, WholeServer


def metadata(world: WholeServer) -> dict[str, Any]:
    return world.get(WELL_KNOWN[0]).json()


@pytest.mark.clause("RFC 8414 3 location")
@pytest.mark.parametrize("path", WELL_KNOWN)
def test_3_it_stands_at_the_well_known_places_as_json(path: str):
    response = WholeServer().get(path)
    assert (response.status, response.header("Content-Type")) == (200, JSON)
    assert response.json()["issuer"] == ISSUER


@pytest.mark.clause("RFC 8414 2 members")
def test_2_required_members_are_there():
    required = {"issuer", "authorization_endpoint", "token_endpoint", "response_types_supported"}
    assert required <= metadata(WholeServer()).keys()


def test_2_every_endpoint_that_is_named_answers():
    world = WholeServer()
    places = {v for n, v in metadata(world).items() if n.endswith(("_endpoint", "_uri"))}
    known = {f"{ISSUER}{path}" for _, path in ENDPOINTS}
    assert places < known
    for place in places:
        assert world.ask(Request("GET", place)).status != 404


@pytest.mark.parametrize("design", DESIGNS)
def test_2_the_response_type_is_the_one_of_the_design(design: str):
    (response_type,) = metadata(WholeServer(design))["response_types_supported"]
    assert response_type == DESIGNS[design].response_type


@pytest.mark.parametrize("design", DESIGNS)
def test_2_grant_types_that_are_named_are_known_and_no_others(design: str):
    world = WholeServer(design)
    named = metadata(world)["grant_types_supported"]
    for grant_type in {*named, "authorization_code", "authorization_code_advanced", "magic"}:
        known = error(world.post("/token", OWN, grant_type=grant_type))[1]
        assert (known != "unsupported_grant_type") == (grant_type in named)


def test_2_all_scopes_and_servers_are_named():
    members = metadata(WholeServer())
    assert members["scopes_supported"] == sorted({*SCOPES, "openid", "profile", "address", "phone"})
    assert f"{ISSUER}/userinfo" in members["protected_resources"]


@pytest.mark.clause("RFC 9207 3 metadata")
def test_rfc9207_3_iss_is_promised_and_kept():
    world = WholeServer()
    assert metadata(world)["authorization_response_iss_parameter_supported"] is True
    assert f"iss={ISSUER.replace(':', '%3A').replace('/', '%2F')}" in (
        world.authorize().header("Location") or ""
    )


def test_rfc7636_s256_and_no_other():
    world = WholeServer()
    assert metadata(world)["code_challenge_methods_supported"] == ["S256"]
    plain = world.authorize(code_challenge_method="plain")
    assert "error=invalid_request" in (plain.header("Location") or "")


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_rfc8705_3_3_certificates_are_promised_where_there_is_tls(scheme: str):
    world = WholeServer(issuer=f"{scheme}://as.example.com")
    promised = metadata(world)["tls_client_certificate_bound_access_tokens"]
    assert promised is (scheme == "https")


@pytest.mark.parametrize("only", [True, False])
def test_rfc9126_5_whether_requests_have_to_be_pushed(only: bool):
    world = WholeServer(pushed_only=only)
    assert metadata(world)["require_pushed_authorization_requests"] is only
    assert ("code=" in (world.authorize().header("Location") or "")) is not only


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA", "ES256"])
def test_2_the_algorithms_are_those_of_the_keys(algorithm: str):
    members = metadata(WholeServer(algorithm=algorithm))
    assert members["id_token_signing_alg_values_supported"] == [algorithm]
    assert members["dpop_signing_alg_values_supported"] == ["EdDSA", "ES256", "RS256"]


def test_2_ways_to_authenticate_at_each_endpoint():
    members = metadata(WholeServer())
    ways = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
    assert members["token_endpoint_auth_methods_supported"] == ways
    assert members["revocation_endpoint_auth_methods_supported"] == ways
    assert members["introspection_endpoint_auth_methods_supported"] == ways[1:]


def test_openid_is_not_claimed_without_userinfo():
    world = World()
    request = Request("GET", f"{ISSUER}{WELL_KNOWN[1]}")
    members = world.run(world.handlers["as"](request)).json()
    assert "userinfo_endpoint" not in members
    assert "id_token_signing_alg_values_supported" not in members


def test_openid_claims_are_those_that_userinfo_tells():
    world = WholeServer()
    token = world.tokens("openid profile phone address")["access_token"]
    told = world.get("/userinfo", ("Authorization", f"Bearer {token}")).json()
    assert set(metadata(world)["claims_supported"]) == told.keys()


# The keys.


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
@pytest.mark.parametrize("design", ["fat", "lodderstedt"])
def test_jwks_holds_the_key_of_every_token(design: str, algorithm: str):
    world = WholeServer(design, algorithm=algorithm)
    keys = {key["kid"]: key for key in world.get("/jwks").json()["keys"]}
    asked = {"grant_type": "client_credentials", "scope": "email"}
    token = world.post("/token", OWN, **asked).json()["access_token"]
    kid = "as" if design == "fat" else "as:email"
    assert verify_jws(token, keys[kid], algorithm).claims["client_id"] == CONFIDENTIAL.client_id


def test_jwks_holds_each_key_once_and_no_private_part():
    keys = WholeServer("lodderstedt", algorithm="ES256").get("/jwks").json()["keys"]
    assert len({thumbprint(key) for key in keys}) == len(keys) == 6
    assert not {"d", "k"} & {member for key in keys for member in key}


def test_jwks_of_one_shared_key_is_that_key():
    world = WholeServer(algorithm="EdDSA")
    assert world.get("/jwks").json() == Keys("EdDSA", 7).jwks(("as",))


@pytest.mark.parametrize("path", [*WELL_KNOWN, "/jwks"])
def test_what_is_public_is_only_read(path: str):
    response = WholeServer().post(path)
    assert (response.status, response.header("Allow")) == (405, "GET")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("assertion_audience", "anybody"), ("single_use_at_introspection", "perhaps")],
)
def test_an_unknown_policy_is_refused(setting: str, value: str):
    changed: dict[str, Any] = {setting: value}
    with pytest.raises(ValueError, match=f"{setting} is '{value}'; allowed: "):
        AuthorizationServerConfig((), (), **changed)
