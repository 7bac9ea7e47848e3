"""One token: what a resource server must see in the claims before it lets a request in.

Law: what is right is what a server of the laboratory does with such a token. The tokens that have a
name are chosen so that each typical mistake is wrong at one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from oauth_model.acceptance import Acceptance
from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys
from oauth_model.resource_config import ResourceServerConfig
from oauth_model.token_formats import FORMATS
from sim.lessons.exercise import Aim, exercise

Claims = dict[str, Any]


class ResourceServer(NamedTuple):
    """A server: whom it trusts, what it is called in `aud`, how far clocks may be apart."""

    issuer: str
    identifier: str
    leeway_s: float


class Case(NamedTuple):
    """Claims in words, why they are refused ("" when they are not), and what a learner is told."""

    told: str
    claims: Claims
    refusal: str
    why: str


#: Says of claims, a server and its clock (seconds since 1970) whether the token is accepted.
Accept = Callable[[Claims, ResourceServer, float], bool]

AS, MAIL, FILES = "https://as.example.com", "https://mail.example.com", "https://files.example.com"
LONGER = f"{MAIL}.attacker.example"
KEYS = Keys("symbolic", 1)
SERVER, NOW_S = ResourceServer(AS, MAIL, 2.0), 1767225630
GOOD: Claims = {"iss": AS, "sub": "resource-owner", "aud": MAIL, "client_id": "s6BhdRkqt3"}
GOOD |= {"jti": "at-1", "iat": NOW_S - 30, "exp": NOW_S + 30}
#: aim → token → the claims that differ from a good token's (None: left out), and the clause.
TOKENS: dict[str, dict[str, tuple[Claims, str]]] = {
    "for whom": {
        "for you, as a string": ({}, "RFC 7519, section 4.1.3: aud may be one string"),
        "for you and files": ({"aud": [FILES, MAIL]}, "RFC 7519, section 4.1.3: or an array"),
        "for files": ({"aud": FILES}, "RFC 9068, section 4: aud must contain you"),
        "for a longer name": ({"aud": LONGER}, "names are compared whole, not as parts"),
    },
    "from whom": {
        "from another AS": ({"iss": "https://as.attacker.example"}, "RFC 9068, section 4"),
        "from your AS and a slash": ({"iss": f"{AS}/"}, "RFC 9068, section 4: match exactly"),
    },
    "since when": {
        "good from now + 5 s on": ({"nbf": NOW_S + 5}, "RFC 7519, section 4.1.5: not before nbf"),
        "good from now + 1 s on": ({"nbf": NOW_S + 1}, "your leeway is 2 s: clocks differ"),
        "issued at now + 1 s": ({"iat": NOW_S + 1}, "RFC 7519, section 4.1.6 forbids nothing"),
    },
    "until when": {
        "expired at now - 60 s": ({"exp": NOW_S - 60}, "RFC 7519, section 4.1.4"),
        "expired at now - 1 s": ({"exp": NOW_S - 1}, "your leeway is 2 s: clocks differ"),
        "expired at now - 2 s": ({"exp": NOW_S - 2}, "RFC 7519, section 4.1.4: on exp is too late"),
    },
    "what is missing": {
        "without exp": ({"exp": None}, "RFC 9068, section 2.2: exp is required"),
        "without aud": ({"aud": None}, "RFC 9068, section 2.2: aud is required"),
    },
}
WORLDS = {
    "your server": SERVER,
    "a server without leeway": SERVER._replace(leeway_s=0.0),
    "a server of another AS": SERVER._replace(issuer="https://as.partner.example"),
    "a server that no token is for": SERVER._replace(identifier="https://mail.example"),
}
#: Every value with every other: the whole space, not a sample of it.
SPACE: dict[str, tuple[Any, ...]] = {
    "aud": (MAIL, FILES, LONGER, [MAIL], [FILES, MAIL], [LONGER, FILES], None),
    "iss": (AS, f"{AS}/", "https://as.partner.example", None),
    "exp": (*(NOW_S + s for s in (-60, -2, -1, 0, 1, 30)), None),
    "nbf": (*(NOW_S + s for s in (-30, 0, 1, 2, 3, 60)), None),
}


@exercise(
    "at the door",
    "Return whether the server accepts a token with these claims.",
    "Four questions: from whom, for whom, until when, since when. All must be answered yes.",
    "aud is a string or an array: make it an array first. A claim may be missing: use get.",
    "now_s < exp + leeway, and now_s >= nbf - leeway; without exp refuse, without nbf accept.",
)
def check_accept(answer: Accept) -> Iterator[Aim]:
    """Tokens with a name, one aim for each question; then all combinations in four worlds."""
    for question, tokens in TOKENS.items():
        named = [
            Case(f"the token {name}", claims := changed(GOOD, by), refusal(claims, SERVER), why)
            for name, (by, why) in tokens.items()
        ]
        yield _aim(question, answer, SERVER, named)
    for world, server in WORLDS.items():
        yield _aim(world, answer, server, space(server))


@cache
def space(server: ResourceServer) -> tuple[Case, ...]:
    """Every combination of claims."""
    combined = (dict(zip(SPACE, values, strict=True)) for values in product(*SPACE.values()))
    tried = [(claims := changed(GOOD, by), refusal(claims, server)) for by in combined]
    return tuple(Case(_values(c), c, why, why or "nothing is wrong with it") for c, why in tried)


def refusal(claims: Claims, server: ResourceServer) -> str:
    """Why a server of the laboratory refuses these claims now, "" when it accepts them."""
    config = ResourceServerConfig("rs", server.identifier, server.issuer, {}, server.leeway_s)
    at_the_door = Acceptance(config, FORMATS["jwt"].reader(KEYS, "as"), lambda: NOW_S)
    try:
        at_the_door.read(FORMATS["jwt"].issue(KEYS, claims, key="as"))
    except InvalidToken as error:
        return error.description
    return ""


def changed(claims: Claims, by: Claims) -> Claims:
    """The claims with other values, without those that are now None."""
    return {name: value for name, value in (claims | by).items() if value is not None}


def _aim(name: str, answer: Accept, server: ResourceServer, cases: Sequence[Case]) -> Aim:
    """Whether each is decided as it should be, and the first that is not."""
    for case in cases:
        said = _said(answer, case.claims, server)
        if said != ("refuse it" if case.refusal else "accept it"):
            return Aim(name, False, f"{case.told}: you {said}; {case.why}")
    good = sum(not case.refusal for case in cases)
    return Aim(name, True, f"{len(cases)} tokens, {good} of them accepted")


def _said(answer: Accept, claims: Claims, server: ResourceServer) -> str:
    """An exception is no refusal; the claims are the answer's own, to take apart."""
    try:
        return "accept it" if answer(deepcopy(claims), server, NOW_S) else "refuse it"
    except Exception as error:  # what a learner's code raises is an answer, too
        return f"raise {type(error).__name__}, which is a 500 and no 401"


def _values(claims: Claims) -> str:
    """The claims that were varied, instants relative to the server's clock."""
    values = {name: claims[name] for name in SPACE if name in claims}
    relative = {n: f"now {v - NOW_S:+d} s" for n, v in values.items() if isinstance(v, int)}
    return ", ".join(f"{name} {value}" for name, value in (values | relative).items())
