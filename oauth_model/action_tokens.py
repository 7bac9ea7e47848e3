"""Action tokens: single-use JWTs that are not OAuth tokens, such as the one in a magic link.

Rule: an action token and an access token never pass for each other, even under one signing key:
each is explicitly typed (RFC 8725 3.11) and the rules for them exclude each other (3.12): another
`typ`, the authorization server itself as audience, the claims `action` and `use`, no `client_id`.

The minutes of the OAuth WG interim of 2025-01-20 name them as a use of one-time enforcement beside
OAuth. No specification defines their claims or their `typ`; both are ours.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from oauth_model.errors import InvalidToken
from oauth_model.flows import OneTimeKey
from oauth_model.jose import Verified
from oauth_model.single_use import SINGLE, USE

ACTION_TOKEN_TYPE = "action+jwt"
#: Media types compare without case, and the prefix may be left out (RFC 7515 4.1.9).
ACTION_TOKEN_TYPES = (ACTION_TOKEN_TYPE, f"application/{ACTION_TOKEN_TYPE}")


class Kind(NamedTuple):
    """What a use of such a token does, how long it may wait, and whose browser it takes.

    `signed_in`: whether the user must be signed in already, so that holding the link is not enough;
    `starts_session`: whether whoever uses it is signed in by that.
    """

    effect: str
    lifetime_s: int
    signed_in: bool = False
    starts_session: bool = False


#: The kinds that the minutes name. A link that signs in lives for the ten minutes of an out-of-band
#: secret (NIST SP 800-63B 5.1.3.2); what others wait for is a person who reads mail now and then.
KINDS: dict[str, Kind] = {
    "magic_link": Kind("signs in whoever opens the link", 600, starts_session=True),
    "email_confirmation": Kind("marks the address as its user's own", 86_400),
    "password_reset": Kind("lets whoever opens the link choose a password", 3600),
    "organisation_invitation": Kind("makes its user a member", 7 * 86_400, signed_in=True),
}
#: Every claim, and what it must be.
CLAIMS: dict[str, type] = {
    **dict.fromkeys(("iss", "aud", "sub", "action", "jti"), str),
    **dict.fromkeys(("iat", "exp"), int),
}


class ActionToken(NamedTuple):
    """An action token that passed; instants in seconds since 1970 (NumericDate, RFC 7519 2)."""

    issuer: str
    sub: str
    action: str
    jti: str
    expires_at_s: int

    @property
    def key(self) -> OneTimeKey:
        """The key of its one use: one for all replicas and for every way to present it."""
        return OneTimeKey("action_token", self.issuer, self.action, self.jti)


def action_claims(
    issuer: str, action: str, *, sub: str, jti: str, issued_at_s: int
) -> dict[str, Any]:
    """The claims of a new token; KeyError for an action that is none of `KINDS`."""
    return {
        "iss": issuer,
        "aud": issuer,
        "sub": sub,
        "action": action,
        USE: SINGLE,
        "iat": issued_at_s,
        "exp": issued_at_s + KINDS[action].lifetime_s,
        "jti": jti,
    }


def read_action_token(verified: Verified, issuer: str) -> ActionToken:
    """The checks that come out the same at any time; raises InvalidToken."""
    header, claims = verified
    if str(header.get("typ")).lower() not in ACTION_TOKEN_TYPES:  # RFC 8725 3.11
        raise InvalidToken("the token is not an action token")
    if not all(type(claims.get(name)) is kind for name, kind in CLAIMS.items()):
        raise InvalidToken("a claim is missing or malformed")
    if claims.get(USE) != SINGLE or claims["action"] not in KINDS:  # RFC 8725 3.12
        raise InvalidToken("the token is not for one action")
    if not claims["iss"] == claims["aud"] == issuer:  # RFC 8725 3.8, 3.9
        raise InvalidToken("the token is another server's")
    return ActionToken(
        issuer=issuer,
        sub=claims["sub"],
        action=claims["action"],
        jti=claims["jti"],
        expires_at_s=claims["exp"],
    )
