"""Who may ask about which token at the introspection endpoint: about its own (RFC 7662 2.1, 2.2).

A server's own are those with its name in the audience, a client's those that it was given.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from oauth_model.messages import Request
from tests.hostile.hand import credentials, headers
from tests.hostile.seed import SECRETS

#: Who has a secret → the tokens of its own that are good, by their names in `Estate.things`.
OWN_TOKENS: dict[str, tuple[str, ...]] = {
    "email": (
        *("at.email", "at.email.s6BhdRkqt3", "at.email.other", "at.email.app", "at.email.keyed"),
        *("at.email.bound", "at.email.certified", "at.email.gnap"),
    ),
    "voip": ("at.voip",),
    "s6BhdRkqt3": (
        *("at.email", "at.webdav", "at.voip", "at.payments", "at.calendar", "at.contacts"),
        *("at.userinfo", "at.email.s6BhdRkqt3", "at.email.gnap"),
        *("rt.s6BhdRkqt3", "rt.s6BhdRkqt3.old"),
    ),
    "other": ("at.email.other", "rt.other"),
    "certified": ("at.email.certified", "rt.certified"),
    "limited": (),
}


def asks_about_its_own(request: Request, things: dict[str, str]) -> bool:
    """Whether somebody authenticates, by HTTP Basic alone, and shows a token of its own."""
    who = [credentials(field) for field in headers(request, "Authorization")]
    pairs = parse_qsl(request.body) if request.is_form() else []
    shown = [(name, value) for name, value in pairs if name in (*SECRETS, "token")]
    return any(
        who == [credentials(things[f"basic.{name}"])] and shown == [("token", things[token])]
        for name, tokens in OWN_TOKENS.items()
        for token in tokens
        if token in things
    )
