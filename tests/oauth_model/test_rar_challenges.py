"""The missing counterpart of insufficient_scope for authorization details, three ways."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oauth_model.errors import (
    InsufficientAuthorization,
    InvalidAuthorizationDetails,
    InvalidRequest,
    InvalidTarget,
)
from oauth_model.jose import Keys, Verified, b64url, b64url_decode
from oauth_model.messages import Request, Response
from oauth_model.rar import Detail, call_detail, covers
from oauth_model.rar_challenges import (
    ACCEPT_TXN_CHALLENGE,
    CACHED_RETRIES,
    CHALLENGE_TYPE,
    FRESH_RETRIES,
    RAR_CHALLENGES,
    Challenger,
    challenge,
    check_transaction_challenge,
    disclosed,
    reference_of,
    remediation_of,
    transaction_challenge,
    transaction_challenge_of,
)
from tests.oauth_model.rich_requests import CARD, DETAILS, PAY, PAYMENT, PAYMENTS, post, without

repeatable = settings(derandomize=True, deadline=None)
AS = "https://as.example.com"
OFF, REMEDIATION, TRANSACTION = RAR_CHALLENGES
CALL = Detail.of(PAYMENT)
ASKED = post("{}")._replace(headers=(ACCEPT_TXN_CHALLENGE,))
KEYS = Keys("EdDSA", 7)


def challenger(keys: Keys = KEYS, **settings: Any) -> Challenger:
    """The payments server's, at 1000 s, with names t0, t1, ..."""
    numbers = count()
    made = Challenger(
        PAYMENTS,
        AS,
        lambda claims, typ: keys.sign(claims, key="payments", typ=typ),
        lambda: 1000.0,
        lambda kind: f"{kind}{next(numbers)}",
    )
    return replace(made, **settings)


def answer(policy: str, request: Request = ASKED, **settings: Any) -> Response:
    return challenge(policy, CALL, request, challenger(**settings)).challenge_response("example")


def header(response: Response) -> str:
    return response.header("WWW-Authenticate") or ""


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation off")
@pytest.mark.clause("RFC 6750 3.1 insufficient_scope")
def test_off_is_insufficient_scope_that_names_no_scope():
    response = answer(OFF)
    assert response.status == 403
    assert header(response) == (
        'Bearer realm="example", error="insufficient_scope", '
        'error_description="the token does not authorize this call"'
    )


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation insufficient_authorization")
def test_the_remediation_is_base64url_of_the_details_in_a_401():
    response = answer(REMEDIATION)
    start, _, rest = header(response).partition('authorization_remediation="')
    assert response.status == 401
    assert start == (
        'Bearer realm="example", error="insufficient_authorization", '
        'error_description="Additional authorization is required", '
    )
    assert json.loads(b64url_decode(rest[:-1])) == {"authorization_details": [PAYMENT]}


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation authorization_reference")
@pytest.mark.parametrize("single_use", [True, False])
def test_the_reference_is_left_out_exactly_when_the_token_is_for_one_use(single_use: bool):
    assert (reference_of(answer(REMEDIATION, single_use=single_use)) == "") is single_use


def test_the_reference_is_stable_differs_by_server_and_call_and_shows_neither():
    def reference(call: Detail, **more: Any) -> str:
        by = challenger(single_use=False, **more)
        return reference_of(challenge(REMEDIATION, call, ASKED, by).challenge_response("r"))

    seen = [reference(CALL), reference(CALL, resource=AS), reference(Detail.of(CARD))]
    assert len(set(seen)) == 3
    assert reference(CALL) == seen[0]
    assert not any("Merchant" in one or "pay" in one for one in seen)


def test_a_token_for_what_the_remediation_says_covers_the_call():
    body = json.dumps(without(PAYMENT, "type", "locations"))
    call = call_detail(PAY, post(body))
    error = challenge(REMEDIATION, call, ASKED, challenger())
    details = remediation_of(error.challenge_response("example"))
    assert details is not None
    assert covers(details, call)


def test_a_client_reads_a_remediation_that_is_not_quoted():
    quoted = answer(REMEDIATION)
    bare = (("www-authenticate", header(quoted).replace('"', "")),)
    assert remediation_of(Response(401, bare)) == remediation_of(quoted) == (CALL,)


def test_a_client_tries_a_token_it_has_and_a_new_one_once_each():
    assert (CACHED_RETRIES, FRESH_RETRIES) == (1, 1)


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge transaction_authorization_required")
def test_the_transaction_challenge_is_a_jws_in_a_401():
    response = answer(TRANSACTION)
    start, _, rest = header(response).partition('transaction_challenge="')
    assert response.status == 401
    assert start == (
        'Bearer realm="example", error="transaction_authorization_required", '
        'error_description="Transaction-specific authorization is required", '
    )
    assert KEYS.verifier("payments").verify(rest[:-1]).header["typ"] == CHALLENGE_TYPE


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge claims")
def test_the_eight_claims_that_the_draft_requires():
    token = transaction_challenge_of(answer(TRANSACTION))
    claims = dict(KEYS.verifier("payments").verify(token).claims)
    assert claims.pop("reason")
    assert claims == {
        "iss": PAYMENTS,
        "aud": AS,
        "iat": 1000,
        "exp": 1300,
        "jti": "challenge0",
        "txn": "txn1",
        "authorization_details": [PAYMENT],
    }


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge Accept-Txn-Challenge")
@pytest.mark.parametrize(
    ("values", "offered"),
    [
        (["?1"], True),
        (["?1;more"], True),
        ([], False),
        (["?0"], False),
        (["1"], False),
        (["?1, ?1"], False),
        (["?1", "?1"], False),
    ],
)
def test_only_a_request_that_announces_support_is_challenged(values: list[str], offered: bool):
    headers = tuple(("accept-txn-challenge", value) for value in values)
    response = answer(TRANSACTION, ASKED._replace(headers=headers))
    assert bool(transaction_challenge_of(response)) is offered
    assert response.status == (401 if offered else 403)


@pytest.mark.parametrize("policy", [OFF, TRANSACTION])
def test_without_a_remediation_a_client_is_told_no_details(policy: str):
    assert remediation_of(answer(policy)) is None
    assert reference_of(answer(policy, single_use=False)) == ""


@pytest.mark.parametrize("policy", [OFF, REMEDIATION])
def test_without_a_transaction_challenge_there_is_none_to_hand_on(policy: str):
    assert transaction_challenge_of(answer(policy)) == ""


def test_what_each_policy_discloses_to_who_sees_the_response():
    assert {policy: disclosed(answer(policy)) for policy in RAR_CHALLENGES} == {
        OFF: (),
        REMEDIATION: tuple(PAYMENT),
        TRANSACTION: tuple(PAYMENT),
    }


def test_what_each_policy_costs_in_header_bytes():
    off, remediation, transaction = (len(header(answer(policy))) for policy in RAR_CHALLENGES)
    assert off < remediation < transaction < 4096


def test_a_symbolic_challenge_discloses_as_much_to_an_observer_who_can_look_it_up():
    keys = Keys("symbolic", 7)
    error = challenge(TRANSACTION, CALL, ASKED, challenger(keys))
    response = error.challenge_response("example")

    def read(token: str) -> Mapping[str, Any]:
        return keys.verifier("payments").verify(token).claims

    assert disclosed(response, read) == disclosed(answer(TRANSACTION))


def test_an_unknown_policy_is_an_error_of_the_caller():
    with pytest.raises(KeyError, match="perhaps"):
        challenge("perhaps", CALL, ASKED, challenger())


GOOD = KEYS.verifier("payments").verify(transaction_challenge(CALL, challenger()))
check = partial(check_transaction_challenge, issuer=AS, keys={PAYMENTS: "payments"}, now_s=1010.0)


def changed(header: Mapping[str, Any] | None = None, /, **claims: Any) -> Verified:
    merged = {**GOOD.claims, **claims}
    kept = {name: value for name, value in merged.items() if value is not ...}
    return Verified({**GOOD.header, **(header or {})}, kept)


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge authorization server processing")
def test_a_good_challenge_says_what_the_token_must_be_bound_to():
    found = check(GOOD)
    assert (found.resource, found.txn, found.jti) == (PAYMENTS, "txn1", "challenge0")
    assert (found.details, found.expires_at_s) == ((CALL,), 1300.0)


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge authorization server processing")
@pytest.mark.parametrize(
    "bad",
    [
        changed({"typ": "at+jwt"}),
        changed({"kid": "email"}),
        changed(aud="https://other.example.com"),
        changed(aud=[AS, "https://other.example.com"]),
        changed(exp=1010),
        changed(exp=float("nan")),
        changed(exp="1300"),
        changed(txn=7),
        changed(jti=""),
        changed(iss=None),
        changed(authorization_details=[]),
        changed(authorization_details="payment"),
        *(changed(**{name: ...}) for name in GOOD.claims if name != "iat"),
    ],
)
def test_a_bad_challenge_is_an_invalid_request(bad: Verified):
    with pytest.raises(InvalidRequest):
        check(bad)


def test_a_challenge_expires_give_or_take_the_leeway():
    assert check(GOOD, now_s=1304.9, leeway_s=5.0)
    with pytest.raises(InvalidRequest, match="expired"):
        check(GOOD, now_s=1305.0, leeway_s=5.0)


def test_a_challenge_of_an_unknown_server_has_an_invalid_target():
    with pytest.raises(InvalidTarget):
        check(GOOD, keys={"https://email.example.com": "payments"})


@pytest.mark.parametrize("bad", [{"type": "nonsense"}, without(PAYMENT, "creditorName"), 1])
def test_a_challenge_for_details_that_do_not_conform_is_refused(bad: Any):
    with pytest.raises(InvalidAuthorizationDetails):
        check(changed(authorization_details=[PAYMENT, bad]))


def remedied(text: str) -> Response:
    error = InsufficientAuthorization(authorization_remediation=text)
    return error.challenge_response("example")


@repeatable
@given(st.text(max_size=20) | st.binary(max_size=40).map(b64url))
@example(b64url(b"[" * 100_000))
@example(b64url(b'{"authorization_details":' + b'{"a":' * 100_000))
@example(b64url(b'{"authorization_details":[NaN]}'))
@example(b64url(b'{"authorization_details":[{"type":"access","type":"access"}]}'))
@example(b64url(b'{"authorization_details":[],"authorization_reference":[1]}'))
def test_whatever_a_server_writes_a_client_reads_nothing_or_details(text: str):
    response = remedied(text)
    assert remediation_of(response) is None
    assert reference_of(response) == ""
    assert disclosed(response) == ()


@pytest.mark.parametrize("status", [200, 400])
def test_only_a_refusal_has_a_remediation(status: int):
    assert remediation_of(answer(REMEDIATION)._replace(status=status)) is None


def test_details_that_the_client_does_not_know_are_not_asked_for():
    members = {"authorization_details": [PAYMENT, {"type": "nonsense", "secret": 1}]}
    response = remedied(b64url(json.dumps(members).encode()))
    assert remediation_of(response) is None
    assert "secret" in disclosed(response)


@pytest.mark.parametrize("name", DETAILS)
def test_the_details_of_every_type_come_through(name: str):
    call = Detail.of(DETAILS[name])
    error = challenge(REMEDIATION, call, ASKED, challenger())
    assert remediation_of(error.challenge_response("example")) == (call,)
