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
from oauth_model.messages import Request, Response
from oauth_model.resource_answers import Unavailable
from oauth_model.strategies import First, InFlight, Strategy, Undecided, Use, decision

#: The members of `cnf` that are understood (RFC 9449 6.1, RFC 8705 3.1).
KEY, CERTIFICATE = "jkt", "x5t#S256"
#: How old a proof may be where nobody says.
PROOFS_LAST = Window()
#: What a strategy that stores answers is given for a proof, which has none of its own.
PROVEN = Response(204)


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
        """The one use of a proof, if anybody counts; raises InvalidToken, Unavailable.

        Nobody registered a proof, and an allow-list knows only what is on it: so it is registered
        now. That makes nothing good again, for what was used has left a tombstone there.
        """
        if self.once is None:
            return
        use = Use(proof_key(client_id, proof), proof.until_s)
        yield from self.once.register(use)
        outcome = yield from self.once.begin(use)
        yield decision(use.key, outcome)
        if isinstance(outcome, Undecided | InFlight):
            raise Unavailable
        if not isinstance(outcome, First):  # a stored answer is not what was asked for
            raise InvalidToken("the proof was used before")
        if outcome.lease:
            yield from self.once.complete(use, outcome.lease, PROVEN)
