"""Client authentication with a signed assertion (RFC 7521 4.2, RFC 7523 3): private_key_jwt.

An assertion is for one authorization server. What names that server in `aud` is in dispute, and
`ASSERTION_AUDIENCE` holds the two sides:

`"token_endpoint"`: the token endpoint's URL may stand there (RFC 7523 3, item 3), or the issuer.
Deployed clients do so, and OpenID Connect Core 9 asks them to. But the client takes that URL from
the metadata of the server it talks to. A malicious server names the honest one's token endpoint
as its own, gets an assertion for it at another of its endpoints (PAR, say), and spends it there.

`"issuer"`: only the issuer identifier, and as the sole value, a string
(draft-ietf-oauth-rfc7523bis). The client knows the issuer before it reads any metadata, and
compares (RFC 8414 3.3), so no metadata makes it name another. The price: clients that name the
endpoint are refused until they change. An explicit type keeps other signed texts out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from oauth_model.claim_values import LARGEST, instant, text, texts
from oauth_model.errors import InvalidClient, InvalidToken
from oauth_model.flows import OneTimeKey
from oauth_model.jose import Keys, Verified

#: The value of the request parameter `client_assertion_type` (RFC 7523 2.2).
CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: What names the authorization server in an assertion.
ASSERTION_AUDIENCE = ("issuer", "token_endpoint")
#: The type that draft-ietf-oauth-rfc7523bis gives these assertions.
EXPLICIT_TYPE = "client-authentication+jwt"
#: policy → the types that are accepted, in lower case; RFC 7523 asks for none.
_TYPES = {"issuer": (EXPLICIT_TYPE,), "token_endpoint": (EXPLICIT_TYPE, "jwt", "")}
#: An assertion that lives longer is refused (RFC 7523 3, item 4): its `jti` has to be remembered.
#: An hour, as client libraries give it, and a minute by which their clocks may be ahead.
LONGEST_LIFETIME_S = 3660.0


class Assertion(NamedTuple):
    """An assertion that passed; `expires_at_s` in seconds since 1970."""

    client_id: str
    jti: str
    expires_at_s: float


def audiences(policy: str, issuer: str, token_endpoint: str) -> tuple[str, ...]:
    """What an authorization server accepts in `aud`; a client writes the last of it."""
    return (issuer,) if policy == "issuer" else (issuer, token_endpoint)


def make_assertion(
    keys: Keys,
    key: str,
    *,
    client_id: str,
    audience: str,
    jti: str,
    now_s: float,
    lifetime_s: float = 60.0,
    policy: str = "issuer",
) -> str:
    """An assertion under the key named `key`, at the client's `now_s` (RFC 7523 3)."""
    issued_at_s = int(now_s)
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": jti,
        "iat": issued_at_s,
        "exp": issued_at_s + int(lifetime_s),
    }
    typ = EXPLICIT_TYPE if policy == "issuer" else "JWT"
    return keys.sign(claims, key=key, typ=typ)


def check_assertion(
    assertion: str,
    verify: Callable[[str], Verified],
    *,
    client_id: str,
    audiences: tuple[str, ...],
    now_s: float,
    leeway_s: float = 0.0,
    policy: str = "issuer",
) -> Assertion:
    """All of RFC 7523 3; raises InvalidClient, as 3.2 says, for anything wrong.

    `verify` trusts the keys of this client and no other: who signs, and for whom, is one question.
    """
    try:
        verified = verify(assertion)  # item 9
        _check_type(verified, policy)
        read = _read(verified, client_id)
        _check_audience(verified, audiences, policy)
        _check_time(verified, read, now_s, leeway_s)
    except InvalidToken as error:
        raise InvalidClient(error.description) from error
    return read


def claimed_client(assertion: str, verify: Callable[[str], Verified]) -> str:
    """Which client an assertion names (RFC 7521 4.2: `client_id` may be left out of the request).

    `verify` may trust the keys of all clients: the name serves to look the client up, and
    `check_assertion` under that client's own keys has to follow. Raises InvalidClient.
    """
    try:
        return text(verify(assertion).claims, "sub")
    except InvalidToken as error:
        raise InvalidClient(error.description) from error


def assertion_key(issuer: str, assertion: Assertion) -> OneTimeKey:
    """The key of one use of an assertion (RFC 7523 3, item 7) at the AS with this issuer."""
    return OneTimeKey("client_assertion", assertion.client_id, issuer, assertion.jti)


def _check_type(verified: Verified, policy: str) -> None:
    typ = verified.header.get("typ", "")
    if str(typ).lower().removeprefix("application/") not in _TYPES[policy]:  # RFC 7515 4.1.9
        raise InvalidToken("the token is not a client assertion")


def _read(verified: Verified, client_id: str) -> Assertion:
    claims = verified.claims
    if text(claims, "iss") != client_id or text(claims, "sub") != client_id:  # items 1 and 2
        raise InvalidToken("the assertion is not the client's")
    return Assertion(client_id, text(claims, "jti"), instant(claims, "exp"))  # items 7 and 4


def _check_audience(verified: Verified, audiences: tuple[str, ...], policy: str) -> None:
    named = texts(verified.claims, "aud")  # item 3
    if not set(named) & set(audiences):
        raise InvalidToken("the assertion is for another audience")
    if policy == "issuer" and not isinstance(verified.claims["aud"], str):
        raise InvalidToken("the issuer is not the sole audience")


def _check_time(verified: Verified, read: Assertion, now_s: float, leeway_s: float) -> None:
    if now_s >= read.expires_at_s + leeway_s:  # item 4
        raise InvalidToken("the assertion expired")
    if read.expires_at_s > now_s + LONGEST_LIFETIME_S + leeway_s:
        raise InvalidToken("the assertion lives too long")
    earliest_s = instant(verified.claims, "nbf", -float(LARGEST - 1))
    if now_s < earliest_s - leeway_s:  # item 5
        raise InvalidToken("the assertion is not valid yet")
