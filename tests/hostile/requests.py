"""Hostile requests: a valid one, and one to three things done to it.

`HOSTILE` is what may make a request bad, `HARMLESS` what never does. Each is a function of the
request and two numbers, which choose the place and the thing, so that Hypothesis has little to draw
and much to shrink. Whether a change left the request valid after all, the oracle finds out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st

from oauth_model.messages import FORM, JSON, Request
from tests.hostile import texts
from tests.hostile.forgeries import FORGERIES
from tests.hostile.hand import (
    Part,
    encoded,
    headers,
    in_body,
    pair,
    parts,
    raw,
    shows,
    substituted,
    with_header,
    with_parts,
    with_raw,
)


class Attack(NamedTuple):
    """What is done to a request: its name, where (`place`), with what (`thing`)."""

    name: str
    place: int
    thing: int
    text: str = ""


#: A request, the numbers of an attack, and what there is in the house: name → value.
Change = Callable[[Request, Attack, dict[str, str]], Request]


def _pick(choices, number: int):
    return choices[number % len(choices)]


# --- parameters -----------------------------------------------------------------------------------


def _edit(request: Request, attack: Attack, *new: Part) -> Request:
    """Put these in the place of one parameter."""
    pieces = parts(request)
    at = attack.place % max(len(pieces), 1)
    return with_parts(request, [*pieces[:at], *new, *pieces[at + 1 :]])


def _chosen(request: Request, attack: Attack) -> Part:
    return _pick(parts(request) or [Part("", "", "")], attack.place)


def value(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another value, encoded."""
    chosen = _chosen(request, attack)
    new = attack.text or _pick(texts.VALUES, attack.thing)
    return _edit(request, attack, Part(chosen.name, "=", encoded(new)))


def raw_value(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A value that is not encoded, after the good one or in its place."""
    chosen, new = _chosen(request, attack), _pick(texts.RAW, attack.thing)
    kept = chosen.value if attack.thing % 2 else ""
    return _edit(request, attack, Part(chosen.name, "=", kept + new))


def foreign_value(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Something that was issued, as the value of any parameter."""
    chosen, new = _chosen(request, attack), _pick(list(things.values()), attack.thing)
    return _edit(request, attack, Part(chosen.name, "=", encoded(new)))


def dropped(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A parameter is missing."""
    return _edit(request, attack)


def emptied(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A parameter without a value, which counts as omitted (RFC 6749 3.1)."""
    return _edit(request, attack, Part(_chosen(request, attack).name, "=" * (attack.thing % 2), ""))


def repeated(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A parameter comes twice, or thousands of times; the same or another."""
    chosen = _chosen(request, attack)
    other = Part(chosen.name, "=", encoded(_pick(texts.VALUES, attack.thing)))
    again = [chosen] if attack.thing % 3 else [other]
    return with_parts(request, [*parts(request), *again * (1 if attack.thing % 7 else 2000)])


def renamed(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The value under another name."""
    chosen = _chosen(request, attack)
    name = encoded(_pick((chosen.name.upper(), *texts.NAMES), attack.thing))
    return _edit(request, attack, Part(name, "=", chosen.value))


def added(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """One more parameter, known elsewhere or nowhere."""
    name = _pick(texts.NAMES, attack.place)
    new = attack.text or _pick(texts.VALUES, attack.thing)
    return with_parts(request, [*parts(request), pair(name, new)])


def flooded(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Thousands of parameters around the good ones."""
    many = [pair(f"p{n}", "v") for n in range(3000)]
    return with_parts(request, [*many, *parts(request)])


def glued(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters as a text with something in it that breaks it."""
    text, new = raw(request), _pick(texts.RAW, attack.thing)
    at = attack.place % (len(text) + 1)
    return with_raw(request, text[:at] + new + text[at:])


def cut(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters end early."""
    text = raw(request)
    return with_raw(request, text[: attack.place % (len(text) + 1)])


# --- body, method, target -------------------------------------------------------------------------


def body(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another body, under the name of this one or of another."""
    named = _pick((FORM, JSON, *headers(request, "Content-Type")), attack.place)
    return with_header(request, "Content-Type", named)._replace(
        body=_pick(texts.BODIES, attack.thing)
    )


def elsewhere(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters of the body in the query, or the other way round."""
    path, text = request.url.partition("?")[0], raw(request)
    if in_body(request):
        return request._replace(url=f"{path}?{text}", body="")
    return with_header(request._replace(url=path, body=text), "Content-Type", FORM)


def method(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another method."""
    return request._replace(method=_pick(texts.METHODS, attack.thing))


def path(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another path."""
    target, mark, query = request.url.partition("?")
    return request._replace(url=f"{target}{_pick(texts.PATHS, attack.thing)}{mark}{query}")


# --- header fields --------------------------------------------------------------------------------


def content_type(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another content type, two of them, or none."""
    new, old = _pick(texts.TYPES, attack.thing), headers(request, "Content-Type")
    chosen = ([new], [new, *old], [])[attack.place % 3]
    return with_header(request, "Content-Type", *chosen)


def authorization(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another Authorization field, two of them, or none."""
    new, old = _pick(texts.AUTHORIZATIONS, attack.thing), headers(request, "Authorization")
    chosen = ([new], [*old, new], [], [*old, *old, *old])[attack.place % 4]
    return with_header(request, "Authorization", *chosen)


def identified(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Credentials of somebody else, in the header field or beside it."""
    known = [value for name, value in things.items() if name.startswith("basic.")]
    old = headers(request, "Authorization")
    chosen = _pick(known, attack.thing)
    return with_header(
        request, "Authorization", *((chosen,) if attack.place % 3 else (*old, chosen))
    )


def scheme(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The token under another scheme."""
    schemes = ("Basic", "DPoP", "Bearer", "MAC", "GNAP", "Bearer Bearer", "")
    old = [value.partition(" ")[2] for value in headers(request, "Authorization")]
    new = [f"{_pick(schemes, attack.thing)} {rest}" for rest in old or ["x"]]
    return with_header(request, "Authorization", *new)


def proof(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A DPoP field too many, another, or none."""
    known = [value for name, value in things.items() if name.startswith(("proof", "at."))]
    old, new = headers(request, "DPoP"), _pick([*known, *texts.VALUES], attack.thing)
    chosen = ([new], [*old, new], [], [*old, *old])[attack.place % 4]
    return with_header(request, "DPoP", *chosen)


def certificate(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another certificate of the connection."""
    return request._replace(certificate=_pick(texts.CERTIFICATES, attack.thing))


def any_header(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A field that is known elsewhere, with any value."""
    names = ("Cookie", "Host", "X-Forwarded-Host", "Accept-Txn-Challenge", "Content-Length", "é")
    new = attack.text or _pick(texts.VALUES, attack.thing)
    return request._replace(headers=(*request.headers, (_pick(names, attack.place), new)))


# --- tokens ---------------------------------------------------------------------------------------


def _shown(request: Request, things: dict[str, str]) -> list[str]:
    """What a request shows of what was issued, the longest first, and its own proof."""
    found = [value for value in things.values() if shows(request, value)]
    proofs = filter(None, headers(request, "DPoP"))
    return sorted({*found, *proofs}, key=lambda text: (-len(text), text))


def crossed(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Something else that was issued in the place of what is shown."""
    old = _shown(request, things)
    if not old:
        return request
    return substituted(
        request, _pick(old, attack.place), _pick(list(things.values()), attack.thing)
    )


def forged(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A forgery in the place of what is shown."""
    old = _shown(request, things)
    if not old:
        return request
    chosen = _pick(old, attack.place)
    forge = FORGERIES[_pick(list(FORGERIES), attack.thing)]
    return substituted(request, chosen, forge(chosen, attack.place))


# --- what changes nothing -------------------------------------------------------------------------


def reordered(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters in another order."""
    pieces = parts(request)
    at = attack.place % max(len(pieces), 1)
    return with_parts(request, [*pieces[at:], *pieces[:at]]) if pieces else request


def unknown(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """One more parameter that nobody knows (RFC 6749 3.1, 3.2: ignored)."""
    one_more = pair(f"x-{attack.place}", _pick(texts.VALUES, attack.thing))
    return with_parts(request, [*parts(request), one_more]) if parts(request) else request


def other_case(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Header field names in upper case, the scheme in lower case."""
    fields = tuple((name.upper(), value) for name, value in request.headers)
    changed = request._replace(headers=fields)
    for sent in headers(request, "Authorization"):
        name, _, rest = sent.partition(" ")
        changed = with_header(changed, "AUTHORIZATION", f"{name.lower()} {rest}")
    return changed


def spelled(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Spaces as %20 in the place of +."""
    return with_raw(request, raw(request).replace("+", "%20")) if parts(request) else request


def told_more(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A header field that nobody knows."""
    field = (f"X-Unknown-{attack.place}", _pick(texts.VALUES, attack.thing))
    return request._replace(headers=(*request.headers, field))


HOSTILE: dict[str, Change] = {
    change.__name__: change
    for change in (
        *(value, raw_value, foreign_value, dropped, emptied, repeated, renamed, added, flooded),
        *(glued, cut, body, elsewhere, method, path, content_type, authorization, identified),
        *(scheme, proof, certificate, any_header, crossed, forged),
    )
}
HARMLESS: dict[str, Change] = {
    change.__name__: change for change in (reordered, unknown, other_case, spelled, told_more)
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
        ("rs", "userinfo"), (*_IN_HEADERS, *_TOKENS, "added", "body", "elsewhere", "any_header")
    ),
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
