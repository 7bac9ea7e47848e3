"""Step-up authentication (RFC 9470): the user has to sign in again, or more strongly.

How it differs from a single-use token: the client runs a new authorization and *replaces* its token
for good by the one that comes of it, which works for everything the old one did and for as long as
any token; the session at the authorization server is the stronger one from then on. A single-use
token takes the place of the stored token for one call, and then that one is *restored*. So a thief
of a stepped-up token gets more than before, a thief of a single-use token one call.

Rule: nothing is consumed by a step-up challenge; it comes after the scope check and before the one
use.
"""

from __future__ import annotations

import re

from oauth_model.challenges import challenge_attributes
from oauth_model.errors import InsufficientUserAuthentication
from oauth_model.messages import Response
from oauth_model.parameters import Pairs

#: Authentication context class references, weakest first. RFC 9470 leaves values and order to the
#: parties: the first two are ours, phishing-resistant and its hardware-protected kind are those of
#: OpenID Connect Extended Authentication Profile ACR Values 1.0.
ACR_LEVELS = ("password", "otp", "phr", "phrh")

#: The parameters of both messages and what each may hold (RFC 9470 3; OpenID Connect Core 3.1.2.1).
_GRAMMAR = {"acr_values": r"[!#-\[\]-~]+( [!#-\[\]-~]+)*", "max_age": r"[0-9]{1,10}"}


def check_authentication(
    acr: str, auth_time_s: float | None, needed_acr: str, max_age_s: int | None, now_s: float
) -> None:
    """Is the user's sign-in strong and recent enough? Raises InsufficientUserAuthentication.

    `acr` and `auth_time_s` are the token's (RFC 9470 6), "" and None when it has none; `needed_acr`
    "" asks for no level, `max_age_s` None for no recency; `now_s` in seconds of the server's clock.
    The challenge states all that the resource asks for, also what was met: the new sign-in would
    otherwise mend one and miss the other.
    """
    sufficient = sufficient_levels(needed_acr)
    strong = not needed_acr or acr in sufficient
    recent = max_age_s is None or (auth_time_s is not None and now_s - auth_time_s <= max_age_s)
    if strong and recent:
        return
    attributes = {}
    if needed_acr:
        attributes["acr_values"] = " ".join(sufficient)
    if max_age_s is not None:
        attributes["max_age"] = str(max_age_s)
    what = "A different authentication level" if not strong else "More recent authentication"
    raise InsufficientUserAuthentication(f"{what} is required", **attributes)


def sufficient_levels(needed_acr: str) -> tuple[str, ...]:
    """The levels that will do, the needed one first; a name outside `ACR_LEVELS` only itself."""
    if needed_acr not in ACR_LEVELS:
        return (needed_acr,)
    return ACR_LEVELS[ACR_LEVELS.index(needed_acr) :]


def step_up_of(response: Response) -> Pairs:
    """What a client adds to the authorization request that answers this challenge (RFC 9470 4).

    Empty when the response asks for no step-up; what is malformed is left out.
    """
    attributes = challenge_attributes(response, InsufficientUserAuthentication.error)
    return [
        (name, attributes[name])
        for name, grammar in _GRAMMAR.items()
        if re.fullmatch(grammar, attributes.get(name, ""))
    ]
