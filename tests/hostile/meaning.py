"""Whether a changed request still says what its seed says, and so may succeed.

Rule: what counts is written down per seed, from the specifications and not from the code: the
parameters of the endpoint, how the client authenticates, the proof. All else is ignored there
(RFC 6749 3.1, 3.2), so it may change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oauth_model.messages import Request
from tests.hostile.askers import asks_about_its_own
from tests.hostile.forgeries import own_proof
from tests.hostile.hand import credentials, headers, in_body, shows, substituted, with_header
from tests.hostile.residents import CLIENTS, OWN, SERVERS
from tests.hostile.seed import SECRETS, Seed
from tests.oauth_model.parties import ISSUER


def still_valid(seed: Seed, request: Request, things: dict[str, str]) -> bool:
    """Whether all that counts in the request is as in the seed."""
    place, path = urlsplit(seed.request.url), urlsplit(request.url)
    if (place.netloc, place.path) != (path.netloc, path.path):
        return False
    if (request.method, path.path) == ("OPTIONS", "/tx"):  # discovery (RFC 9635 9)
        return True
    if request.method != seed.request.method and not _other_method(seed, request):
        return False
    meant = _meaning(seed, seed.request._replace(method=request.method))
    if any(_meaning(seed, one) == meant for one in _same(seed, request, things)):
        return True
    if seed.endpoint == "introspect":
        return asks_about_its_own(request, things)
    return _client_credentials(seed, request)


def _same(seed: Seed, request: Request, things: dict[str, str]) -> Iterator[Request]:
    """The request, also with what it shows changed into what the seed shows."""
    assertion = dict(parse_qsl(_parameters(seed.request))).get("client_assertion")
    if assertion:  # the client has another one that is as fresh
        request = substituted(request, things["assertion.keyed"], assertion)
    yield request
    sent = headers(request, "DPoP")
    if seed.endpoint == "token" and len(sent) == 1:
        known = [things["proof.token"], things["proof.thief"]]
        if seed.name == "token refresh bound":  # the key counts, and that is the same
            request = substituted(request, known[0], headers(seed.request, "DPoP")[0])
            yield request
        elif sent[0] in known or own_proof(sent[0], [*known, *headers(seed.request, "DPoP")]):
            yield with_header(request, "DPoP", *headers(seed.request, "DPoP"))
    good = [things[name] for name in seed.also if name in things]
    shown = [text for text in good if shows(seed.request, text)]
    if "client_id" in dict(parse_qsl(_parameters(request))):  # then who it is cannot change
        good = [text for text in good if not text.startswith("Basic ")]
    bound = [things[name] for name in CERTIFICATE_BOUND]
    for old in (text for text in good if shows(request, text)):
        if old not in bound:  # then it is nobody's certificate that counts
            request = request._replace(certificate=seed.request.certificate)
        yield from (substituted(request, old, new) for new in shown)


CERTIFICATE_BOUND = ("at.email.mtls", "at.email.certified")


def _other_method(seed: Seed, request: Request) -> bool:
    """GET and POST do the same where both are known; DELETE needs only the token in GNAP."""
    if seed.endpoint in ("authorize", "userinfo"):
        return request.method in ("GET", "POST")
    return seed.name in DELETABLE and request.method == "DELETE"


DELETABLE = ("gnap modify", "gnap resume", "gnap rotate")


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
    **dict.fromkeys(("introspect", "revoke"), ("Authorization",)),
    **dict.fromkeys(("par", "token", "userinfo", "rs"), ("Authorization", "DPoP")),
}


def _meaning(seed: Seed, request: Request) -> dict[str, Any]:
    """What counts in a request, in a form in which two that say the same are equal."""
    meaning: dict[str, Any] = {
        name: [credentials(value) for value in headers(request, name)]
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
    if seed.endpoint == "gnap":
        return meaning | _negotiated(seed, request)
    if seed.counts is None:
        return meaning | {"body": _json(request.body)}
    ignored = in_body(request) and not request.is_form()
    text = "" if ignored else _parameters(request)
    pairs = [pair for pair in parse_qsl(text, keep_blank_values=True) if pair[1]]
    wanted = dict(parse_qsl(_parameters(seed.request), keep_blank_values=True))
    if seed.endpoint in ("authorize", "par") and "single" not in seed.name:
        wanted["scope"] = " ".join(OWN.scopes)  # whatever the client may ask for
    given = {name: [value for key, value in pairs if key == name] for name in seed.counts}
    said = {n: _once(n, v) for n, v in given.items() if v and not _as_wanted(seed, n, v, wanted)}
    public = seed.name.endswith(PUBLIC_CLIENTS)
    if seed.endpoint == "authorize" and (given.get("client_id") or [""])[0] in KNOWN:
        public = KNOWN[given["client_id"][0]]  # nobody authenticates here: whoever it says
        said["client_id"] = [f"one of {len(given['client_id'])}"]
    if "code_challenge" in seed.counts and _challenged([given[name] for name in PKCE], public):
        said = {name: value for name, value in said.items() if name not in PKCE}
    return meaning | said


def _negotiated(seed: Seed, request: Request) -> dict[str, Any]:
    """What counts of a GNAP request; who may have which rights, the grant says (RFC 9635 3.2.2)."""
    body, name = _json(request.body), seed.name.partition(" ")[2]
    if name == "discovery":
        return {"Authorization": []}
    if name in ("interact", "rotate", "revoke"):
        query = urlsplit(request.url).query
        grant = [value for key, value in parse_qsl(query) if key == "grant"]
        return {"at": grant, "Authorization": []} if name == "interact" else {"at": request.url}
    if name in ("cancel", "modify") or request.method == "DELETE":
        return {}
    interact = body.get("interact", {}) if name == "tx" else {}
    return {
        "client": body.get("client"),
        "interact_ref": body.get("interact_ref"),
        "finish": [interact.get("finish", {}).get(member) for member in ("method", "uri")],
    }


IDENTIFIERS = {*(server.identifier for server in SERVERS), f"{ISSUER}/userinfo"}
CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
#: Client → whether it is public, of those that may ask for a code.
KNOWN = {client.client_id: client.public for client in CLIENTS if client.grant_types}
PKCE = ("code_challenge", "code_challenge_method")
PUBLIC_CLIENTS = ("app", "bound", "public")


def _challenged(pkce: list[list[str]], public: bool) -> bool:
    """A challenge of the client's choice (RFC 7636 4.2), or none (RFC 9700 2.1.1: confidential)."""
    challenge, method = pkce
    if not (challenge or method or public):
        return True
    return len(challenge) == 1 and bool(CHALLENGE.fullmatch(challenge[0])) and method == ["S256"]


def _once(name: str, values: list[str]) -> list[Any]:
    """What may be repeated says the same when it is said once (RFC 8707 2), JSON however spaced."""
    if name == "authorization_details":
        return [_json(value) for value in values]
    return list(dict.fromkeys(values)) if name in ("resource", "audience") else values


def _as_wanted(seed: Seed, name: str, given: list[str], wanted: dict[str, str]) -> bool:
    """Whether it does not matter that this stands there."""
    if name in ("scope", "scope.1") and len(given) == 1 and _within(given[0], wanted.get(name, "")):
        return True
    if seed.endpoint in ("authorize", "par") and name in ("resource", "audience"):
        return IDENTIFIERS.issuperset(given)  # whichever the client likes
    return name in seed.optional and _once(name, given) == _once(name, [wanted.get(name, "")])


def _parameters(request: Request) -> str:
    return request.body if in_body(request) else urlsplit(request.url).query


def _within(scope: str, whole: str) -> bool:
    return bool(scope.split(" ")) and set(filter(None, scope.split(" "))) <= set(whole.split(" "))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
