"""What an issuance design is: how tokens for several servers are asked for and made.

Rule: a design says only what it changes in RFC 6749. Its first half is for clients, its second for
the authorization server; both parties hold the same object. It sends nothing and keeps nothing.

To add one: subclass `Design`, give it a `name`, override what differs, decorate it with `@design`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, TypeVar

from oauth_model.errors import InvalidScope

#: Parameters in the order in which they are written on the wire.
Pairs = list[tuple[str, str]]
#: The parameters of one request: none repeated, none empty (RFC 6749 3.1).
Parameters = Mapping[str, str]
Scopes = tuple[str, ...]
#: RFC 6749 3.3: the characters of scope tokens, and the space between them.
SCOPE_LIST = re.compile(r"[ \x21\x23-\x5B\x5D-\x7E]*")


class ProtectedResource(NamedTuple):
    """A resource server as the AS knows it; `identifier` is the URI that stands in `aud`.

    `signing_key` names the key that is this server's alone, for designs that use one.
    """

    name: str
    identifier: str
    scopes: Scopes
    signing_key: str


class Target(NamedTuple):
    """A resource server as a client knows it: its URI, the scope wanted there, what is called.

    `scope` is a space-separated list (RFC 6749 3.3); `operation` such as "POST /payments".
    """

    name: str
    identifier: str
    scope: str
    operation: str


class Selection(NamedTuple):
    """What one access token is to be for."""

    scopes: Scopes
    servers: tuple[ProtectedResource, ...]


class Design:
    """One way to obtain tokens for several servers; `source` says where it is specified.

    A *scope value* is what one scope parameter held: the grant remembers them apart, because some
    designs issue a token for one of them only.
    """

    name: ClassVar[str]
    source: ClassVar[str] = ""
    response_type: ClassVar[str] = "code"
    code_grant_type: ClassVar[str] = "authorization_code"

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """What the client adds to the authorization request."""
        raise NotImplementedError(f"{type(self).__name__}.ask_consent")

    def ask_token(self, target: Target) -> Pairs:
        """What the client adds to a token request to get a token for this server."""
        return []

    def good_for(self, target: Target, targets: Sequence[Target]) -> tuple[str, ...]:
        """The servers at which the token that was asked for `target` can be used."""
        return (target.name,)

    def scope_values(
        self, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> tuple[Scopes, ...]:
        """The scope values of an authorization request; none when it leaves them to policy.

        Raises InvalidRequest or InvalidScope.
        """
        raise NotImplementedError(f"{type(self).__name__}.scope_values")

    def policy_values(
        self, scopes: Scopes, servers: Sequence[ProtectedResource]
    ) -> tuple[Scopes, ...]:
        """The scope values that stand for `scopes` when the client named none."""
        raise NotImplementedError(f"{type(self).__name__}.policy_values")

    def select(
        self,
        values: Sequence[Scopes],
        parameters: Parameters,
        servers: Sequence[ProtectedResource],
    ) -> Selection:
        """What a token request gets out of a grant of `values`; raises InvalidScope.

        The scope asked for must lie within one value (RFC 6749 6: not more than was granted); when
        omitted it is the only value, and with several the request must say which (RFC 6749 3.3).
        """
        asked = split(parameters.get("scope", ""))
        if not asked:
            if len(values) != 1:
                raise InvalidScope("the request must name a scope")
            asked = values[0]
        if not any(all(scope in value for scope in asked) for value in values):
            raise InvalidScope("the scope exceeds what was granted")
        return Selection(asked, owners(asked, servers))

    def signing_key(self, servers: Sequence[ProtectedResource]) -> str:
        """The name of the key that signs a token for these servers."""
        raise NotImplementedError(f"{type(self).__name__}.signing_key")

    def verifier_keys(self, server: ProtectedResource) -> tuple[str, ...]:
        """The names of the keys that this server must trust, and no other."""
        return (self.signing_key((server,)),)


def split(scope: str) -> Scopes:
    """The scopes of a space-separated list, each once, in order (RFC 6749 3.3).

    More than one space between two is forgiven. Raises InvalidScope for any other character.
    """
    if not SCOPE_LIST.fullmatch(scope):
        raise InvalidScope("the scope has characters that no scope has")
    return tuple(filter(None, dict.fromkeys(scope.split(" "))))


def owners(scopes: Scopes, servers: Sequence[ProtectedResource]) -> tuple[ProtectedResource, ...]:
    """The servers that know at least one of these scopes."""
    return tuple(s for s in servers if any(scope in s.scopes for scope in scopes))


DESIGNS: dict[str, Design] = {}
D = TypeVar("D", bound=type[Design])


def design(cls: D) -> D:
    """Register a design under its `name`; ValueError when another has it already."""
    if cls.name in DESIGNS:
        raise ValueError(f"design name {cls.name!r} is taken by {type(DESIGNS[cls.name]).__name__}")
    DESIGNS[cls.name] = cls()
    return cls
