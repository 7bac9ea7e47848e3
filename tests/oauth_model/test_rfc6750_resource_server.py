"""The protected resource: its challenges and the order of its checks, up to the one use."""

import pytest

from oauth_model.flows import Perform
from oauth_model.messages import FORM, JSON, Headers, Request
from oauth_model.resource_server import ResourceServerConfig
from tests.oauth_model.payments_server import (
    CLAIMS,
    CONFIG,
    EMAIL,
    PAYMENTS,
    Bench,
    challenge,
    refused,
    request,
    ring,
    single,
    token,
)


@pytest.mark.clause("RFC 6750 2.1 header")
def test_a_good_token_is_served():
    bench = Bench()
    response = bench.handle(request(token()))
    assert (response.status, response.json()) == (200, {"status": "done"})
    assert bench.effects == [Perform("POST /payments")]


@pytest.mark.clause("RFC 6750 3 challenge")
@pytest.mark.clause("RFC 6750 3.1 no credentials")
@pytest.mark.parametrize("headers", [(), (("Authorization", "Basic czZCaGRSa3F0Mzpn"),)])
def test_3_1_without_bearer_credentials_the_challenge_has_no_error_code(headers: Headers):
    bench = Bench()
    response = bench.handle(Request("POST", f"{PAYMENTS}/payments", headers))
    assert (response.status, challenge(response)) == (401, 'Bearer realm="example"')
    assert bench.effects == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_rfc9110_11_1_the_scheme_compares_without_case(scheme: str):
    headers = (("authorization", f"{scheme} {token()}"),)
    assert Bench().handle(Request("POST", f"{PAYMENTS}/payments", headers)).status == 200


@pytest.mark.clause("RFC 6750 3.1 invalid_request")
@pytest.mark.parametrize("credentials", ["Bearer", "Bearer ", "Bearer a b"])
def test_3_1_malformed_credentials_are_an_invalid_request(credentials: str):
    headers = (("Authorization", credentials),)
    asked = Request("POST", f"{PAYMENTS}/payments", headers)
    refused(Bench(), asked, 400, "invalid_request")


@pytest.mark.clause("RFC 6750 3.1 invalid_request")
def test_3_1_a_repeated_authorization_header_is_an_invalid_request():
    asked = request(single(), more=(("authorization", f"Bearer {token()}"),))
    refused(Bench(), asked, 400, "invalid_request")


@pytest.mark.clause("RFC 6750 2 one way")
@pytest.mark.clause("RFC 6750 3.1 invalid_request")
@pytest.mark.parametrize("media_type", [f"{FORM}; charset=utf-8", FORM.upper()])
def test_2_a_token_in_header_and_form_body_is_an_invalid_request(media_type: str):
    body = f"amount=5&access_token={token()}"
    asked = request(single(), body=body, more=(("Content-Type", media_type),))
    refused(Bench(), asked, 400, "invalid_request")


@pytest.mark.clause("RFC 6750 2 one way")
@pytest.mark.clause("RFC 6750 3.1 invalid_request")
def test_2_a_token_in_header_and_query_is_an_invalid_request():
    asked = request(single())
    asked = asked._replace(url=f"{asked.url}?access_token=x")
    refused(Bench(), asked, 400, "invalid_request")


@pytest.mark.clause("RFC 6750 2.2 body")
@pytest.mark.parametrize("more", [(("Content-Type", JSON),), ()])
def test_2_a_body_that_is_no_form_is_no_second_way(more: Headers):
    asked = request(token(), body="access_token=x", more=more)
    assert Bench().handle(asked._replace(url=f"{asked.url}?page=2")).status == 200


@pytest.mark.clause("RFC 6750 3.1 invalid_token")
@pytest.mark.clause("RFC 9068 4 invalid_token")
@pytest.mark.clause("RFC 9068 4 signature")
@pytest.mark.clause("RFC 8725 3.8 iss")
@pytest.mark.parametrize(
    "text",
    [
        "unheard-of",
        token(typ="JWT"),
        token(iss="https://evil.example"),
        token(aud=EMAIL),
        token(exp=1001),
        token(nbf=1002),
        token(client_id=None),
        single()[:-1],
        ring("symbolic").sign(CLAIMS, key="mallory", typ="at+jwt"),
    ],
    ids=["unheard-of", "typ", "iss", "aud", "exp", "nbf", "client_id", "changed", "key"],
)
def test_rfc9068_4_any_failure_is_invalid_token(text: str):
    refused(Bench(), request(text), 401, "invalid_token")


def test_3_1_the_refusal_says_why_in_one_attribute():
    response = Bench().handle(request(token(exp=1001)))
    assert challenge(response) == (
        'Bearer realm="example", error="invalid_token", error_description="the token expired"'
    )


@pytest.mark.clause("RFC 9068 4 exp")
def test_a_token_checked_before_expiry_is_checked_again_at_its_next_use():
    bench, asked = Bench("no_check"), request(token())
    assert bench.handle(asked).status == 200
    bench.now_s = 1030.0
    assert bench.handle(asked).status == 401


@pytest.mark.clause("RFC 9068 4 exp")
@pytest.mark.parametrize(("now_s", "status"), [(1034.9, 200), (1035.0, 401)])
def test_the_leeway_is_the_server_s(now_s: float, status: int):
    bench = Bench("no_check", leeway_s=5.0)
    bench.now_s = now_s
    assert bench.handle(request(single())).status == status


@pytest.mark.parametrize(("method", "path"), [("GET", "/payments"), ("POST", "/nowhere")])
def test_an_unknown_operation_is_not_found_and_burns_nothing(method: str, path: str):
    bench, text = Bench(consume="before_scope"), single()
    asked = request(text, method)._replace(url=f"{PAYMENTS}{path}?a=1")
    assert bench.handle(asked).status == 404
    assert bench.handle(request(text)).status == 200


def test_an_unknown_operation_is_told_to_nobody_without_a_token():
    asked = Request("POST", f"{PAYMENTS}/nowhere")
    assert Bench().handle(asked).status == 401


@pytest.mark.clause("RFC 6750 3.1 insufficient_scope")
def test_3_1_insufficient_scope_names_the_scope():
    response = Bench().handle(request(token(), "DELETE"))
    assert (response.status, challenge(response)) == (
        403,
        'Bearer realm="example", error="insufficient_scope", '
        'error_description="the token lacks the scope", scope="admin"',
    )


@pytest.mark.parametrize("setting", [{"consume": "later"}, {"one_use_per": "day"}])
def test_an_unknown_setting_is_named_with_what_is_allowed(setting: dict[str, str]):
    with pytest.raises(ValueError, match=r"is '\w+'; allowed: \w+, \w+"):
        ResourceServerConfig(**(CONFIG | setting))


@pytest.mark.clause("RFC 9449 7.2 bearer")
@pytest.mark.parametrize("confirmation", [{"jkt": "0ZcO"}, {"x5t#S256": "bwcK"}])
def test_rfc9449_7_2_a_bound_token_is_not_accepted_as_a_bearer_token(confirmation: dict[str, str]):
    refused(Bench(), request(token(cnf=confirmation)), 401, "invalid_token")
