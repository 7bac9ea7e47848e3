"""The checks of a JWT access token, in the order of RFC 9068 4 and worded as it words them.

Every failure is `InvalidToken`. What does not depend on time (`read_access_token`) stands apart
from what does (`check_lifetime`): a server does the first once per token, the second at every use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from oauth_model.errors import InvalidToken
from oauth_model.jose import Verified

#: RFC 9068 2.1: media types compare without case, and the prefix may be left out (RFC 7515 4.1.9).
ACCESS_TOKEN_TYPES = ("at+jwt", "application/at+jwt")
#: RFC 9068 2.2: claims that every access token has and that are text here.
REQUIRED_TEXT = ("sub", "client_id", "jti")
#: The largest whole number that JSON carries everywhere (RFC 8259 6).
LARGEST = 2**53
#: The `not_before_s` of a token without `nbf`: a clock may be far behind.
SINCE_EVER = -float(LARGEST - 1)


class AccessToken(NamedTuple):
    """An access token that passed; instants in seconds since 1970 (NumericDate, RFC 7519 2).

    `use` is `"single"` for a single-use token and empty for any other; what another value means is
    for servers that know the claim. `authorization_details` are as issued (RFC 9396 9.1), and so
    is `confirmation`, the claim `cnf`: what its holder has to prove (RFC 7800 3.1), empty for none.
    `acr` and `auth_time_s` say how and when the user signed in (RFC 9470 6.1).
    """

    sub: str
    client_id: str
    jti: str
    issuer: str
    audiences: tuple[str, ...]
    scopes: frozenset[str]
    expires_at_s: float
    issued_at_s: float
    not_before_s: float = SINCE_EVER
    use: str = ""
    authorization_details: tuple[Any, ...] = ()
    acr: str = ""
    auth_time_s: float | None = None
    confirmation: tuple[tuple[str, Any], ...] = ()

    @property
    def reference(self) -> str:
        """What a trace calls the token: its `jti`, never its bytes."""
        return self.jti


def check_access_token(
    verified: Verified, *, issuer: str, audience: str, now_s: float, leeway_s: float = 0.0
) -> AccessToken:
    """All of RFC 9068 4 after the signature; `now_s` on the server's own clock."""
    token = read_access_token(verified, issuer=issuer, audience=audience)
    check_lifetime(token, now_s=now_s, leeway_s=leeway_s)
    return token


def read_access_token(verified: Verified, *, issuer: str, audience: str) -> AccessToken:
    """The checks that come out the same at any time."""
    header, claims = verified
    if str(header.get("typ")).lower() not in ACCESS_TOKEN_TYPES:  # RFC 9068 4: typ
        raise InvalidToken("the token is not an access token")
    if claims.get("iss") != issuer:  # RFC 9068 4: must exactly match
        raise InvalidToken("the issuer is not trusted")
    audiences = _texts(claims, "aud")
    if audience not in audiences:  # RFC 9068 4; RFC 7519 4.1.3
        raise InvalidToken("the token is for another audience")
    sub, client_id, jti = (_text(claims, name) for name in REQUIRED_TEXT)  # RFC 9068 2.2
    return AccessToken(
        sub=sub,
        client_id=client_id,
        jti=jti,
        issuer=issuer,
        audiences=audiences,
        scopes=frozenset(_text(claims, "scope", "").split()),  # RFC 9068 2.2.3
        expires_at_s=_instant(claims, "exp"),
        issued_at_s=_instant(claims, "iat"),
        not_before_s=_instant(claims, "nbf", SINCE_EVER),
        use=str(claims.get("use", "")),
        authorization_details=_details(claims),
        acr=_text(claims, "acr", ""),
        auth_time_s=_instant(claims, "auth_time") if "auth_time" in claims else None,
        confirmation=_confirmation(claims),
    )


def check_lifetime(token: AccessToken, *, now_s: float, leeway_s: float = 0.0) -> None:
    """Not on or after `exp` (RFC 7519 4.1.4), not before `nbf` (4.1.5), give or take the leeway."""
    if now_s >= token.expires_at_s + leeway_s:
        raise InvalidToken("the token expired")
    if now_s < token.not_before_s - leeway_s:
        raise InvalidToken("the token is not valid yet")


def _text(claims: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = claims.get(name, default)
    if not isinstance(value, str):
        raise InvalidToken(f"the claim {name} is missing or malformed")
    return value


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name)
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
        raise InvalidToken(f"the claim {name} is missing or malformed")
    return tuple(values)


def _instant(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not abs(value) < LARGEST:  # so written, NaN fails too: it would never expire
        raise InvalidToken(f"the claim {name} is missing or malformed")
    return float(value)


def _details(claims: Mapping[str, Any]) -> tuple[Any, ...]:
    value = claims.get("authorization_details", [])
    if not isinstance(value, list):
        raise InvalidToken("the claim authorization_details is malformed")
    return tuple(value)


def _confirmation(claims: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    confirmation = claims.get("cnf", {})
    if not isinstance(confirmation, dict) or ("cnf" in claims and not confirmation):
        raise InvalidToken("the claim cnf is malformed")
    return tuple(confirmation.items())
