"""What may be answered to a request that is not good, and what is then wrong with an answer.

`ALLOWED`: endpoint → status → the registered error codes that it may carry ("" for none). The rules:
no exception; a registered error under its status; nobody else's secrets; nothing left behind; and
success only for a request that still says what its seed says (`still_valid`).
"""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from oauth_model.messages import Request, Response
from tests.hostile.hand import headers, in_body, shows, substituted, with_header
from tests.hostile.residents import CALLS, STRONG
from tests.hostile.seeds import SECRETS, Seed
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
#: RFC 9126 2.3: those of RFC 6749 4.1.2.1 and 5.2, but none that needs the resource owner.
PAR: Codes = {
    400: {
        *("invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope"),
        *("invalid_target", "invalid_authorization_details"),
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
    },
    403: {"insufficient_scope"},
}
#: Pages for persons: no protocol reads them. 202 tells nobody whether an address is known.
PAGES: Codes = {200: {""}, 202: {""}, 400: {""}, 403: {""}, 405: {""}, 410: {""}}
OPEN: Codes = {}
NOWHERE: Codes = {404: {""}, 405: {""}}

_METADATA = (
    "/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
)
#: Party → path → methods and what may be answered there.
PLACES: dict[str, dict[str, tuple[tuple[str, ...], Codes]]] = {
    "as": {
        "/authorize": (("GET",), AUTHORIZE),
        "/par": (("POST",), PAR),
        "/token": (("POST",), TOKEN),
        "/introspect": (("POST",), INTROSPECT),
        "/revoke": (("POST",), REVOKE),
        "/userinfo": (("GET", "POST"), RESOURCE),
        **{path: (("GET",), OPEN) for path in _METADATA},
    },
    **dict.fromkeys(
        ("on_click", "explicit"),
        {"/action": (("GET", "HEAD", "POST"), PAGES), "/links": (("POST",), PAGES)},
    ),
}
_RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
#: RFC 6749 5.2: %x20-21 / %x23-5B / %x5D-7E.
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5B\x5D-\x7E]*")
_ATTRIBUTE = r'[a-z_]+="[\x20\x21\x23-\x5B\x5D-\x7E]*"'
CHALLENGE = re.compile(rf"(Bearer|DPoP|Basic) {_ATTRIBUTE}(, {_ATTRIBUTE})*")
FIELD = re.compile(r"[\x20-\x7E]*")


class Exchange(NamedTuple):
    """One request and what came of it; `answer` is an exception when there was no answer."""

    seed: Seed
    request: Request
    answer: Response | Exception
    happened: tuple[str, ...]
    before: bytes
    after: bytes
    unreachable: bool = False


class Judge:
    """Judges exchanges with a house in which these `things` were issued."""

    def __init__(self, things: dict[str, str]) -> None:
        self.things = things
        self.secrets = {text for text in things.values() if len(text) > 4} | {"robins-browser"}

    def complaints(self, exchange: Exchange) -> list[str]:
        """All that is wrong; empty when nothing is."""
        if isinstance(exchange.answer, Exception):
            return [f"it raised {exchange.answer!r}"]
        return [*self._any_answer(exchange, exchange.answer), *self._outcome(exchange)]

    def succeeded(self, exchange: Exchange) -> bool:
        """Whether the request got what it asked for."""
        answer = exchange.answer
        if isinstance(answer, Exception):
            return False
        if exchange.happened or answer.status in (201, 204):
            return True
        return answer.status == 200 and not _says_nothing(exchange, answer)

    def _outcome(self, exchange: Exchange) -> Iterator[str]:
        left = changes(exchange.before, exchange.after)
        if self.succeeded(exchange):
            if not self.still_valid(exchange.seed, exchange.request):
                yield f"it succeeded: {exchange.happened or exchange.answer}"
            return
        assert isinstance(exchange.answer, Response)
        yield from _refusal(exchange, exchange.answer)
        used_up = _may_be_used_up(exchange.answer)
        yield from (f"it left {path} behind" for path in left if not used_up.fullmatch(path))
        if exchange.seed.endpoint == "revoke" and _revoked(left):
            yield "it revoked and refused"

    def _any_answer(self, exchange: Exchange, answer: Response) -> Iterator[str]:
        said = "\n".join((*(f"{n}: {v}" for n, v in answer.headers), answer.body))
        for name, value in answer.headers:
            if not (FIELD.fullmatch(value) and FIELD.fullmatch(name)):
                yield f"the field {name} has characters that no field has"
        told = sorted(text for text in self.secrets if text in said)
        asked = _all_texts(exchange.request) if told else ""
        told = [text for text in told if text not in asked]
        yield from (f"it tells {text!r}" for text in told)
        new_token = {"access_token", "refresh_token"} & answer.json().keys()
        stored = "no-store" not in (answer.header("Cache-Control") or "")
        if (new_token or exchange.seed.name.partition(" ")[0] in ("token", "introspect")) and (
            stored and answer.status not in (404, 405)
        ):
            yield "it may be stored"
        if answer.body.startswith("{") and answer.header("Content-Type") != "application/json":
            yield "its JSON is not called JSON"

    def still_valid(self, seed: Seed, request: Request) -> bool:
        """Whether all that counts in the request is as in the seed."""
        place, path = urlsplit(seed.request.url), urlsplit(request.url)
        if (place.netloc, place.path) != (path.netloc, path.path):
            return False
        if request.method != seed.request.method and not _also(seed, request):
            return False
        return any(
            _meaning(seed, one) == _meaning(seed, seed.request) for one in self._same(seed, request)
        )

    def _same(self, seed: Seed, request: Request) -> Iterator[Request]:
        """The request, also with what it shows changed into what the seed shows."""
        yield request
        if seed.endpoint == "token" and not headers(seed.request, "DPoP"):  # a proof more binds
            proofs = [self.things["proof.token"], self.things["proof.thief"]]
            if headers(request, "DPoP") in [[proof] for proof in proofs]:
                yield with_header(request, "DPoP")
        good = [self.things[name] for name in seed.also if name in self.things]
        shown = [text for text in good if shows(seed.request, text)]
        for old in (text for text in good if shown and shows(request, text)):
            yield substituted(request, old, shown[0])


def _also(seed: Seed, request: Request) -> bool:
    """GET and POST do the same at userinfo."""
    return seed.endpoint == "userinfo" and request.method in ("GET", "POST")


def _client_credentials(seed: Seed, request: Request) -> bool:
    """Whether a confidential client changed its mind, and acts for itself."""
    if seed.endpoint != "token" or seed.name.endswith(PUBLIC_CLIENTS):
        return False
    who = seed._replace(counts=SECRETS)
    granted = [value for name, value in parse_qsl(request.body) if name == "grant_type"]
    same = _meaning(who, request) == _meaning(who, seed.request)
    return granted == ["client_credentials"] and same


#: Endpoint → the header fields that count there.
_FIELDS = {
    **dict.fromkeys(("par", "introspect", "revoke"), ("Authorization",)),
    **dict.fromkeys(("token", "userinfo", "rs"), ("Authorization", "DPoP")),
}


def _meaning(seed: Seed, request: Request) -> dict[str, Any]:
    """What counts in a request, in a form in which two that say the same are equal."""
    meaning: dict[str, Any] = {
        name: [_credentials(value) for value in headers(request, name)]
        for name in _FIELDS.get(seed.endpoint, ())
    }
    if seed.endpoint in ("userinfo", "rs") and not headers(seed.request, "DPoP"):
        del meaning["DPoP"]  # a bearer token needs none
    if seed.name.endswith("mtls"):
        meaning["certificate"] = request.certificate
    if seed.name.endswith("certified"):  # any: what is issued is bound to it
        meaning["certificate"] = bool(request.certificate)
    if seed.name == "action invitation":
        meaning["Cookie"] = headers(request, "Cookie")[:1]
    if seed.counts is None:
        return meaning | {"body": _json(request.body)}
    ignored = in_body(request) and not request.is_form()
    text = "" if ignored else _parameters(request)
    pairs = [pair for pair in parse_qsl(text, keep_blank_values=True) if pair[1]]
    wanted = dict(parse_qsl(_parameters(seed.request), keep_blank_values=True))
    given = {name: [value for key, value in pairs if key == name] for name in seed.counts}
    said = {n: _once(n, v) for n, v in given.items() if v and not _as_wanted(seed, n, v, wanted)}
    if "code_challenge" in seed.counts and not seed.name.endswith(PUBLIC_CLIENTS):
        both = [given[name] for name in PKCE]
        if both in ([[], []], [[wanted[name]] for name in PKCE]):  # RFC 9700 2.1.1: recommended
            said = {name: value for name, value in said.items() if name not in PKCE}
    return meaning | said


PKCE = ("code_challenge", "code_challenge_method")
PUBLIC_CLIENTS = ("app", "bound", "public")


def _once(name: str, values: list[str]) -> list[str]:
    """What may be repeated says the same as when it is said once (RFC 8707 2)."""
    return list(dict.fromkeys(values)) if name in ("resource", "audience") else values


def _as_wanted(seed: Seed, name: str, given: list[str], wanted: dict[str, str]) -> bool:
    """Whether it does not matter that this stands there."""
    if name == "scope" and len(given) == 1 and _within(given[0], wanted.get("scope", "")):
        return True
    return name in seed.optional and _once(name, given) == [wanted.get(name)]


def _parameters(request: Request) -> str:
    return request.body if in_body(request) else urlsplit(request.url).query


def _within(scope: str, whole: str) -> bool:
    return bool(scope.split(" ")) and set(filter(None, scope.split(" "))) <= set(whole.split(" "))


def _credentials(field: str) -> tuple[str, str]:
    scheme, _, rest = field.partition(" ")
    return scheme.lower(), rest.strip(" ")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _all_texts(request: Request) -> str:
    """Everything in the request, also as it is when decoded."""
    fields = "\n".join(value for _, value in request.headers)
    texts = f"{request.url}\n{fields}\n{request.body}"
    return f"{texts}\n{unquote_plus(texts)}"


def _says_nothing(exchange: Exchange, answer: Response) -> bool:
    """A 200 that grants nothing: not active, nothing revoked, a page."""
    if answer.header("Content-Type") == "application/json":
        return answer.json() == {"active": False}
    if exchange.seed.endpoint == "action":
        return exchange.seed.party != "explicit" or "<form" not in answer.body
    return not _revoked(changes(exchange.before, exchange.after))


def _revoked(paths: list[str]) -> bool:
    return any(path.endswith(".revoked") for path in paths)


def place_of(seed: Seed, request: Request) -> Codes:
    """What may be answered at the place where this request goes."""
    path = urlsplit(request.url).path
    if seed.party in PLACES:
        methods, codes = PLACES[seed.party].get(path, ((), NOWHERE))
        return codes if request.method in methods else NOWHERE
    if (request.method, path) == ("GET", _RESOURCE_METADATA):
        return OPEN
    known = f"{request.method} {path}" in (CALLS[seed.party], STRONG)
    return RESOURCE if known else RESOURCE | {404: {""}}


def _refusal(exchange: Exchange, answer: Response) -> Iterator[str]:
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
    described = answer.json().get("error_description", "")
    if not DESCRIPTION.fullmatch(described):
        yield f"the description is {described!r}"


def _error_of(answer: Response, codes: Codes) -> str:
    if codes is AUTHORIZE:
        query = urlsplit(answer.header("Location") or "").query
        return dict(parse_qsl(query)).get("error", "")
    if codes is RESOURCE or (codes is not TOKEN and answer.header("WWW-Authenticate")):
        found = re.search(r' error="([^"]*)"', answer.header("WWW-Authenticate") or "")
        if found or not answer.body:
            return found[1] if found else ""
    return str(answer.json().get("error", ""))


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


def _may_be_used_up(answer: Response) -> re.Pattern[str]:
    """What a refused request may leave: what its sender showed is used, and replays revoke.

    A client assertion and a proof are used up once it is known whose they are (RFC 7523 3, RFC 9449
    11.1); a code or refresh token that comes again makes its grant a tombstone (RFC 6749 4.1.2).
    """
    shown = r"stores\.\w+\.records\.\('(client_assertion|dpop_proof)',.*"
    tombstone = r".*\.grant\.revoked"
    if "invalid_client" in answer.body:
        shown = r"stores\.\w+\.records\.\('client_assertion',.*"
    return re.compile(f"{shown}|{tombstone}" if "invalid_grant" in answer.body else shown)


#: Not state: how many names were given, and what follows from the records of a store.
_DERIVED = re.compile(r"counts\..*|stores\.\w+\.(_expiries|peak_entries|_last_lease).*")


_opened = lru_cache(maxsize=32)(pickle.loads)


@lru_cache(maxsize=8)
def changes(before: bytes, after: bytes) -> list[str]:
    """The places where something is different, and which are state."""
    if before == after:
        return []
    old, new = _opened(before), _opened(after)
    different = {path for cell in old if old[cell] != new[cell] for path in _apart(cell, old, new)}
    return sorted(path for path in different if not _DERIVED.fullmatch(path))


def _apart(cell: str, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    before, after = (dict(leaves(state[cell], cell)) for state in (old, new))
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text, number and the like in a value, by the path that leads there."""
    if isinstance(value, dict):
        inside = [(repr(tuple(k)) if isinstance(k, tuple) else str(k), v) for k, v in value.items()]
    elif isinstance(value, set | frozenset):
        inside = [(repr(one), True) for one in value]
    elif isinstance(value, list | tuple):
        inside = [(str(n), one) for n, one in enumerate(value)]
    elif hasattr(value, "__slots__") and not isinstance(value, str | int | float | bytes):
        inside = [(n, getattr(value, n)) for n in value.__slots__ if hasattr(value, n)]
    elif type(value).__module__.startswith("oauth_model") and hasattr(value, "__dict__"):
        inside = list(vars(value).items())
    else:
        yield path, repr(value)
        return
    if not inside:
        yield path, "empty"
    for name, one in inside:
        yield from leaves(one, f"{path}.{name}" if path else name)
