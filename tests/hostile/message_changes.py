"""What is done to method, target, body, header fields and tokens, and what changes nothing."""

from __future__ import annotations

from oauth_model.messages import FORM, JSON, Request
from tests.hostile import texts
from tests.hostile.attack import Attack, pick
from tests.hostile.forgeries import FORGERIES
from tests.hostile.hand import (
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


def body(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another body, under the name of this one or of another."""
    named = pick((FORM, JSON, *headers(request, "Content-Type")), attack.place)
    return with_header(request, "Content-Type", named)._replace(
        body=pick(texts.BODIES, attack.thing)
    )


def elsewhere(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters of the body in the query, or the other way round."""
    path, text = request.url.partition("?")[0], raw(request)
    if in_body(request):
        return request._replace(url=f"{path}?{text}", body="")
    return with_header(request._replace(url=path, body=text), "Content-Type", FORM)


def method(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another method."""
    return request._replace(method=pick(texts.METHODS, attack.thing))


def path(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another path."""
    target, mark, query = request.url.partition("?")
    return request._replace(url=f"{target}{pick(texts.PATHS, attack.thing)}{mark}{query}")


def content_type(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another content type, two of them, or none."""
    new, old = pick(texts.TYPES, attack.thing), headers(request, "Content-Type")
    chosen = ([new], [new, *old], [])[attack.place % 3]
    return with_header(request, "Content-Type", *chosen)


def authorization(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another Authorization field, two of them, or none."""
    new, old = pick(texts.AUTHORIZATIONS, attack.thing), headers(request, "Authorization")
    chosen = ([new], [*old, new], [], [*old, *old, *old])[attack.place % 4]
    return with_header(request, "Authorization", *chosen)


def identified(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Credentials of somebody else, in the header field or beside it."""
    known = [value for name, value in things.items() if name.startswith("basic.")]
    old = headers(request, "Authorization")
    chosen = pick(known, attack.thing)
    return with_header(
        request, "Authorization", *((chosen,) if attack.place % 3 else (*old, chosen))
    )


def scheme(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The token under another scheme."""
    schemes = ("Basic", "DPoP", "Bearer", "MAC", "GNAP", "Bearer Bearer", "")
    old = [value.partition(" ")[2] for value in headers(request, "Authorization")]
    new = [f"{pick(schemes, attack.thing)} {rest}" for rest in old or ["x"]]
    return with_header(request, "Authorization", *new)


def proof(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A DPoP field too many, another, or none."""
    known = [value for name, value in things.items() if name.startswith(("proof", "at."))]
    old, new = headers(request, "DPoP"), pick([*known, *texts.VALUES], attack.thing)
    chosen = ([new], [*old, new], [], [*old, *old])[attack.place % 4]
    return with_header(request, "DPoP", *chosen)


def certificate(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """Another certificate of the connection."""
    return request._replace(certificate=pick(texts.CERTIFICATES, attack.thing))


def any_header(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A field that is known elsewhere, with any value."""
    names = ("Cookie", "Host", "X-Forwarded-Host", "Accept-Txn-Challenge", "Content-Length", "é")
    new = attack.text or pick(texts.VALUES, attack.thing)
    return request._replace(headers=(*request.headers, (pick(names, attack.place), new)))


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
    return substituted(request, pick(old, attack.place), pick(list(things.values()), attack.thing))


def forged(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """A forgery in the place of what is shown."""
    old = _shown(request, things)
    if not old:
        return request
    chosen = pick(old, attack.place)
    forge = FORGERIES[pick(list(FORGERIES), attack.thing)]
    return substituted(request, chosen, forge(chosen, attack.place))


def reordered(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """The parameters in another order."""
    pieces = parts(request)
    at = attack.place % max(len(pieces), 1)
    return with_parts(request, [*pieces[at:], *pieces[:at]]) if pieces else request


def unknown(request: Request, attack: Attack, things: dict[str, str]) -> Request:
    """One more parameter that nobody knows (RFC 6749 3.1, 3.2: ignored)."""
    one_more = pair(f"x-{len(parts(request))}", pick(texts.VALUES, attack.thing))
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
    field = (f"X-Unknown-{attack.place}", pick(texts.VALUES, attack.thing))
    return request._replace(headers=(*request.headers, field))
