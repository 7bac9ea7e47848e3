"""What an authorization server tells its resource servers when tokens were revoked.

A JWT is good until it expires wherever nobody asks and nobody is told. This is the telling: a
security event token (RFC 8417), pushed by POST (RFC 8935) to `/revoked` below the identifier of the
server. The path, and the list of tokens in the event, are ours: RFC 7009 2.1 only says that some
servers know about a revocation while others do not yet.

Rule: what was told twice is told once. A server forgets what it was told of a token no earlier than
the token expires.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from oauth_model.claim_values import instant, malformed, text, texts
from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys, Verified
from oauth_model.messages import Request

#: Where a resource server is told, below its identifier.
REVOKED_PATH = "/revoked"
#: RFC 8417 2.3, 7.2: the `typ` of the token and the media type of the body.
EVENT_TYPE = "secevent+jwt"
EVENT_MEDIA_TYPE = f"application/{EVENT_TYPE}"
#: The name of the event in OpenID's OAuth Event Types.
TOKENS_REVOKED = "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked"


class RevokedToken(NamedTuple):
    """An access token that is dead before it expires; `expires_at_s` is its `exp`."""

    jti: str
    expires_at_s: float


class RevocationEvent(NamedTuple):
    """One message to one server; `audience` is its identifier, `issued_at_s` of the AS's clock."""

    issuer: str
    audience: str
    jti: str
    issued_at_s: int
    tokens: tuple[RevokedToken, ...]


def event_request(keys: Keys, key: str, event: RevocationEvent) -> Request:
    """The message, signed under the key named `key`, which the server must trust already."""
    token = keys.sign(
        {
            "iss": event.issuer,
            "aud": event.audience,
            "iat": event.issued_at_s,
            "jti": event.jti,
            "events": {TOKENS_REVOKED: {"tokens": [_members(one) for one in event.tokens]}},
        },
        key=key,
        typ=EVENT_TYPE,
    )
    headers = (("Content-Type", EVENT_MEDIA_TYPE), ("Accept", "application/json"))
    return Request("POST", f"{event.audience}{REVOKED_PATH}", headers, token)


def read_event(verified: Verified, *, issuer: str, audience: str) -> RevocationEvent:
    """What a message says, once its signature is good; raises InvalidToken.

    Only of this issuer, for this server and of this type (RFC 8417 4.1, RFC 8725 3.11): no access
    token passes as an event, and no event as an access token.
    """
    header, claims = verified
    if str(header.get("typ")).lower().removeprefix("application/") != EVENT_TYPE:
        raise InvalidToken("the token is not a security event")
    if claims.get("iss") != issuer:
        raise InvalidToken("the issuer is not trusted")
    if audience not in texts(claims, "aud"):
        raise InvalidToken("the event is for another audience")
    return RevocationEvent(
        issuer, audience, text(claims, "jti"), int(instant(claims, "iat")), _tokens(claims)
    )


def _members(token: RevokedToken) -> dict[str, Any]:
    return {"jti": token.jti, "exp": token.expires_at_s}


def _tokens(claims: Mapping[str, Any]) -> tuple[RevokedToken, ...]:
    events = claims.get("events")
    event = events.get(TOKENS_REVOKED) if isinstance(events, dict) else None
    tokens = event.get("tokens") if isinstance(event, dict) else None
    if not isinstance(tokens, list) or not all(isinstance(token, dict) for token in tokens):
        raise malformed("events")
    return tuple(RevokedToken(text(token, "jti"), instant(token, "exp")) for token in tokens)
