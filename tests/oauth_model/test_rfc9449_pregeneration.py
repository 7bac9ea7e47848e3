"""RFC 9449 11.2: proofs that were made in advance, by who had the key for a moment."""

from __future__ import annotations

import pytest

from oauth_model.dpop import Nonces, Window, check_proof, make_proof
from oauth_model.errors import InvalidDPoPProof, UseDPoPNonce
from oauth_model.jose import Keys
from oauth_model.messages import Request
from oauth_model.pregeneration import proven_ahead

KEYS = Keys("ES256", seed=7)
URL, NOW_S = "https://payments.example.com/payments", 1_000_000.0
NONCES = Nonces(b"secret")


def seen(nonce: str = "") -> Request:
    """A request of the client's, with its proof."""
    about = {"method": "POST", "url": URL, "jti": "own", "access_token": "at-1", "nonce": nonce}
    proof = make_proof(KEYS, "client", now_s=NOW_S, **about)
    return Request("POST", URL, (("Authorization", "DPoP at-1"), ("DPoP", proof)), "{}")


def checked(request: Request, now_s: float, nonces: tuple[str, ...] = ()):
    verify = KEYS.self_verifier().verify
    return check_proof(
        request, verify, now_s=now_s, window=Window(), access_token="at-1", nonces=nonces
    )


def ahead(request: Request, ahead_s: float) -> Request:
    return proven_ahead(request, KEYS, "client", jti="made", now_s=NOW_S + ahead_s)


@pytest.mark.clause("RFC 9449 11.2 ahead")
def test_it_is_a_good_proof_of_its_own_for_the_same_token_and_request_at_its_time():
    proof = checked(ahead(seen(), 300), NOW_S + 300)
    assert (proof.jti, proof.iat_s, proof.htu) == ("made", NOW_S + 300, URL)
    assert proof.jkt == checked(seen(), NOW_S).jkt


def test_but_for_its_proof_the_request_is_the_one_that_was_seen():
    made, was = ahead(seen(), 300), seen()
    assert made._replace(headers=()) == was._replace(headers=())
    assert [name for name, _ in made.headers] == ["Authorization", "DPoP"]
    assert made.header("DPoP") != was.header("DPoP")


@pytest.mark.clause("RFC 9449 11.2 ahead")
@pytest.mark.parametrize("at_s", [0, 294, 365])
def test_before_its_time_and_long_after_it_is_refused(at_s: float):
    with pytest.raises(InvalidDPoPProof):
        checked(ahead(seen(), 300), NOW_S + at_s)


@pytest.mark.clause("RFC 9449 11.2 nonce")
def test_it_has_the_nonce_that_was_known_and_no_later_one():
    made = ahead(seen(NONCES.current(NOW_S)), 0)
    assert checked(made, NOW_S, NONCES.accepted(NOW_S)).nonce == NONCES.current(NOW_S)
    made = ahead(seen(NONCES.current(NOW_S)), 300)
    with pytest.raises(UseDPoPNonce):
        checked(made, NOW_S + 300, NONCES.accepted(NOW_S + 300))


def test_where_nothing_was_proven_nothing_is_made():
    request = Request("POST", URL, (("Authorization", "Bearer at-1"),))
    assert ahead(request, 300) == request
