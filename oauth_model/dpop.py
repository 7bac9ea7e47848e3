"""DPoP (RFC 9449): a client proves with every request that it holds the key of its token.

Rule: the twelve checks of RFC 9449 4.3 bear their numbers here. They may come in any order there;
here the signature comes before what it covers, and a nonce is asked for before the clock is.
Whether a proof was used before is not among them: that is `proof_key` and a strategy's answer.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from oauth_model.claim_values import instant, text
from oauth_model.errors import InvalidDPoPProof, InvalidToken, UseDPoPNonce
from oauth_model.flows import OneTimeKey
from oauth_model.jose import Keys, Verified, b64url, sha256_b64url, thumbprint
from oauth_model.messages import Headers, Request
from oauth_model.uris import normalised_uri

#: The header field that carries a proof (RFC 9449 4.1), the one with a nonce (8), the type (4.2).
PROOF_HEADER = "DPoP"
NONCE_HEADER = "DPoP-Nonce"
PROOF_TYPE = "dpop+jwt"
#: A server that remembers every `jti` refuses unnecessarily large ones (RFC 9449 11.1).
LONGEST_JTI = 256


class Proof(NamedTuple):
    """A proof whose signature is good; `htu` is normalised, `jkt` the thumbprint of its key.

    `iat_s` in seconds since 1970, of the client's clock; `ath` and `nonce` are empty when absent.
    `until_s`: from this instant of the server's clock nobody accepts the proof any more; 0 before
    that was judged.
    """

    jti: str
    htm: str
    htu: str
    iat_s: float
    ath: str
    nonce: str
    jkt: str
    until_s: float = 0.0


class Window(NamedTuple):
    """How old a proof may be, and how far its maker's clock may be off, either way (11.1).

    `nonce_s`: how long a nonce is good at most; where one is wanted, it says how old a proof is.
    """

    age_s: float = 60.0
    leeway_s: float = 5.0
    nonce_s: float = 60.0

    def until_s(self, proof: Proof) -> float:
        """From this instant of the server's clock nobody accepts the proof any more."""
        return proof.iat_s + self.age_s + self.leeway_s


class Nonces:
    """Nonces that need no memory (RFC 9449 8): each follows from a secret and the time.

    Replicas that share the secret know each other's. A nonce is given out for `step_s` seconds and
    accepted for as long again; a replica whose clock is a step behind refuses its neighbour's, and
    the client comes back with its own.
    """

    def __init__(self, secret: bytes, step_s: float = 30.0) -> None:
        self._secret = secret
        self._step_s = step_s

    def current(self, now_s: float) -> str:
        """The nonce to give out now."""
        return self._of(now_s // self._step_s)

    def accepted(self, now_s: float) -> tuple[str, ...]:
        """The nonces that are good now: the current one and the one before it."""
        return self.current(now_s), self._of(now_s // self._step_s - 1)

    def headers(self, now_s: float) -> Headers:
        """What an answer carries so that the next proof has the nonce (RFC 9449 8, 8.2)."""
        return ((NONCE_HEADER, self.current(now_s)),)

    def _of(self, step: float) -> str:
        return b64url(hmac.digest(self._secret, str(int(step)).encode(), sha256)[:16])


def make_proof(
    keys: Keys,
    key: str,
    *,
    method: str,
    url: str,
    jti: str,
    now_s: float,
    access_token: str = "",
    nonce: str = "",
) -> str:
    """A proof for one request (RFC 9449 4.2) under the key named `key`, at the client's `now_s`."""
    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": re.split("[?#]", url)[0]}
    claims["iat"] = int(now_s)
    if access_token:
        claims["ath"] = ath(access_token)
    if nonce:
        claims["nonce"] = nonce
    return keys.sign(claims, key=key, typ=PROOF_TYPE, embed_key=True)


def check_proof(
    request: Request,
    verify: Callable[[str], Verified],
    *,
    now_s: float,
    window: Window,
    access_token: str = "",
    jkt: str = "",
    nonces: tuple[str, ...] = (),
) -> Proof:
    """The proof that comes with a request, once all of RFC 9449 4.3 holds for it.

    `verify` is a `Keys.self_verifier()`. `access_token` is what the request presents, `jkt` the key
    that it, or a refresh token or code, is bound to; both empty where nothing is bound yet. With
    `nonces` the proof must carry one of them. Raises InvalidDPoPProof, UseDPoPNonce, and
    InvalidToken for an access token that is bound to another key (RFC 9449 7.1).
    """
    proof = read_proof(_the_header(request), verify)  # 1 to 7
    if proof.htm != request.method:  # 8
        raise InvalidDPoPProof("htm is not the method of the request")
    if proof.htu != _normalised(request.url):  # 9
        raise InvalidDPoPProof("htu is not the URI of the request")
    if nonces and proof.nonce not in nonces:  # 10
        raise UseDPoPNonce("the proof needs the nonce that this answer carries")
    # 11: "as determined by either the iat claim or a server managed timestamp via the nonce claim":
    # a client whose clock is wrong is helped by a nonce, and a proof made ahead has none.
    if nonces:
        proof = proof._replace(until_s=now_s + window.nonce_s)
    else:
        _check_time(proof, now_s, window)
        proof = proof._replace(until_s=window.until_s(proof))
    if access_token and proof.ath != ath(access_token):  # 12, first half
        raise InvalidDPoPProof("ath is not the hash of the access token")
    if jkt and proof.jkt != jkt:  # 12, second half
        raise (InvalidToken if access_token else InvalidDPoPProof)("Invalid DPoP key binding")
    return proof


def read_proof(proof: str, verify: Callable[[str], Verified]) -> Proof:
    """The checks that depend on the proof alone, so not on the request; raises InvalidDPoPProof."""
    try:
        read = _read(verify(proof))  # 2 one well-formed JWT, 5 alg, 6 signature, 7 no private key
    except InvalidToken as error:
        raise InvalidDPoPProof(error.description) from error
    if len(read.jti) > LONGEST_JTI:
        raise InvalidDPoPProof("the claim jti is too long")
    return read


def _read(verified: Verified) -> Proof:
    header, claims = verified
    proof = Proof(  # 3 all required claims
        jti=text(claims, "jti"),
        htm=text(claims, "htm"),
        htu=_normalised(text(claims, "htu")),
        iat_s=instant(claims, "iat"),
        ath=text(claims, "ath", ""),
        nonce=text(claims, "nonce", ""),
        jkt=thumbprint(header["jwk"]),
    )
    if header.get("typ") != PROOF_TYPE:  # 4
        raise InvalidToken("the token is not a DPoP proof")
    return proof


def proof_key(issuer: str, proof: Proof) -> OneTimeKey:
    """The key of one use of a proof: its `jti` in the context of its URI (RFC 9449 11.1).

    `issuer` names whose proofs they are, as far as the server knows: the client. RFC 9449 names
    only the URI; without the client, one could use up the `jti` of another.
    """
    return OneTimeKey("dpop_proof", issuer, proof.htu, proof.jti)


def ath(access_token: str) -> str:
    """The hash of an access token that a proof for it carries (RFC 9449 4.2)."""
    return sha256_b64url(access_token)


def _normalised(uri: str) -> str:
    try:
        return normalised_uri(uri)
    except ValueError as error:
        raise InvalidDPoPProof("htu is not the URI of the request") from error


def _the_header(request: Request) -> str:
    """Check 1: there is one DPoP header field, and not more."""
    sent = [value for name, value in request.headers if name.lower() == PROOF_HEADER.lower()]
    if len(sent) != 1:
        raise InvalidDPoPProof(f"{len(sent)} DPoP header fields instead of one")
    return sent[0]


def _check_time(proof: Proof, now_s: float, window: Window) -> None:
    if now_s >= window.until_s(proof):
        raise InvalidDPoPProof("the proof is too old")
    if now_s < proof.iat_s - window.leeway_s:
        raise InvalidDPoPProof("the proof is from the future")
