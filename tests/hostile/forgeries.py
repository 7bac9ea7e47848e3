"""Tokens that look like one that is good: other algorithms, other keys, other encodings.

`FORGERIES`: name → flow of one token into another, or into nothing usable. All of them are refused
wherever the original was good; `symbolic` handles have no parts, so only the texts of them change.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

from oauth_model.jose import Keys, b64url, b64url_decode
from oauth_model.jose.jwk import private_key

#: The attacker's own ring, and its key as PyJWT has it.
THIEF = Keys("EdDSA", seed=666)
THIEFS_KEY: Any = private_key("EdDSA", "tokenrace/666/thief")
DEEP = b64url(b"[" * 100_000)
TWICE = b64url(b'{"alg":"EdDSA","alg":"EdDSA","kid":"as"}')

THIEFS_JWK = {name: THIEF.public_jwk("thief")[name] for name in ("kty", "crv", "x")}

Forge = Callable[[str, int], str]


def opened(token: str) -> tuple[dict[str, Any], str, str]:
    """Header, payload as it stands, signature; an empty header for what has none."""
    pieces = (*token.split("."), "", "")
    try:
        header = json.loads(b64url_decode(pieces[0]))
    except (ValueError, RecursionError):
        header = {}
    return (header if isinstance(header, dict) else {}), pieces[1], pieces[2]


def packed(header: object) -> str:
    """A header as it stands in a token; also one that is no object."""
    return b64url(json.dumps(header).encode())


def signed_by_thief(header: dict[str, Any], payload: str) -> str:
    """A token that the attacker signed, correctly."""
    signing = f"{packed(header)}.{payload}"
    return f"{signing}.{b64url(THIEFS_KEY.sign(signing.encode()))}"


def _header(changes: dict[str, Any], token: str, n: int) -> str:
    """Other header members over the same signature."""
    header, payload, signature = opened(token)
    return f"{packed(header | changes)}.{payload}.{signature}"


def _stolen(changes: dict[str, Any], token: str, n: int) -> str:
    """Other header members, and a signature of the attacker's."""
    header, payload, _ = opened(token)
    return signed_by_thief(header | changes, payload)


def _own_proof(changes: dict[str, Any], token: str, n: int) -> str:
    """A token under the attacker's own key, which it carries."""
    header, payload, _ = opened(token)
    return signed_by_thief(header | {"jwk": THIEFS_JWK, "alg": "EdDSA"} | changes, payload)


def own_proof(token: str, proofs: list[str]) -> bool:
    """Whether it is a proof like one of these under the attacker's key: his own, so a good one."""
    header, payload, _ = opened(token)
    alike = payload in [opened(proof)[1] for proof in proofs]
    kind = (header.get("typ"), header.get("alg"), header.get("jwk"))
    good = kind == ("dpop+jwt", "EdDSA", THIEFS_JWK) and "crit" not in header
    return alike and good and token == signed_by_thief(header, payload)


def _hs256(secret: Callable[[dict[str, Any]], bytes], token: str, n: int) -> str:
    """A public key as the secret of an HMAC (RFC 8725 2.1)."""
    header, payload, _ = opened(token)
    signing = f"{packed(header | {'alg': 'HS256'})}.{payload}"
    mac = hmac.digest(secret(header), signing.encode(), sha256)
    return f"{signing}.{b64url(mac)}"


def _public(header: dict[str, Any]) -> dict[str, Any]:
    kid = str(header.get("kid", "as")).encode("utf-8", "replace").decode()
    return Keys("EdDSA", seed=7).public_jwk(kid)


def _flipped(token: str, n: int) -> str:
    """One bit of one character changed; never a character into the same."""
    at = n % max(len(token), 1)
    changed = chr(ord(token[at]) ^ (1 << (n // 7 % 5))) if token else "x"
    return f"{token[:at]}{changed}{token[at + 1 :]}"


def _payload(claims: Any, token: str, n: int) -> str:
    """Other claims under the same signature."""
    header, _, signature = opened(token)
    return f"{packed(header)}.{packed(claims)}.{signature}"


def _noncanonical(token: str, n: int) -> str:
    """The same octets with other unused bits in the last character (RFC 4648 3.5)."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    if not token or token[-1] not in alphabet:
        return f"{token}="
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


def _texts() -> dict[str, Forge]:
    """What is done to a token as a text."""
    return {
        "truncated": lambda token, n: token[: n % max(len(token), 1)],
        "bit flipped": _flipped,
        "doubled": lambda token, n: token + token,
        "one more part": lambda token, n: f"{token}.{token.rpartition('.')[2]}",
        "one part less": lambda token, n: token.rpartition(".")[0],
        "no signature": lambda token, n: f"{token.rpartition('.')[0]}.",
        "upper case": lambda token, n: f"{token.upper()}x",
        "padded": lambda token, n: f"{token}=",
        "not canonical": _noncanonical,
        "only dots": lambda token, n: "." * (n % 50),
        "huge": lambda token, n: token * (1 + 100_000 // (1 + len(token))),
        "NUL at the end": lambda token, n: f"{token}\x00",
        "line end": lambda token, n: f"{token}\n",
        "other letters": lambda token, n: f"{token}é\u2603",
        "nothing": lambda token, n: "~",
    }


#: Headers that no good token has; each over the same signature, and signed by the attacker.
HEADERS: dict[str, dict[str, Any]] = {
    "alg none": {"alg": "none"},
    "alg None": {"alg": "nOnE"},
    "alg list": {"alg": ["EdDSA"]},
    "alg object": {"alg": {}},
    "alg number": {"alg": 1},
    "alg null": {"alg": None},
    "alg RS256": {"alg": "RS256"},
    "alg ES256": {"alg": "ES256"},
    "kid path": {"kid": "../../../../dev/null"},
    "kid query": {"kid": "x' UNION SELECT 'key"},
    "kid other": {"kid": "as:webdav"},
    "kid list": {"kid": ["as"]},
    "kid object": {"kid": {"as": 1}},
    "kid huge": {"kid": "k" * 10_000},
    "kid surrogate": {"kid": "\ud800"},
    "jku": {"jku": "https://evil.example/jwks"},
    "x5u": {"x5u": "https://evil.example/chain", "x5c": ["AAAA"]},
    "crit": {"crit": ["exp"]},
    "crit unknown": {"crit": ["tokenrace"], "tokenrace": True},
    "crit b64": {"crit": ["b64"], "b64": False},
    "b64": {"b64": False},
    "zip": {"zip": "DEF"},
    "typ number": {"typ": 5},
    "enc": {"enc": "A256GCM", "alg": "dir"},
    "epk": {"epk": 5},
    "epk curve": {"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
    "epk other": {"epk": {"kty": "OKP", "crv": "X25519", "x": "AA"}},
    "iterations": {"alg": "PBES2-HS256+A128KW", "p2c": 10**9, "p2s": "AAAA"},
}
#: Keys that a self-contained token may carry and that are none.
KEYS: dict[str, Any] = {
    "null": None,
    "text": "key",
    "list": [],
    "empty": {},
    "private": {"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"},
    "secret": {"kty": "oct", "k": "AAAA"},
    "short": {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
    "number": {"kty": "OKP", "crv": "Ed25519", "x": 5},
    "zero": {"kty": "OKP", "crv": "Ed25519", "x": b64url(bytes(32))},
    "curve": {"kty": "OKP", "crv": ["Ed25519"], "x": "AA"},
    "kty": {"kty": {}, "crv": "Ed25519", "x": "AA"},
    "surrogate": {"kty": "OKP", "crv": "Ed25519", "x": "\ud800"},
    "off the curve": {
        "kty": "EC",
        "crv": "P-256",
        "x": b64url(b"\1" * 32),
        "y": b64url(b"\2" * 32),
    },
    "even": {"kty": "RSA", "n": b64url(b"\2" * 256), "e": "Ag"},
    "one": {"kty": "RSA", "n": b64url(b"\3" * 256), "e": "AQ"},
    "null number": {"kty": "RSA", "n": b64url(bytes(256)), "e": "AA"},
}
_ALGORITHM = {"off the curve": "ES256", "even": "RS256", "one": "RS256", "null number": "RS256"}
CLAIMS: dict[str, Any] = {
    "a list": [1],
    "null": None,
    "a number": 5,
    "infinite": {"exp": float("inf")},
    "other": {"sub": "admin", "aud": "*"},
}


def _forgeries() -> dict[str, Forge]:
    made = _texts()
    for name, changes in HEADERS.items():
        made[f"header: {name}"] = partial(_header, changes)
        made[f"stolen: {name}"] = partial(_stolen, changes)
        made[f"own key: {name}"] = partial(_own_proof, changes)
    for name, jwk in KEYS.items():
        changes = {"jwk": jwk, "alg": _ALGORITHM.get(name, "EdDSA")}
        made[f"key: {name}"] = partial(_own_proof, changes)
    for name, claims in CLAIMS.items():
        made[f"claims: {name}"] = partial(_payload, claims)
    made["own key"] = partial(_own_proof, {})
    made["own key, header jwk"] = partial(_own_proof, {"kid": "thief"})
    made["HS256, JWK"] = partial(_hs256, lambda header: json.dumps(_public(header)).encode())
    made["HS256, octets"] = partial(_hs256, lambda header: b64url_decode(_public(header)["x"]))
    made["HS256, empty"] = partial(_hs256, lambda header: b"")
    made["header: no object"] = lambda token, n: f"{packed([1])}.{token.partition('.')[2]}"
    made["header: deep"] = lambda token, n: f"{DEEP}.{token.partition('.')[2]}"
    made["header: not UTF-8"] = lambda token, n: f"{b64url(bytes([255]) * 8)}..{token[-4:]}"
    made["header: twice"] = lambda token, n: f"{TWICE}.{token.partition('.')[2]}"
    return made


FORGERIES = _forgeries()
