"""joserfc reads what this authorization server signs and publishes: keys, tokens, proofs."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, OKPKey

from tests.real_clients.plain_http import Browser, proof

#: Finding the primes of an RSA key takes a second.
ALGORITHMS = ["EdDSA", "ES256", pytest.param("RS256", marks=pytest.mark.slow)]
#: RFC 9864 names Ed25519 instead; the library warns of the older name, which is the default here.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


@pytest.mark.clause("RFC 8414 3.3 issuer")
def test_the_metadata_names_the_issuer_that_it_was_asked_for(in_process):
    service = in_process()
    assert Browser(service).metadata()["issuer"] == service.issuer


@pytest.mark.clause("RFC 8414 2 members")
def test_every_place_in_the_metadata_is_there(in_process):
    browser = Browser(in_process())
    places = [
        place
        for member, place in browser.metadata().items()
        if member.endswith("_endpoint") or member == "jwks_uri"
    ]
    assert len(places) >= 5
    answers = [(place, browser.ask("GET", place).status_code) for place in places]
    assert [place for place, status in answers if status == 404] == []


@pytest.mark.clause("RFC 9728 2 members")
def test_servers_and_authorization_server_name_each_other(in_process):
    service = in_process()
    browser = Browser(service)
    assert browser.metadata()["protected_resources"] == list(service.servers.values())
    for name, identifier in service.servers.items():
        url = f"{service.issuer}/.well-known/oauth-protected-resource/rs/{name}"
        about = browser.ask("GET", url).json()
        assert (about["resource"], about["authorization_servers"]) == (identifier, [service.issuer])


@pytest.mark.clause("RFC 7517 5")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_private_member_is_published(in_process, algorithm):
    browser = Browser(in_process(crypto=algorithm))
    published = browser.ask("GET", browser.metadata()["jwks_uri"]).json()["keys"]
    assert published
    assert {"d", "p", "q", "k"}.isdisjoint(member for key in published for member in key)


@pytest.mark.clause("RFC 9068 2.1 typ")
@pytest.mark.clause("RFC 9068 2.2 claims")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_access_token_verifies_under_a_published_key(in_process, algorithm):
    service = in_process(crypto=algorithm)
    browser = Browser(service)
    email = service.servers["email"]
    value = browser.token(scope="email", resource=email)["access_token"]
    token = jwt.decode(value, browser.keys(), algorithms=[algorithm])
    assert token.header["typ"] == "at+jwt"
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["scope"]) == (service.issuer, email, "email")
    registry = jwt.JWTClaimsRegistry(now=claims["iat"], exp={"essential": True})
    registry.validate(claims)
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.clause("RFC 7515 5.2")
@pytest.mark.clause("RFC 9068 4 signature")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_both_refuse_a_token_whose_claims_were_changed(in_process, algorithm):
    service = in_process(crypto=algorithm)
    browser = Browser(service)
    header, payload, signature = browser.token()["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(f"{payload}=="))
    changed = json.dumps(claims | {"sub": "mallory"}).encode()
    swapped = f"{header}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{signature}"
    with pytest.raises(BadSignatureError):
        jwt.decode(swapped, browser.keys(), algorithms=[algorithm])
    bearer = {"Authorization": f"Bearer {swapped}"}
    answer = browser.ask("GET", f"{service.servers['email']}/mail", headers=bearer)
    assert answer.status_code == 401


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 signing keys")
def test_each_server_has_a_key_of_its_own_where_the_design_says_so(in_process):
    service = in_process(issuance="lodderstedt")
    browser = Browser(service)
    kids = {
        jwt.decode(
            browser.token(scope=name)["access_token"], browser.keys(), algorithms=["EdDSA"]
        ).header["kid"]
        for name in service.servers
    }
    assert len(kids) == 3


@pytest.mark.clause("RFC 9068 4 signature")
@pytest.mark.clause("RFC 8725 3.3 validate")
@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_token_signed_by_somebody_else_is_refused(in_process, algorithm):
    service = in_process(crypto=algorithm)
    browser = Browser(service)
    honest = jwt.decode(browser.token()["access_token"], browser.keys(), algorithms=[algorithm])
    foreign = (
        OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else ECKey.generate_key("P-256")
    )
    forged = jwt.encode(dict(honest.header), honest.claims, foreign, algorithms=[algorithm])
    with pytest.raises(JoseError):
        jwt.decode(forged, browser.keys(), algorithms=[algorithm])
    bearer = {"Authorization": f"Bearer {forged}"}
    answer = browser.ask("GET", f"{service.servers['email']}/mail", headers=bearer)
    assert (answer.status_code, "invalid_token" in answer.headers["WWW-Authenticate"]) == (
        401,
        True,
    )


def bound_token(browser: Browser, key: ECKey) -> dict[str, Any]:
    service = browser.service
    sent = proof(key, "POST", service.token, service.now_s, "at-the-token-endpoint")
    return browser.token(headers={"DPoP": sent})


@pytest.mark.clause("RFC 9449 6 jkt")
def test_a_proof_made_elsewhere_binds_the_token_to_its_key(in_process):
    browser, key = Browser(in_process()), ECKey.generate_key("P-256")
    token = bound_token(browser, key)
    claims = jwt.decode(token["access_token"], browser.keys(), algorithms=["EdDSA"]).claims
    assert (token["token_type"], claims["cnf"]) == ("DPoP", {"jkt": key.thumbprint()})


@pytest.mark.clause("RFC 9449 4.3 htu")
@pytest.mark.clause("RFC 9449 4.3 binding")
@pytest.mark.clause("RFC 9449 7.2 bearer")
def test_a_call_with_a_bound_token_needs_a_proof_for_this_call(in_process):
    service, key = in_process(), ECKey.generate_key("P-256")
    browser, now_s, url = Browser(service), service.now_s, f"{service.servers['email']}/mail"
    value = bound_token(browser, key)["access_token"]
    elsewhere, other = f"{service.servers['voip']}/mail", ECKey.generate_key("P-256")

    def status(scheme: str, **more: str) -> int:
        headers = {"Authorization": f"{scheme} {value}"} | more
        return browser.ask("GET", url, headers=headers).status_code

    assert status("DPoP", DPoP=proof(key, "GET", url, now_s, "1", value)) == 200
    assert status("DPoP", DPoP=proof(key, "GET", elsewhere, now_s, "2", value)) == 401
    assert status("DPoP", DPoP=proof(other, "GET", url, now_s, "3", value)) == 401
    assert status("DPoP", DPoP=proof(key, "GET", url, now_s, "4")) == 401
    assert (status("DPoP"), status("Bearer")) == (401, 401)


@pytest.mark.clause("RFC 9449 11.1 jti store")
@pytest.mark.parametrize(("strategy", "second"), [("shared_atomic", 401), ("", 200)])
def test_a_proof_is_good_once_where_somebody_counts(in_process, strategy, second):
    service = in_process(servers__email__proof_strategy=strategy)
    browser, key = Browser(service), ECKey.generate_key("P-256")
    value, url = bound_token(browser, key)["access_token"], f"{service.servers['email']}/mail"
    sent = proof(key, "GET", url, service.now_s, "1", value)
    headers = {"Authorization": f"DPoP {value}", "DPoP": sent}
    statuses = [browser.ask("GET", url, headers=headers).status_code for _ in range(2)]
    assert statuses == [200, second]


@pytest.mark.clause("RFC 9449 9 RS nonce")
def test_a_server_that_wants_a_nonce_gives_one(in_process):
    service = in_process(servers__email__dpop_nonces=True)
    browser, key = Browser(service), ECKey.generate_key("P-256")
    value, url = bound_token(browser, key)["access_token"], f"{service.servers['email']}/mail"
    challenge = browser.ask(
        "GET",
        url,
        headers={
            "Authorization": f"DPoP {value}",
            "DPoP": proof(key, "GET", url, service.now_s, "1", value),
        },
    )
    assert challenge.status_code == 401
    assert 'error="use_dpop_nonce"' in challenge.headers["WWW-Authenticate"]
    assert challenge.headers["DPoP-Nonce"]
