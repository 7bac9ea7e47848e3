"""Bound tokens at a resource server: DPoP (RFC 9449 7, 9, 11.1) and mutual TLS (RFC 8705 3)."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.confirmation import Confirmations
from oauth_model.dpop import NONCE_HEADER, Nonces, Window
from oauth_model.jose import thumbprint
from oauth_model.messages import Request, Response
from oauth_model.one_use import CONSUME
from oauth_model.provers import DPoP
from oauth_model.strategies import STRATEGIES
from tests.oauth_model.payments_server import PAYMENTS, Bench, challenge, request, ring, token

KEYS = ring("symbolic")
JKT = thumbprint(KEYS.public_jwk("client"))
ALGS = 'algs="EdDSA ES256 RS256"'
#: Strategies that keep one record for all replicas.
ONE_RECORD = ("shared_atomic", "shared_allow_list", "reserve_commit", "idempotent_response")


class Proving(Bench):
    """A server that knows proofs, and a client that makes them with the key named `key`."""

    def __init__(
        self, *args: Any, once: str = "shared_atomic", nonces: bool = False, **config: Any
    ) -> None:
        self.once = STRATEGIES[once]() if once else None
        self.nonces = Nonces(b"secret", step_s=30.0) if nonces else None
        super().__init__(*args, **config)
        self.proofs = 0
        self.prover = self.client("client")

    def parts(self) -> dict[str, Any]:
        verify, window = KEYS.self_verifier().verify, Window(60.0, 5.0)
        return {"confirmations": Confirmations(verify, window, self.nonces, self.once)}

    def client(self, key: str) -> DPoP:
        return DPoP(KEYS, key, self.clock, self.new_id)

    def new_id(self, kind: str) -> str:
        self.proofs += 1
        return f"{kind}-{self.proofs}"

    def proven(self, text: str, method: str = "POST", path: str = "/payments") -> Request:
        """A request with a fresh proof for this token."""
        sent = Request(method, f"{PAYMENTS}{path}", (("Authorization", f"DPoP {text}"),))
        return self.prover.prove(sent, text)

    def proof_records(self) -> int:
        return sum(
            key.kind == "dpop_proof" for store in self.stores.values() for key in store.records
        )


def bound(**claims: Any) -> str:
    return token(cnf={"jkt": JKT}, **claims)


def header(response: Response) -> tuple[int, str | None]:
    return response.status, challenge(response)


def said(scheme: str, error: str, description: str) -> str:
    algs = f", {ALGS}" if scheme == "DPoP" else ""
    return f'{scheme} realm="example", error="{error}", error_description="{description}"{algs}'


def test_a_bound_token_with_its_proof_is_served():
    bench = Proving()
    assert bench.handle(bench.proven(bound())).status == 200
    assert len(bench.effects) == 1


@pytest.mark.clause("RFC 9449 7.1 challenge")
@pytest.mark.clause("RFC 9449 4.3 binding")
def test_7_1_another_key_is_an_invalid_token_with_the_algorithms():
    bench = Proving()
    bench.prover = bench.client("mallory")
    wanted = said("DPoP", "invalid_token", "Invalid DPoP key binding")
    assert header(bench.handle(bench.proven(bound()))) == (401, wanted)


@pytest.mark.clause("RFC 9449 7.1 challenge")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"method": "PUT"}, "htm is not the method of the request"),
        ({"url": f"{PAYMENTS}/other"}, "htu is not the URI of the request"),
        ({"headers": 1}, "0 DPoP header fields instead of one"),
    ],
    ids=["htm", "htu", "none"],
)
def test_7_1_a_bad_proof_is_401_invalid_dpop_proof(change: dict[str, Any], why: str):
    bench = Proving()
    sent = bench.proven(bound())
    kept = {"headers": sent.headers[: change["headers"]]} if "headers" in change else change
    response = bench.handle(sent._replace(**kept))
    assert header(response) == (401, said("DPoP", "invalid_dpop_proof", why))
    assert (bench.effects, bench.proof_records()) == ([], 0)


@pytest.mark.clause("RFC 9449 4.3 binding")
def test_7_1_a_proof_for_another_token_is_refused():
    bench = Proving()
    proof = bench.proven(bound(jti="t2")).header("DPoP") or ""
    sent = Request("POST", f"{PAYMENTS}/payments", (("Authorization", f"DPoP {bound()}"),))
    response = bench.handle(sent._replace(headers=(*sent.headers, ("DPoP", proof))))
    assert 'error="invalid_dpop_proof"' in (challenge(response) or "")


@pytest.mark.clause("RFC 9449 11.1 window")
@pytest.mark.clause("RFC 9449 4.3 iat")
@pytest.mark.parametrize(
    ("later_s", "status"), [(64.9, 200), (65.0, 401), (-5.0, 200), (-5.1, 401)]
)
def test_11_1_a_proof_is_good_for_its_window_only(later_s: float, status: int):
    bench = Proving()
    text = bound(exp=9999)
    sent = bench.proven(text)
    bench.now_s += later_s
    assert bench.handle(sent).status == status


@pytest.mark.clause("RFC 9449 7.1 no credentials")
def test_7_1_without_credentials_both_schemes_are_offered_and_no_error():
    response = Proving().handle(Request("POST", f"{PAYMENTS}/payments"))
    fields = [value for name, value in response.headers if name == "WWW-Authenticate"]
    assert (response.status, fields) == (401, ['Bearer realm="example"', f"DPoP {ALGS}"])


@pytest.mark.clause("RFC 9449 7.1 two headers")
def test_7_1_two_authorization_headers_are_400():
    bench = Proving()
    sent = bench.proven(bound())
    bearer = ("Authorization", f"Bearer {token()}")
    response = bench.handle(sent._replace(headers=(*sent.headers, bearer)))
    fields = [value for name, value in response.headers if name == "WWW-Authenticate"]
    assert response.status == 400
    assert fields == [
        said("Bearer", "invalid_request", "the Authorization header field is repeated"),
        f"DPoP {ALGS}",
    ]


@pytest.mark.clause("RFC 9449 7.2 bearer")
@pytest.mark.parametrize("with_proof", [True, False])
def test_7_2_a_bound_token_sent_as_bearer_is_refused(with_proof: bool):
    bench = Proving()
    proof = bench.proven(bound()).headers[1:] if with_proof else ()
    response = bench.handle(request(bound(), more=proof))
    why = "the token is not bound to what was proven"
    assert header(response) == (401, said("Bearer", "invalid_token", why))


def test_7_1_an_unbound_token_sent_as_dpop_is_refused():
    bench = Proving()
    response = bench.handle(bench.proven(token()))
    why = "the token is not bound to what was proven"
    assert header(response) == (401, said("DPoP", "invalid_token", why))


@pytest.mark.clause("RFC 9449 replay error")
@pytest.mark.clause("RFC 9449 11.1 jti store")
@pytest.mark.clause("interim-2025-01-20 proofs")
@pytest.mark.parametrize("once", ONE_RECORD)
def test_11_1_a_replayed_proof_is_an_invalid_token(once: str):
    bench = Proving(once=once)
    sent = bench.proven(bound())
    assert bench.handle(sent).status == 200
    wanted = said("DPoP", "invalid_token", "the proof was used before")
    assert header(bench.handle(sent, bench.replica())) == (401, wanted)
    assert len(bench.effects) == 1


def test_11_1_where_nobody_counts_a_proof_works_again():
    bench = Proving(once="")
    sent = bench.proven(bound())
    assert [bench.handle(sent).status for _ in range(2)] == [200, 200]


@pytest.mark.clause("RFC 9449 11.1 jti store")
def test_11_1_a_jti_is_remembered_per_uri_and_per_client():
    bench = Proving(operations={"POST /payments": "payments", "POST /more": "payments"})
    texts = [bound(), bound(), bound(client_id="app")]
    paths = ["/payments", "/more", "/payments"]
    for text, path in zip(texts, paths, strict=True):
        bench.proofs = 0
        assert bench.handle(bench.proven(text, path=path)).status == 200
    assert bench.proof_records() == 3


def test_11_1_a_record_stands_as_long_as_the_proof_is_acceptable():
    bench = Proving()
    bench.handle(bench.proven(bound()))
    (record,) = bench.stores["shared"].records.values()
    assert record.keep_until_s >= 1001 + 65


@pytest.mark.clause("RFC 9449 9 RS nonce")
@pytest.mark.clause("RFC 9449 11.1 nonce required")
@pytest.mark.clause("RFC 9449 4.3 nonce")
def test_9_without_a_nonce_401_says_which_and_consumes_nothing():
    bench = Proving(nonces=True)
    response = bench.handle(bench.proven(bound(use="single")))
    why = "the proof needs the nonce that this answer carries"
    assert header(response) == (401, said("DPoP", "use_dpop_nonce", why))
    assert response.header(NONCE_HEADER) == Nonces(b"secret").current(bench.now_s)
    assert (bench.effects, bench.notes, dict(bench.stores)) == ([], [], {})


@pytest.mark.clause("RFC 9449 9 RS nonce")
@pytest.mark.clause("RFC 9449 11.1 nonce reuse")
def test_9_with_it_the_same_token_is_served_and_the_nonce_works_again():
    bench, text = Proving(nonces=True), bound()
    sent = bench.proven(text)
    assert bench.prover.learn(sent, bench.handle(sent))
    assert [bench.handle(bench.proven(text)).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(("later_s", "status"), [(29.0, 200), (90.0, 401)])
def test_9_a_nonce_is_accepted_for_one_step_more(later_s: float, status: int):
    bench, text = Proving(nonces=True), bound(exp=9999)
    sent = bench.proven(text)
    bench.prover.learn(sent, bench.handle(sent))
    bench.now_s += later_s
    assert bench.handle(bench.proven(text)).status == status


def test_8_2_two_requests_that_were_both_refused_are_both_tried_again():
    bench = Proving(nonces=True)
    sent = [bench.proven(bound()) for _ in range(2)]
    answers = [bench.handle(each) for each in sent]
    assert [bench.prover.learn(*each) for each in zip(sent, answers, strict=True)] == [True, True]


@pytest.mark.parametrize("consume", [dial for dial in CONSUME if dial != "before_scope"])
@pytest.mark.parametrize(
    ("method", "path", "status"), [("DELETE", "/payments", 403), ("POST", "/x", 404)]
)
def test_a_refusal_consumes_neither_proof_nor_token(
    consume: str, method: str, path: str, status: int
):
    bench, text = Proving(consume=consume), bound(use="single")
    sent = bench.proven(text, method, path)
    assert [bench.handle(sent).status for _ in range(2)] == [status, status]
    assert (bench.notes, bench.proof_records()) == ([], 0)
    assert bench.handle(bench.proven(text)).status == 200


@pytest.mark.clause("interim-2025-01-20 overlap DPoP")
@pytest.mark.parametrize("consume", CONSUME)
def test_a_single_use_token_with_a_new_proof_is_refused_in_the_scheme_of_the_request(consume: str):
    bench, text = Proving(consume=consume), bound(use="single")
    assert bench.handle(bench.proven(text)).status == 200
    wanted = said("DPoP", "invalid_token", "the token was used before")
    assert header(bench.handle(bench.proven(text))) == (401, wanted)


def test_a_proof_nobody_can_tell_about_is_503_and_has_no_effect():
    bench = Proving()
    bench.stores_answer = False
    response = bench.handle(bench.proven(bound()))
    assert (response.status, response.header("Retry-After"), bench.effects) == (503, "1", [])


@pytest.mark.parametrize(("store_takes_s", "status"), [(28.9, 200), (29.0, 401)])
def test_a_token_that_expired_while_the_proof_was_counted_is_refused(
    store_takes_s: float, status: int
):
    bench = Proving(store_takes_s=store_takes_s)
    assert bench.handle(bench.proven(bound())).status == status
    assert len(bench.effects) == (status == 200)


@pytest.mark.clause("RFC 8705 3 check")
def test_rfc8705_3_the_certificate_of_the_connection_is_the_one_in_the_token():
    bench = Proving()
    asked = request(token(cnf={"x5t#S256": "bwcK"}))._replace(certificate="bwcK")
    assert bench.handle(asked).status == 200


@pytest.mark.clause("RFC 8705 3 mismatch")
@pytest.mark.parametrize("certificate", ["", "bwcL", "Bwck"])
def test_rfc8705_3_another_certificate_or_none_is_an_invalid_token(certificate: str):
    asked = request(token(cnf={"x5t#S256": "bwcK"}))._replace(certificate=certificate)
    wanted = said("Bearer", "invalid_token", "the token is bound to another certificate")
    assert header(Proving().handle(asked)) == (401, wanted)


@pytest.mark.clause("interim-2025-01-20 overlap mTLS")
def test_rfc8705_a_certificate_does_not_stop_a_second_use():
    bench, once = Proving(), token(cnf={"x5t#S256": "bwcK"}, use="single", jti="t9")
    many = request(token(cnf={"x5t#S256": "bwcK"}))._replace(certificate="bwcK")
    single = request(once)._replace(certificate="bwcK")
    assert [bench.handle(many).status for _ in range(2)] == [200, 200]
    assert [bench.handle(single).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(("certificate", "status"), [("bwcK", 200), ("", 401)])
def test_a_token_bound_twice_needs_both(certificate: str, status: int):
    bench = Proving()
    sent = bench.proven(token(cnf={"jkt": JKT, "x5t#S256": "bwcK"}))
    assert bench.handle(sent._replace(certificate=certificate)).status == status


@pytest.mark.parametrize("more", [{"kid": "k1"}, {"jwk": {"kty": "EC"}}])
def test_a_binding_that_is_not_understood_is_not_ignored(more: dict[str, Any]):
    bench = Proving()
    sent = bench.proven(token(cnf={"jkt": JKT} | more))
    assert bench.handle(sent).status == 401
