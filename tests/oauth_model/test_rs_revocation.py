"""A resource server that is told of revocations (RFC 7009 2.1, RFC 8417, RFC 8935)."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.flows import run
from oauth_model.hearing import MARGIN_S, Hearing
from oauth_model.messages import Request, Response
from oauth_model.revocation_events import RevocationEvent, RevokedToken, event_request
from tests.oauth_model.payments_server import (
    AS,
    EMAIL,
    PAYMENTS,
    Bench,
    challenge,
    request,
    resumed,
    ring,
    single,
    token,
)

DEAD = RevokedToken("t1", 1030.0)


class Listening(Bench):
    """A server that can be told; all its replicas know what one of them heard."""

    def __init__(self, *args: Any, leeway_s: float = 0.0, **config: Any) -> None:
        verify = ring("symbolic").verifier("as").verify
        self.hearing = Hearing(verify, AS, PAYMENTS, leeway_s)
        super().__init__(*args, leeway_s=leeway_s, **config)

    def parts(self) -> dict[str, Any]:
        return {"hearing": self.hearing}


def event(*tokens: RevokedToken, key: str = "as", **changes: Any) -> Request:
    """What the AS posts."""
    said = RevocationEvent(AS, PAYMENTS, "e1", 1000, tokens or (DEAD,))._replace(**changes)
    sent = event_request(ring("symbolic"), key, said)
    return sent._replace(url=f"{PAYMENTS}/revoked")


def same(response: Response) -> tuple[int, str]:
    return response.status, response.body


@pytest.mark.clause("RFC 6750 3.1 invalid_token")
def test_a_token_that_was_revoked_is_an_invalid_token():
    bench = Listening()
    assert bench.handle(request(token())).status == 200
    assert same(bench.handle(event())) == (202, "")
    response = bench.handle(request(token()))
    assert 'error_description="the token was revoked"' in (challenge(response) or "")
    assert bench.handle(request(token(jti="t2"))).status == 200


def test_what_one_replica_hears_the_others_know():
    bench = Listening()
    bench.handle(event(), bench.replica())
    assert bench.handle(request(token()), bench.replica()).status == 401


def test_a_server_that_does_not_listen_goes_on_accepting():
    bench = Bench()
    assert bench.handle(event()).status == 401
    assert bench.handle(request(token())).status == 200


@pytest.mark.parametrize(
    "bad",
    [
        event(key="mallory"),
        event(issuer="https://evil.example"),
        event(audience=EMAIL),
        event()._replace(body=token()),
        event()._replace(body=""),
        event()._replace(headers=()),
        event()._replace(headers=(("Content-Type", "application/json"),)),
    ],
    ids=["key", "issuer", "audience", "access token", "empty", "no type", "type"],
)
def test_only_the_issuer_is_believed_about_this_server(bad: Request):
    bench = Listening()
    response = bench.handle(bad)
    assert (response.status, response.json()["err"]) == (400, "invalid_request")
    assert (len(bench.hearing), bench.handle(request(token())).status) == (0, 200)


def test_an_event_is_no_access_token():
    bench = Listening()
    assert bench.handle(request(event().body)).status == 401


def test_told_twice_is_told_once():
    bench = Listening()
    assert [bench.handle(event()).status for _ in range(3)] == [202] * 3
    assert len(bench.hearing) == 1


def test_a_token_that_was_revoked_while_the_store_was_asked_has_no_effect():
    bench = Listening()
    flow = bench.server.handle(request(single()))
    asked = next(flow)
    bench.handle(event())
    response = run(resumed(flow, bench.answer(asked)), bench.answer)
    assert (response.status, bench.effects) == (401, [])


@pytest.mark.parametrize("leeway_s", [0.0, 20.0])
def test_it_is_remembered_for_as_long_as_the_token_could_be_used(leeway_s: float):
    bench = Listening(leeway_s=leeway_s)
    bench.handle(event())
    bench.now_s = 1030.0 + leeway_s + MARGIN_S - 0.1
    bench.handle(event(RevokedToken("t9", 9999.0)))
    assert ("t1" in bench.hearing, len(bench.hearing)) == (True, 2)
    bench.now_s += 0.1
    bench.handle(event(RevokedToken("t9", 9999.0)))
    assert ("t1" in bench.hearing, len(bench.hearing)) == (False, 1)


def test_memory_is_bounded_by_the_tokens_that_are_alive():
    bench = Listening()
    for n in range(500):
        bench.now_s = 1001.0 + n
        bench.handle(event(RevokedToken(f"t{n}", bench.now_s + 30)))
        assert len(bench.hearing) <= 30 + MARGIN_S + 1


def test_what_expired_long_ago_is_not_remembered():
    bench = Listening()
    bench.handle(event(RevokedToken("t1", 900.0)))
    assert len(bench.hearing) == 0


def test_below_an_identifier_with_a_path():
    where = "https://host.example.com/rs/payments"
    bench = Listening(identifier=where, operations={"POST /rs/payments/pay": "payments"})
    assert bench.handle(event()._replace(url=f"{where}/revoked", body="x")).status == 400
    assert bench.handle(event()._replace(url="https://host.example.com/revoked")).status == 401
