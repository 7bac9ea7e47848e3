"""Hostile requests: a valid one, and one to three things done to it.

`HOSTILE` is what may make a request bad, `HARMLESS` what never does. Whether a change left the
request valid after all, `meaning` finds out.
"""

from __future__ import annotations

from hypothesis import strategies as st

from oauth_model.messages import Request
from tests.hostile import message_changes as message
from tests.hostile import parameter_changes as parameter
from tests.hostile.attack import Attack, Change

HOSTILE: dict[str, Change] = {
    change.__name__: change
    for change in (
        *(parameter.value, parameter.raw_value, parameter.foreign_value, parameter.dropped),
        *(parameter.emptied, parameter.repeated, parameter.renamed, parameter.added),
        *(parameter.flooded, parameter.glued, parameter.cut, parameter.inside_json),
        *(message.body, message.elsewhere, message.method, message.path, message.content_type),
        *(message.authorization, message.identified, message.scheme, message.proof),
        *(message.certificate, message.any_header, message.crossed, message.forged),
    )
}
HARMLESS: dict[str, Change] = {
    change.__name__: change
    for change in (
        *(message.reordered, message.unknown, message.other_case, message.spelled),
        message.told_more,
    )
}
#: Attacks on tokens are tried more often: there are more ways to do them.
_TOKENS = ("crossed", "forged") * 4
_ANYWHERE = (*HOSTILE, *HARMLESS, *_TOKENS)
_IN_HEADERS = ("authorization", "identified", "scheme", "proof", "certificate", "method", "path")
#: Endpoint → what is tried there, where it is not everything: most of it would change nothing.
AIMED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("jwks", "oauth-authorization-server", "openid-configuration", "resource-metadata"),
        ("method", "path") * 4 + ("added", "body", "authorization", "any_header"),
    ),
    **dict.fromkeys(
        ("rs", "userinfo", "revoked"),
        (*_IN_HEADERS, *_TOKENS, "added", "body", "elsewhere", "any_header"),
    ),
    "gnap": (*_IN_HEADERS, *_TOKENS, *("inside_json",) * 6, "body", "content_type", "cut", "glued"),
}
_NUMBERS = st.integers(0, 1 << 16)
_TEXTS = st.one_of(st.just(""), st.just(""), st.just(""), st.text(max_size=12))


def attacks(endpoint: str) -> st.SearchStrategy[list[Attack]]:
    """One to three things to do to a request to this endpoint."""
    names = st.sampled_from(AIMED.get(endpoint, _ANYWHERE))
    return st.lists(st.builds(Attack, names, _NUMBERS, _NUMBERS, _TEXTS), min_size=1, max_size=3)


harmless = st.builds(Attack, st.sampled_from(list(HARMLESS)), _NUMBERS, _NUMBERS)


def attacked(request: Request, chosen: list[Attack], things: dict[str, str]) -> Request:
    """The request after everything was done to it, in order."""
    for attack in chosen:
        change = HOSTILE.get(attack.name) or HARMLESS[attack.name]
        request = change(request, attack, things)
    return request
