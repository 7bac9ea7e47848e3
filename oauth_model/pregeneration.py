"""Proofs made in advance (RFC 9449 11.2): who has the key for a moment dates them as it likes.

Rule: everything in a proof can be had in advance but a server's next nonce.
"""

from __future__ import annotations

from oauth_model.dpop import PROOF_HEADER, make_proof, read_proof
from oauth_model.jose import Keys
from oauth_model.messages import Request


def proven_ahead(request: Request, keys: Keys, key: str, *, jti: str, now_s: float) -> Request:
    """The request with a proof of its own under `key`, dated `now_s`, in place of the one it has.

    The nonce is that of the proof which was there. A request without a proof stays as it is.
    """
    seen = request.header(PROOF_HEADER)
    if seen is None:
        return request
    proof = make_proof(
        keys,
        key,
        method=request.method,
        url=request.url,
        jti=jti,
        now_s=now_s,
        access_token=(request.header("Authorization") or "").partition(" ")[2],
        nonce=read_proof(seen, keys.self_verifier().verify).nonce,
    )
    others = tuple(field for field in request.headers if field[0] != PROOF_HEADER)
    return request._replace(headers=(*others, (PROOF_HEADER, proof)))
