"""Scope, then strength of the sign-in, then authorization details; a refusal consumes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oauth_model.messages import Request, Response
from oauth_model.permission import SignIn
from oauth_model.rar import Need
from oauth_model.rar_challenges import (
    ACCEPT_TXN_CHALLENGE,
    Challenger,
    disclosed,
    remediation_of,
    transaction_challenge_of,
)
from oauth_model.step_up import step_up_of
from tests.oauth_model.payments_server import AS, PAYMENTS, Bench, challenge, request, ring, token

PAYMENT: dict[str, Any] = {
    "type": "payment",
    "actions": ["initiate"],
    "locations": [PAYMENTS],
    "instructedAmount": {"currency": "EUR", "amount": "42.00"},
    "creditorName": "Merchant A",
}
BODY = json.dumps({name: PAYMENT[name] for name in ("instructedAmount", "creditorName")})
NEEDS = {"POST /payments": Need("payment", ("initiate",), (PAYMENTS,))}
SIGN_INS = {"POST /payments": SignIn("phr", 300)}


class Choosy(Bench):
    """A server that wants a scope, a strong and recent sign-in, and details for this payment."""

    def __init__(self, policy: str = "insufficient_authorization", **config: Any) -> None:
        wants: dict[str, Any] = {"needs": NEEDS, "sign_ins": SIGN_INS, "rar_challenge": policy}
        super().__init__(**(wants | config))

    def parts(self) -> dict[str, Any]:
        def sign(claims: Any, typ: str) -> str:
            return ring("symbolic").sign(claims, key="rs-payments", typ=typ)

        names = iter("abcdef")
        return {"challenger": Challenger(PAYMENTS, AS, sign, self.clock, lambda kind: next(names))}


GOOD: dict[str, Any] = {"acr": "phr", "auth_time": 900, "authorization_details": [PAYMENT]}
BARE: dict[str, Any] = {"scope": "other"}


def pay(bench: Bench, more: tuple[tuple[str, str], ...] = (), **claims: Any) -> Response:
    return bench.handle(request(token(**claims), body=BODY, more=more))


def error(response: Response) -> tuple[int, str]:
    field = challenge(response) or ""
    return response.status, field.partition('error="')[2].partition('"')[0]


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation order")
@pytest.mark.parametrize(
    ("claims", "wanted"),
    [
        ({"exp": 1001, **BARE}, (401, "invalid_token")),
        (BARE, (403, "insufficient_scope")),
        ({}, (401, "insufficient_user_authentication")),
        ({"acr": "phr", "auth_time": 900}, (401, "insufficient_authorization")),
        (GOOD, (200, "")),
    ],
    ids=["token", "scope", "acr", "details", "good"],
)
def test_each_refusal_comes_only_after_what_is_before_it(
    claims: dict[str, Any], wanted: tuple[int, str]
):
    bench = Choosy()
    assert error(pay(bench, use="single", **claims)) == wanted
    assert bool(bench.notes) is (wanted[0] == 200)


def test_rfc9396_3_details_of_the_type_stand_in_for_the_scope():
    assert pay(Choosy(), **(GOOD | BARE)).status == 200


def test_who_holds_the_right_kind_of_token_is_told_which_details():
    other = PAYMENT | {"creditorName": "Merchant B"}
    response = pay(Choosy(), **(GOOD | BARE | {"authorization_details": [other]}))
    assert error(response) == (401, "insufficient_authorization")


def test_details_of_another_type_do_not_stand_in_for_the_scope():
    card = {"type": "card_details", "actions": ["read"], "identifier": "card-1"}
    response = pay(Choosy(), **(GOOD | BARE | {"authorization_details": [card]}))
    assert error(response) == (403, "insufficient_scope")


@pytest.mark.clause("RFC 9470 3 challenge")
@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"acr": "otp", "auth_time": 1000}, "A different authentication level"),
        ({"auth_time": 1000}, "A different authentication level"),
        ({"acr": "phr", "auth_time": 700}, "More recent authentication"),
        ({"acr": "phrh"}, "More recent authentication"),
    ],
)
def test_rfc9470_3_the_challenge_says_what_is_wanted(claims: dict[str, Any], what: str):
    response = pay(Choosy(), **claims)
    assert (response.status, challenge(response)) == (
        401,
        'Bearer realm="example", error="insufficient_user_authentication", '
        f'error_description="{what} is required", acr_values="phr phrh", max_age="300"',
    )
    assert step_up_of(response) == [("acr_values", "phr phrh"), ("max_age", "300")]


def test_rfc9470_3_the_sign_in_grows_old_while_the_token_lives():
    bench = Choosy()
    statuses = []
    for now_s in (1200.0, 1200.1):
        bench.now_s = now_s
        statuses.append(pay(bench, exp=9999, **GOOD).status)
    assert statuses == [200, 401]


@pytest.mark.clause("interim-2025-01-20 insufficient RAR")
def test_insufficient_authorization_names_the_details_of_this_call():
    details = remediation_of(pay(Choosy(sign_ins={}))) or ()
    assert [detail.members for detail in details] == [PAYMENT]


@pytest.mark.clause("draft-ietf-oauth-rar-metadata-remediation off")
@pytest.mark.clause("interim-2025-01-20 insufficient RAR")
def test_off_is_insufficient_scope_and_discloses_nothing():
    response = pay(Choosy("off", sign_ins={}))
    assert error(response) == (403, "insufficient_scope")
    assert (disclosed(response), "scope=" in (challenge(response) or "")) == ((), False)


def test_who_cannot_make_challenges_says_what_off_says():
    bench = Bench(needs=NEEDS, rar_challenge="insufficient_authorization")
    assert error(pay(bench)) == (403, "insufficient_scope")


@pytest.mark.parametrize(("announced", "status"), [(True, 401), (False, 403)])
def test_a_transaction_challenge_is_only_for_who_can_relay_it(announced: bool, status: int):
    bench = Choosy("transaction_authorization_required", sign_ins={})
    response = pay(bench, more=(ACCEPT_TXN_CHALLENGE,) if announced else ())
    assert response.status == status
    assert bool(transaction_challenge_of(response)) is announced


@pytest.mark.clause("interim-2025-01-20 overlap RAR")
@pytest.mark.parametrize("name", ["creditorName", "instructedAmount"])
def test_details_bind_a_token_to_its_payment(name: str):
    changed = PAYMENT | {"creditorName": "Mallory"}
    if name == "instructedAmount":
        changed = PAYMENT | {name: {"currency": "EUR", "amount": "42.01"}}
    bench = Choosy()
    body = json.dumps({key: changed[key] for key in ("instructedAmount", "creditorName")})
    assert bench.handle(request(token(**GOOD), body=body)).status == 401
    assert bench.effects == []


@pytest.mark.clause("interim-2025-01-20 overlap RAR")
def test_details_do_not_stop_the_payment_being_made_twice():
    bench = Choosy()
    assert [pay(bench, **GOOD).status for _ in range(2)] == [200, 200]


def test_a_call_that_does_not_say_what_it_is_for_is_an_invalid_request():
    bench = Choosy()
    response = bench.handle(request(token(**GOOD), body="{}"))
    assert error(response) == (400, "invalid_request")


def test_where_no_details_are_declared_they_are_another_way_to_say_the_scope():
    access = {"type": "access", "actions": ["admin"], "locations": [PAYMENTS]}
    bench = Bench()
    asked = Request("DELETE", f"{PAYMENTS}/payments")
    field = (("Authorization", f"Bearer {token(authorization_details=[access])}"),)
    assert bench.handle(asked._replace(headers=field)).status == 200
    assert bench.handle(request(token(), "DELETE")).status == 403


@pytest.mark.clause("draft-rosomakho-oauth-txn-challenge replay state")
def test_where_a_transaction_needs_its_own_authorization_a_single_use_token_is_remembered():
    bench = Choosy("transaction_authorization_required")
    assert [pay(bench, use="single", **GOOD).status for _ in range(2)] == [200, 401]
    assert len(bench.effects) == 1
