"""Tokens that are bound to a key: does the request prove that its sender holds it?

By DPoP (`cnf.jkt`, RFC 9449 7) or by the TLS connection (`cnf.x5t#S256`, RFC 8705 3). Rule: a
binding that is not understood is not ignored, and a bound token is never taken as a bearer token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oauth_model.claims import AccessToken
from oauth_model.credentials import Credentials
from oauth_model.dpop import Nonces, Proof, Window, check_proof, proof_key
from oauth_model.errors import InvalidToken
from oauth_model.flows import Flow
from oauth_model.jose import Verified
from oauth_model.messages import Request
from oauth_model.resource_answers import Unavailable
from oauth_model.showing import show_own
from oauth_model.strategies import First, InFlight, Strategy, Undecided, Use

#: The members of `cnf` that are understood (RFC 9449 6.1, RFC 8705 3.1).
KEY, CERTIFICATE = "jkt", "x5t#S256"
#: How old a proof may be where nobody says.
PROOFS_LAST = Window()


@dataclass(frozen=True, slots=True)
class Confirmations:
    """How one replica checks proofs.

    `verify` is a `Keys.self_verifier()`. With `nonces` every proof must carry one. `once` guards
    the proofs' `jti`; None checks freshness alone, which RFC 9449 11.1 allows.
    """

    verify: Callable[[str], Verified]
    window: Window = PROOFS_LAST
    nonces: Nonces | None = None
    once: Strategy | None = None

    def check(
        self, request: Request, sent: Credentials, token: AccessToken, now_s: float
    ) -> Proof | None:
        """The DPoP proof that came with a token, or None when its binding needs none.

        Raises InvalidToken, InvalidDPoPProof, UseDPoPNonce. Nothing is consumed here.
        """
        bound = dict(token.confirmation)
        key, certificate = bound.pop(KEY, None), bound.pop(CERTIFICATE, None)
        if bound or (sent.scheme == "dpop") != (key is not None):  # RFC 9449 7.1, 7.2
            raise InvalidToken("the token is not bound to what was proven")
        if certificate is not None and certificate != request.certificate:
            raise InvalidToken("the token is bound to another certificate")
        if key is None:
            return None
        nonces = self.nonces.accepted(now_s) if self.nonces else ()
        return check_proof(
            request,
            self.verify,
            now_s=now_s,
            window=self.window,
            access_token=sent.token,
            jkt=key,
            nonces=nonces,
        )

    def use_up(self, client_id: str, proof: Proof) -> Flow[None]:
        """The one use of a proof, if anybody counts; raises InvalidToken, Unavailable."""
        if self.once is None:
            return
        outcome = yield from show_own(self.once, Use(proof_key(client_id, proof), proof.until_s))
        if isinstance(outcome, Undecided | InFlight):
            raise Unavailable
        if not isinstance(outcome, First):
            raise InvalidToken("the proof was used before")
