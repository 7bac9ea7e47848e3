"""Who a user is to each server: subject identifiers and attributes of their own for every service.

The draft's third and fourth bullets. Rule: a token has one `sub` and one set of claims, so whatever
it says it says to every server in its audience. Servers that share a token cannot each have a kind
of identity of their own, and each learns what any of them wanted.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Protocol
from urllib.parse import urlsplit

from oauth_model.jose import b64url


@dataclass(frozen=True, slots=True)
class User:
    """A resource owner: the account at the AS, and what the AS knows about who has it."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Server(Protocol):
    """What is known of a resource server: how it knows users, and which attributes it is told."""

    @property
    def identifier(self) -> str:
        """The URI that stands in `aud`."""

    @property
    def subject_type(self) -> str:
        """One of `SUBJECT_TYPES`."""

    @property
    def claims(self) -> tuple[str, ...]:
        """The attributes it is told, by name."""


#: Fictitious: example domains (RFC 2606 3), the test network of E.212 (MCC 001), and a telephone
#: number of the block that is kept for fiction (555-0100 to 555-0199).
RESOURCE_OWNER = User(
    "resource-owner",
    {
        "imsi": "001010123456789",
        "msisdn": "12025550142",
        "mailbox": "robin.doe@mail.example.net",
        "email": "robin.doe@example.com",
        "name": "Robin Doe",
        "phone_number": "+12025550142",
        "address": "1 Example Street, Exampleton",
        "birthdate": "1990-04-01",
    },
)


def _public(user: User, _server: Server, _secret: bytes) -> str:
    """The same at every server (OpenID Connect Core 8)."""
    return user.name


def _pairwise(user: User, server: Server, secret: bytes) -> str:
    """Another in every sector, and only the holder of the secret can tell whose (OIDC Core 8.1)."""
    message = json.dumps([sector(server.identifier), user.name])  # where one ends is unmistakable
    return b64url(hmac.digest(secret, message.encode(), "sha256"))


def _attribute(name: str) -> Callable[[User, Server, bytes], str]:
    def subject(user: User, server: Server, _secret: bytes) -> str:
        if name not in user.attributes:
            raise ValueError(f"{user.name} has no {name}, by which {server.identifier} knows users")
        return user.attributes[name]

    return subject


#: Kind of subject identifier → how it is made of a user, a server and the secret of the AS. The
#: last three are the draft's examples: a network identity and two product booking instances.
SUBJECT_TYPES: dict[str, Callable[[User, Server, bytes], str]] = {
    "public": _public,
    "pairwise": _pairwise,
    "imsi": _attribute("imsi"),
    "msisdn": _attribute("msisdn"),
    "mailbox": _attribute("mailbox"),
}


def sector(identifier: str) -> str:
    """The sector of a server: the host of its URI (OIDC Core 8.1), all of it when it has none."""
    return urlsplit(identifier).hostname or identifier


def check_known(users: Sequence[User], servers: Sequence[Server]) -> None:
    """Raises ValueError when a user lacks the attribute that a server knows users by."""
    for user in users:
        for server in servers:
            SUBJECT_TYPES[server.subject_type](user, server, b"")


def subject_for(user: User, servers: Sequence[Server], secret: bytes) -> str:
    """The `sub` of a token for these servers.

    One server gets the kind of identity that it wants. Servers that share a token get it only when
    they agree on the very value; otherwise the public one stands, which every server understands: a
    fat token cannot serve two kinds of identity (the draft's third bullet). Raises ValueError when
    the user lacks the attribute that a server knows users by.
    """
    wanted = {SUBJECT_TYPES[s.subject_type](user, s, secret) for s in servers}
    return wanted.pop() if len(wanted) == 1 else user.name


def claims_for(user: User, servers: Sequence[Server]) -> dict[str, str]:
    """The attributes in a token for these servers: all that any of them wants.

    So each learns the union (the draft's fourth bullet). What the user lacks is left out (OIDC Core
    5.3.2).
    """
    wanted = dict.fromkeys(name for server in servers for name in server.claims)
    return {name: user.attributes[name] for name in wanted if name in user.attributes}


#: Claims whose value belongs to one user only. A name, an address or a birthdate narrows the search
#: and does not end it.
IDENTIFYING = ("sub", "imsi", "msisdn", "mailbox", "email", "phone_number")


def linkable(learned: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The pairs of servers that can tell, if they collude, that two of their users are one.

    `learned` is what each server was told of one user: its token's claims. Two can when they hold
    the same identifying value, whatever each calls it: the `sub` of one may be the e-mail of the
    other. The names of a pair stand in the order in which they were given.
    """
    known = {server: _identifying_values(claims) for server, claims in learned.items()}
    return {(one, other) for one, other in combinations(known, 2) if known[one] & known[other]}


def _identifying_values(claims: Mapping[str, Any]) -> set[str]:
    """An MSISDN is a telephone number without its plus sign."""
    return {str(claims[name]).removeprefix("+") for name in IDENTIFYING if name in claims}
