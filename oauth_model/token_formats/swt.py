"""The Simple Web Token (SWT v0.9.5.1): form-encoded claims, an HMAC over them as the last one.

Rule: issuer and resource server share the secret, so each server has its own, and a server that
reads an SWT can make one. SWT has names for `iss`, `aud` and `exp`; an `aud` array and all that is
no text goes as JSON (`flat.py`). The form is armoured, as `&` and `%` are no characters of a bearer
token (RFC 6750 2.1).
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys, Verified, Verifier
from oauth_model.token_formats.base import (
    ACCESS_TOKEN_TYPE,
    Reader,
    TokenFormat,
    armoured,
    unarmoured,
)
from oauth_model.token_formats.flat import Place, flatten, unflatten

SIGNATURE = "&HMACSHA256="


def _whole(value: Any) -> str | None:
    return str(value) if type(value) is int else None  # True is no number here


PLACES = {
    "iss": Place("Issuer"),
    "aud": Place("Audience"),
    "exp": Place("ExpiresOn", _whole, int),
}


class Swt(TokenFormat):
    """An HMAC of the ring's shared secrets under every algorithm: `symbolic` seals nothing here."""

    name = "swt"
    source = "SWT v0.9.5.1"

    def issue(self, keys: Keys, claims: Mapping[str, Any], *, key: str) -> str:
        """Claims and HMAC under the secret that is shared with the server of this key."""
        form = urlencode(flatten(claims, PLACES))
        return armoured(f"{form}{SIGNATURE}{_mac(keys.secret(key), form)}")

    def reader(self, keys: Keys, *names: str) -> Reader:
        """Tries the secrets of these names: an SWT does not say which it was made with."""
        secrets = {name: keys.secret(name) for name in names}

        def check(token: str) -> Verified:
            form, _, mac = unarmoured(token).rpartition(SIGNATURE)
            for name, secret in secrets.items():
                if hmac.compare_digest(_mac(secret, form).encode(), mac.encode()):
                    header = {"typ": ACCESS_TOKEN_TYPE, "alg": "HS256", "kid": name}
                    return Verified(header, unflatten(_pairs(form), PLACES))
            raise InvalidToken("the signature is not valid")

        return Verifier(check).verify


def _pairs(form: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(form, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise InvalidToken("the token is malformed") from error


def _mac(secret: bytes, form: str) -> str:
    """Base64 of the HMAC, form-encoded, of all that stands before its parameter."""
    return quote(b64encode(hmac.digest(secret, form.encode(), "sha256")), safe="")
