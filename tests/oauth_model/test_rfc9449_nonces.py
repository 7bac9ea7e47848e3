"""RFC 9449 8 and 9: nonces that follow from a secret and the time, and need no memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.dpop import Nonces
from oauth_model.errors import UseDPoPNonce
from oauth_model.jose import Keys
from tests.oauth_model.proofs import CLAIMS, NOW_S, presented, signed

repeatable = settings(derandomize=True, deadline=None)
pytestmark = pytest.mark.clause("RFC 9449 4.3 nonce")
INSTANTS = st.integers(0, 4_000_000_000)
SECRET = Keys("EdDSA", 7).secret("nonces")
NONCES = Nonces(SECRET, step_s=30.0)


def at(now_s: float, nonce: str) -> str:
    return presented(
        signed(CLAIMS | {"iat": now_s, "nonce": nonce}),
        now_s=now_s,
        nonces=NONCES.accepted(now_s),
    ).nonce


@repeatable
@given(INSTANTS, st.integers(0, 30))
def test_a_nonce_is_good_for_a_step_at_least_and_two_at_most(now_s: int, later_s: int):
    nonce = NONCES.current(now_s)
    assert nonce in NONCES.accepted(now_s + later_s)
    assert nonce not in NONCES.accepted(now_s + 60 + later_s)


@repeatable
@given(INSTANTS)
def test_replicas_that_share_the_secret_agree_and_others_do_not(now_s: int):
    assert Nonces(SECRET, 30.0).current(now_s) == NONCES.current(now_s)
    stranger = Nonces(Keys("EdDSA", 7).secret("other"), 30.0)
    assert not set(stranger.accepted(now_s)) & set(NONCES.accepted(now_s))


def test_a_nonce_has_the_characters_of_its_grammar_and_differs_from_step_to_step():
    made = {NONCES.current(NOW_S + 30.0 * step) for step in range(100)}
    assert len(made) == 100
    assert all(len(nonce) == 22 and nonce.isascii() for nonce in made)


@pytest.mark.parametrize("late_s", [0.0, 29.0])
def test_a_proof_with_the_nonce_given_out_before_passes(late_s: float):
    given_out = dict(NONCES.headers(NOW_S))["DPoP-Nonce"]
    assert at(NOW_S + late_s, given_out) == given_out


@pytest.mark.clause("RFC 9449 11.1 nonce required")
@pytest.mark.parametrize("nonce", ["", "nonce-7", NONCES.current(NOW_S + 60), NONCES.current(0)])
def test_any_other_nonce_is_answered_with_the_one_to_use(nonce: str):
    with pytest.raises(UseDPoPNonce):
        at(NOW_S, nonce)
    assert at(NOW_S, NONCES.current(NOW_S))


def test_a_replica_a_step_behind_refuses_its_neighbours_nonce():
    ahead_s = NOW_S + 30.0
    with pytest.raises(UseDPoPNonce):
        at(NOW_S, NONCES.current(ahead_s))
