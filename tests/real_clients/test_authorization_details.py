"""RFC 9396 by Authlib: details are asked for, granted, said again, and enforced."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from joserfc.jws import extract_compact

from tests.real_clients.authlib_client import authorization_response, client_of, redeem, refused

CARD = {"type": "card_details", "actions": ["read"], "identifier": "card-1"}


def asked(service: Any, **changed: Any) -> str:
    return json.dumps([CARD | {"locations": [service.servers["cards"]]} | changed])


async def granted(client: Any, service: Any) -> dict[str, Any]:
    response = await authorization_response(client, service, authorization_details=asked(service))
    return await redeem(client, response, authorization_details=asked(service))


async def disclose(client: Any, service: Any, card: str) -> int:
    url = f"{service.servers['cards']}/card-details"
    answer = await client.post(url, json={"identifier": card})
    return int(answer.status_code)


@pytest.mark.clause("RFC 9396 7 as granted")
@pytest.mark.clause("RFC 9396 9.1 array")
def test_details_make_the_round_trip_and_are_a_claim(in_process):
    async def story():
        service = in_process("card-details", issuance="rar_locations")
        async with client_of(service) as client:
            return service, await granted(client, service)

    service, token = asyncio.run(story())
    claims = json.loads(extract_compact(token["access_token"].encode()).payload)
    sent = json.loads(asked(service))
    assert (token["authorization_details"], claims["authorization_details"]) == (sent, sent)
    assert claims["aud"] == service.servers["cards"]


@pytest.mark.clause("interim-2025-01-20 card details")
@pytest.mark.clause("interim-2025-01-20 overlap RAR")
def test_a_token_for_one_card_discloses_no_other_and_single_use_does_so_once(in_process):
    async def story():
        service = in_process("card-details", issuance="rar_locations")
        async with client_of(service) as client:
            await granted(client, service)
            many = [await disclose(client, service, "card-1") for _ in range(2)]
            other = await disclose(client, service, "card-2")
            await client.refresh_token(authorization_details=asked(service), token_use="single")
            refusal = await disclose(client, service, "card-2")  # which consumes nothing
            return many, other, refusal, [await disclose(client, service, "card-1") for _ in "12"]

    assert asyncio.run(story()) == ([200, 200], 403, 403, [200, 401])


@pytest.mark.clause("RFC 9396 5 refuse")
@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "unknown"},
        {"actions": ["write"]},
        {"locations": ["https://unknown.example.com"]},
        {"unknown_field": 1},
    ],
)
def test_details_that_nobody_can_grant_are_refused(in_process, wrong):
    async def story():
        service = in_process("card-details", issuance="rar_locations")
        async with client_of(service) as client:
            return await authorization_response(
                client, service, authorization_details=asked(service, **wrong)
            )

    assert "error=invalid_authorization_details" in asyncio.run(story())


@pytest.mark.clause("RFC 9396 6 token request")
def test_a_token_request_cannot_ask_for_another_card(in_process):
    async def story():
        service = in_process("card-details", issuance="rar_locations")
        async with client_of(service) as client:
            await granted(client, service)
            await client.refresh_token(authorization_details=asked(service, identifier="card-2"))

    assert refused(story()) == "invalid_authorization_details"
