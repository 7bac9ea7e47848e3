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
    "revoked": ("crossed", "forged", "body", "cut", "glued", "content_type", "method", "path"),
    "gnap": (*_IN_HEADERS, *_TOKENS, *("inside_json",) * 6, "body", "content_type", "cut", "glued"),
}
#: Hypothesis draws evenly from a range of this size, and unevenly from a larger one.
_EVENLY = (1 << 24) - 1


def attacks(endpoint: str) -> st.SearchStrategy[list[Attack]]:
    """One to three things to do to a request to this endpoint."""
    return st.lists(_one_of(AIMED.get(endpoint, _ANYWHERE)), min_size=1, max_size=3)


def _one_of(names: tuple[str, ...]) -> st.SearchStrategy[Attack]:
    def chosen(numbers: tuple[int, int]) -> Attack:
        thing, name = divmod(numbers[0], len(names))
        return Attack(names[name], numbers[1], thing)

    return st.tuples(st.integers(0, _EVENLY), st.integers(0, 1 << 16)).map(chosen)


#: Nothing of which may make a request any worse.
harmless = st.lists(_one_of(tuple(HARMLESS)), min_size=1, max_size=3)
#: A value that nobody thought of, in the place of any.
any_value = st.builds(
    Attack,
    st.sampled_from(["value", "added", "any_header"]),
    st.integers(0, 100),
    st.just(0),
    st.text(min_size=1, max_size=20),
).map(lambda attack: [attack])


def volley(chosen: list[Attack], shots: int) -> list[list[Attack]]:
    """The same attacks at other places and with other things: more requests for what was drawn."""
    return [
        [a._replace(place=a.place + 7 * shot, thing=a.thing + 11 * shot) for a in chosen]
        for shot in range(shots)
    ]


#: What is as long as this is not made longer.
LONG = 150_000


def attacked(request: Request, chosen: list[Attack], things: dict[str, str]) -> Request:
    """The request after everything was done to it, in order."""
    for attack in chosen:
        change = HOSTILE.get(attack.name) or HARMLESS[attack.name]
        if _length(request) < LONG:
            request = change(request, attack, things)
    return request


def _length(request: Request) -> int:
    fields = sum(len(name) + len(value) for name, value in request.headers)
    return len(request.url) + len(request.body) + fields
