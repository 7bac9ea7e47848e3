"""The key that a code or a new token is bound to: proven by DPoP, by the TLS connection, or none.

Rule: a proof is checked before anything is consumed, so that a nonce challenge costs nothing, and
its `jti` is used up once the client is known, so that nobody else fills the store.
"""

from __future__ import annotations

import re

from oauth_model.dpop import (
    PROOF_HEADER,
    Nonces,
    Proof,
    Window,
    check_proof,
    proof_key,
)
from oauth_model.errors import InvalidDPoPProof, InvalidGrant, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.records import Confirmation, RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.grants.shown_once import use_up_foreign
from oauth_model.jose import ALGORITHMS
from oauth_model.messages import Request, Response
from oauth_model.parameters import Parameters
from oauth_model.strategies import Use

#: The parameter of an authorization request that binds its code to a key (RFC 9449 10).
DPOP_JKT = "dpop_jkt"
#: A SHA-256 thumbprint, base64url (RFC 7638 3, RFC 9449 6.1).
_THUMBPRINT = re.compile("[A-Za-z0-9_-]{43}")
#: What proofs may be signed with: asymmetric all of them (RFC 9449 4.3, check 5).
PROOF_ALGORITHMS = tuple(name for name in ALGORITHMS if name != "symbolic")
#: How long a proof is good at the AS (RFC 9449 11.1).
WINDOW = Window()


def proof_of(replica: Replica, request: Request) -> Proof | None:
    """The DPoP proof of a request, None when it has none; raises InvalidDPoPProof, UseDPoPNonce."""
    if request.header(PROOF_HEADER) is None:
        return None
    now_s = replica.clock()
    wanted = _nonces(replica).accepted(now_s) if replica.config.dpop_nonces else ()
    verify = replica.keys.self_verifier(*PROOF_ALGORITHMS).verify
    return check_proof(request, verify, now_s=now_s, window=WINDOW, nonces=wanted)


def bind(
    replica: Replica, request: Request, client: RegisteredClient, proof: Proof | None
) -> Flow[Confirmation]:
    """The claim `cnf` of tokens for this request.

    Raises InvalidRequest when the client is registered for a binding that the request does not
    prove (RFC 9449 5.2; RFC 8705 3.4), InvalidDPoPProof for a proof that was used, Undecidable.
    """
    if client.dpop_bound and proof is None:
        raise InvalidRequest("a DPoP proof is missing")
    if client.certificate_bound and not request.certificate:
        raise InvalidRequest("the connection has no client certificate")
    bound = [("x5t#S256", request.certificate)] if client.certificate_bound else []
    if proof is not None:
        yield from use_up_proof(replica, client, proof)
        bound.insert(0, ("jkt", proof.jkt))
    return tuple(bound)


def use_up_proof(replica: Replica, client: RegisteredClient, proof: Proof) -> Flow[None]:
    """Use up the `jti` of a proof that this client sent; raises InvalidDPoPProof, Undecidable."""
    use = Use(proof_key(client.client_id, proof), proof.until_s)
    yield from use_up_foreign(replica, use, InvalidDPoPProof("the proof was used before"))


def code_key(parameters: Parameters, proof: Proof | None = None) -> str:
    """The thumbprint of the key that a code is to be bound to (RFC 9449 10), empty for none.

    A proof with a pushed request says the same as the parameter (10.1). Raises InvalidRequest when
    the parameter is no thumbprint, and when the two disagree.
    """
    jkt = parameters.get(DPOP_JKT, "")
    if jkt and not _THUMBPRINT.fullmatch(jkt):
        raise InvalidRequest(f"{DPOP_JKT} is malformed")
    if jkt and proof is not None and jkt != proof.jkt:
        raise InvalidRequest(f"{DPOP_JKT} is not the key of the proof")
    return jkt or (proof.jkt if proof is not None else "")


def check_code_key(jkt: str, confirmation: Confirmation) -> None:
    """Raises InvalidGrant when a code is bound to a key that the request did not prove to hold."""
    if jkt and dict(confirmation).get("jkt") != jkt:
        raise InvalidGrant("the code is bound to another DPoP key")


def with_nonce(replica: Replica, response: Response) -> Response:
    """The answer with the nonce for the next proof (RFC 9449 8, 8.2), where nonces are wanted."""
    if not replica.config.dpop_nonces:
        return response
    fresh = _nonces(replica).headers(replica.clock())
    return response._replace(headers=(*response.headers, *fresh))


def _nonces(replica: Replica) -> Nonces:
    return Nonces(replica.keys.secret(f"{replica.config.issuer}/dpop-nonces"))
