"""The checks of a JWT access token, in the order of RFC 9068 4 and worded as it words them.

Every failure is `InvalidToken`. What does not depend on time (`read_access_token`) stands apart
from what does (`check_lifetime`): a server does the first once per token, the second at every use.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from oauth_model.claim_values import LARGEST, instant, malformed, text, texts
from oauth_model.errors import InvalidToken
from oauth_model.jose import Verified
from oauth_model.rar import Details, conforming

#: RFC 9068 2.1: media types compare without case, and the prefix may be left out (RFC 7515 4.1.9).
ACCESS_TOKEN_TYPES = ("at+jwt", "application/at+jwt")
#: Claims that few access tokens have.
RARE = frozenset({"nbf", "authorization_details", "acr", "auth_time", "cnf"})
#: The `not_before_s` of a token without `nbf`: a clock may be far behind.
SINCE_EVER = -float(LARGEST - 1)


class AccessToken(NamedTuple):
    """An access token that passed; instants in seconds since 1970 (NumericDate, RFC 7519 2).

    `use` is `"single"` for a single-use token and empty for any other; what another value means is
    for servers that know the claim. `authorization_details` are those of a type that is known here
    (RFC 9396 9.1): any other gives no right. `confirmation` is the claim `cnf` as issued: what its
    holder has to prove (RFC 7800 3.1), empty for none. `acr` and `auth_time_s` say how and when the
    user signed in (RFC 9470 6.1).
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
    authorization_details: Details = ()
    acr: str = ""
    auth_time_s: float | None = None
    confirmation: tuple[tuple[str, Any], ...] = ()

    @property
    def reference(self) -> str:
        """What a trace calls the token: its `jti`, never its bytes."""
        return self.jti


#: `new_token(AccessToken, …)` is `AccessToken(…)` in less than half the time (`messages`).
new_token = AccessToken.__new__


def read_access_token(verified: Verified, *, issuer: str, audience: str) -> AccessToken:
    """The checks that come out the same at any time; `audience` is the server's own identifier."""
    header, claims = verified
    if str(header.get("typ")).lower() not in ACCESS_TOKEN_TYPES:  # RFC 9068 4: typ
        raise InvalidToken("the token is not an access token")
    if claims.get("iss") != issuer:  # RFC 9068 4: must exactly match
        raise InvalidToken("the issuer is not trusted")
    audiences = texts(claims, "aud")
    if audience not in audiences:  # RFC 9068 4; RFC 7519 4.1.3
        raise InvalidToken("the token is for another audience")
    token = new_token(
        AccessToken,
        text(claims, "sub"),  # RFC 9068 2.2: every access token has these three
        text(claims, "client_id"),
        text(claims, "jti"),
        issuer,
        audiences,
        _scopes(text(claims, "scope", "")),  # RFC 9068 2.2.3
        instant(claims, "exp"),
        instant(claims, "iat"),
        use=str(claims.get("use", "")),
    )
    return token if RARE.isdisjoint(claims) else _with_more(token, claims)


def _with_more(token: AccessToken, claims: Mapping[str, Any]) -> AccessToken:
    """The token with what few of them say."""
    return token._replace(
        not_before_s=instant(claims, "nbf", SINCE_EVER),
        authorization_details=_details(claims),
        acr=text(claims, "acr", ""),
        auth_time_s=instant(claims, "auth_time") if "auth_time" in claims else None,
        confirmation=_confirmation(claims),
    )


@lru_cache(maxsize=1024)
def _scopes(text: str) -> frozenset[str]:
    return frozenset(text.split())


def check_lifetime(token: AccessToken, *, now_s: float, leeway_s: float = 0.0) -> None:
    """Not on or after `exp` (RFC 7519 4.1.4), not before `nbf` (4.1.5), give or take the leeway."""
    if now_s >= token.expires_at_s + leeway_s:
        raise InvalidToken("the token expired")
    if now_s < token.not_before_s - leeway_s:
        raise InvalidToken("the token is not valid yet")


def _details(claims: Mapping[str, Any]) -> Details:
    value = claims.get("authorization_details", [])
    if not isinstance(value, list):
        raise malformed("authorization_details")
    return conforming(value)


def _confirmation(claims: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    if "cnf" not in claims:
        return ()
    confirmation = claims["cnf"]
    # A binding to nothing is none, and whoever reads it so has lost it.
    if not (isinstance(confirmation, dict) and confirmation and all(confirmation.values())):
        raise malformed("cnf")
    return tuple(confirmation.items())
