"""What may be answered to a request that is refused, endpoint by endpoint.

`Codes`: status → the registered error codes that may stand there ("" for none), with the clause.
`refusal_complaints` also looks at the form: who is redirected where, how a challenge is written,
which characters a description has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from oauth_model.gnap.errors import CODES
from oauth_model.messages import Request, Response
from tests.hostile.exchange import Exchange
from tests.hostile.residents import CALLS, STRONG
from tests.hostile.seed import Seed
from tests.oauth_model.parties import CALLBACK, ISSUER

Codes = dict[int, set[str]]

#: RFC 6749 5.2, RFC 8707 2, RFC 9396 5, RFC 9449 5 and 8.
TOKEN: Codes = {
    400: {
        *("invalid_request", "invalid_grant", "invalid_scope", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_target", "invalid_authorization_details"),
        *("invalid_dpop_proof", "use_dpop_nonce"),
    },
    401: {"invalid_client"},
}
#: RFC 9126 2.3: those of RFC 6749 4.1.2.1 and 5.2, but none that needs the resource owner; RFC 9449
#: 10.1.
PAR: Codes = {
    400: {
        *("invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"),
        *("invalid_target", "invalid_authorization_details"),
        *("invalid_dpop_proof", "use_dpop_nonce"),
    },
    401: {"invalid_client"},
}
#: RFC 6749 4.1.2.1: to the user, or (302) to the client.
AUTHORIZE: Codes = {
    400: {""},
    302: {
        *("invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type"),
        *(
            "invalid_scope",
            "invalid_target",
            "invalid_authorization_details",
            "invalid_request_uri",
        ),
    },
}
#: RFC 7662 2.2, 2.3: what is not good is not active, which is no error.
INTROSPECT: Codes = {200: {""}, 400: {"invalid_request"}, 401: {"invalid_client"}}
#: RFC 7009 2.2, 2.2.1: an unknown token is as dead as it should be.
REVOKE: Codes = {
    200: {""},
    400: {"invalid_request", "invalid_grant", "unsupported_token_type"},
    401: {"invalid_client"},
}
#: RFC 6750 3.1, RFC 9449 7.1 and 9, RFC 9470 3.
RESOURCE: Codes = {
    400: {"invalid_request"},
    401: {
        *("", "invalid_token", "invalid_dpop_proof", "use_dpop_nonce"),
        "insufficient_user_authentication",
        "insufficient_authorization",
    },
    403: {"insufficient_scope"},
}
#: Where it is only told to whom it may be told (404 comes after the token).
UNKNOWN_OPERATION: Codes = RESOURCE | {404: {""}}
#: RFC 9635 3.6; the statuses are ours. A page (400) for a user whom the URI leads nowhere.
GNAP: Codes = {
    400: {*CODES, "use_dpop_nonce", ""} - {"invalid_client"},
    401: {"invalid_client"},
}
#: RFC 8935 2.3, 2.4.
EVENT: Codes = {400: {"invalid_request"}}
#: Pages for persons: no protocol reads them. 202 tells nobody whether an address is known.
PAGES: Codes = {200: {""}, 202: {""}, 400: {""}, 403: {""}, 405: {""}, 410: {""}}
OPEN: Codes = {}
NOWHERE: Codes = {404: {""}, 405: {""}}

_PAGES = {"/action": (("GET", "HEAD", "POST"), PAGES), "/links": (("POST",), PAGES)}
_METADATA = (
    "/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
)
#: Party → path → methods and what may be answered there.
PLACES: dict[str, dict[str, tuple[tuple[str, ...], Codes]]] = {
    "as": {
        "/authorize": (("GET", "POST"), AUTHORIZE),
        "/par": (("POST",), PAR),
        "/token": (("POST",), TOKEN),
        "/introspect": (("POST",), INTROSPECT),
        "/revoke": (("POST",), REVOKE),
        "/userinfo": (("GET", "POST"), RESOURCE),
        **dict.fromkeys(_METADATA, (("GET",), OPEN)),
        "/tx": (("POST", "OPTIONS"), GNAP),
        "/interact": (("GET",), GNAP),
        "/continue": (("POST", "PATCH", "DELETE"), GNAP),
        "/manage": (("POST", "DELETE"), GNAP),
    },
    "on_click": _PAGES,
    "explicit": _PAGES,
}
_RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
#: RFC 6749 5.2: %x20-21 / %x23-5B / %x5D-7E.
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]*")
_ATTRIBUTE = r'[a-z_]+="[\x20\x21\x23-\x5B\x5D-\x7E]*"'
CHALLENGE = re.compile(rf"(Bearer|DPoP|Basic) {_ATTRIBUTE}(, {_ATTRIBUTE})*")


def place_of(seed: Seed, request: Request) -> Codes:
    """What may be answered at the place where this request goes."""
    path = urlsplit(request.url).path
    if seed.party in PLACES:
        methods, codes = PLACES[seed.party].get(path, ((), NOWHERE))
        return codes if request.method in methods else NOWHERE
    if (request.method, path) == ("GET", _RESOURCE_METADATA):
        return OPEN
    if (request.method, path) == ("POST", "/revoked"):
        return EVENT
    known = f"{request.method} {path}" in (CALLS[seed.party], STRONG)
    return RESOURCE if known else UNKNOWN_OPERATION


def refusal_complaints(exchange: Exchange, answer: Response) -> Iterator[str]:
    if answer.status == 503 and exchange.unreachable:
        return
    codes = place_of(exchange.seed, exchange.request)
    if answer.status not in codes:
        yield f"it answered {answer.status} {answer.body[:100]!r}"
        return
    shape = {302: _redirect, 401: _challenge, 403: _challenge, 405: _not_allowed}.get(answer.status)
    said = _error_of(answer, codes)
    if said not in codes[answer.status]:
        yield f"it answered {answer.status} with {said!r}"
    if shape is not None:
        yield from shape(exchange, answer)
    described = str(answer.json().get("error_description", ""))
    if not DESCRIPTION.fullmatch(described):
        yield f"the description is {described!r}"


def _error_of(answer: Response, codes: Codes) -> str:
    if codes is AUTHORIZE:
        query = urlsplit(answer.header("Location") or "").query
        return dict(parse_qsl(query)).get("error", "")
    if codes in (RESOURCE, UNKNOWN_OPERATION):
        found = re.search(r' error="([^"]*)"', answer.header("WWW-Authenticate") or "")
        return found[1] if found else ""
    members = answer.json()
    said = members.get("err", members.get("error", ""))
    return str(said["code"] if isinstance(said, dict) else said)


def _redirect(exchange: Exchange, answer: Response) -> Iterator[str]:
    """Only to the client, with `iss` and the state of the request (RFC 9207 2)."""
    target, _, query = (answer.header("Location") or "").partition("?")
    said = dict(parse_qsl(query, keep_blank_values=True))
    if target != CALLBACK:
        yield f"it redirects to {target}"
    if said.get("iss") != ISSUER:
        yield "it does not say who redirects"
    if not DESCRIPTION.fullmatch(said.get("error_description", "")):
        yield f"the description is {said['error_description']!r}"


def _challenge(exchange: Exchange, answer: Response) -> Iterator[str]:
    challenges = headers_of(answer, "WWW-Authenticate")
    if not challenges and exchange.seed.party in ("on_click", "explicit"):
        return
    if not challenges:
        yield "it does not challenge"
    for each in challenges:
        if not CHALLENGE.fullmatch(each):
            yield f"the challenge is {each!r}"
        names = re.findall(r"([a-z_]+)=\"", each)
        if len(set(names)) != len(names):
            yield f"an attribute comes twice in {each!r}"


def headers_of(answer: Response, name: str) -> list[str]:
    """All values of a header field of an answer."""
    return [value for key, value in answer.headers if key.lower() == name.lower()]


def _not_allowed(exchange: Exchange, answer: Response) -> Iterator[str]:
    if not answer.header("Allow"):
        yield "it does not say what is allowed (RFC 9110 15.5.6)"
