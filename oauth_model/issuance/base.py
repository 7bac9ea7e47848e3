"""What an issuance design is: how tokens for several servers are asked for and made.

Rule: a design says only what it changes in RFC 6749. Its first half is for clients, its second for
the authorization server; both parties hold the same object. It sends nothing and keeps nothing.

To add one: subclass `Design`, give it a `name`, override what differs, decorate it with `@design`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

from oauth_model.errors import InvalidScope
from oauth_model.parameters import Pairs, Parameters
from oauth_model.rar import Details
from oauth_model.short_texts import remembered

__all__ = ["DESIGNS", "Design", "Pairs", "Parameters", "ProtectedResource", "Rights", "Selection"]

Scopes = tuple[str, ...]
#: Audience → the scopes there that a client's registration gives its refresh tokens.
Policy = tuple[tuple[str, Scopes], ...]
#: RFC 6749 3.3: the characters of scope tokens, and the space between them.
SCOPE_LIST = re.compile(r"[ \x21\x23-\x5B\x5D-\x7E]*")
#: The one key that signs for all servers: each of them accepts what was made for any other.
SHARED_KEY = "as"


class ProtectedResource(NamedTuple):
    """A resource server as the AS knows it; `identifier` is the URI that stands in `aud`.

    `signing_key` names the key that is this server's alone, for designs that use one. What it wants
    of its tokens: `token_format` (a name of `token_formats.FORMATS`), whether they are `encrypted`
    to it, `subject_type` (`identities.SUBJECT_TYPES`), and the `claims` about the user. `secret` is
    what it authenticates with where it introspects (RFC 7662 2.1), under its `name`.
    """

    name: str
    identifier: str
    scopes: Scopes
    signing_key: str
    token_format: str = "jwt"
    encrypted: bool = False
    subject_type: str = "public"
    claims: tuple[str, ...] = ()
    secret: str = ""


class Target(NamedTuple):
    """A resource server as a client knows it: its URI, the scope wanted there, what is called.

    `scope` is a space-separated list (RFC 6749 3.3); `operation` such as "POST /payments"; `party`
    is who answers, when that is not `name` (userinfo is answered by the AS); `details` are the
    authorization details that a call needs (RFC 9396 2), and `body` is what it says;
    `more_operations` can be called as well, without one.
    """

    name: str
    identifier: str
    scope: str
    operation: str
    party: str = ""
    details: Details = ()
    more_operations: tuple[str, ...] = ()
    body: str = ""


class Rights(NamedTuple):
    """What an authorization request asks for, or what was granted of it.

    A *scope value* is what one scope parameter held: `values` keeps them apart, because some
    designs issue a token for one of them only. `resources` as in RFC 8707, `details` the
    authorization details of RFC 9396.
    """

    values: tuple[Scopes, ...] = ()
    resources: tuple[str, ...] = ()
    details: Details = ()

    @property
    def scopes(self) -> Scopes:
        """All scopes, in order."""
        return tuple(scope for value in self.values for scope in value)


class Selection(NamedTuple):
    """What one access token is to be for."""

    scopes: Scopes
    servers: tuple[ProtectedResource, ...]
    details: Details = ()


class Design:
    """One way to obtain tokens for several servers; `source` says where it is specified."""

    name: ClassVar[str]
    source: ClassVar[str] = ""
    response_type: ClassVar[str] = "code"
    code_grant_type: ClassVar[str] = "authorization_code"
    #: Whether `scope` of a token request chooses also where a code is redeemed.
    scope_with_code: ClassVar[bool] = False
    #: Whether the AS may offer `password_advanced` (the draft's note).
    password_flow: ClassVar[bool] = False
    #: Grant types that the AS offers besides code, refresh token and client credentials.
    more_grant_types: ClassVar[tuple[str, ...]] = ()

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """What the client adds to the authorization request; here all scopes in one list."""
        scopes = dict.fromkeys(scope for target in targets for scope in split(target.scope))
        return [("scope", " ".join(scopes))]

    def ask_token(self, target: Target) -> Pairs:
        """What the client adds to a token request to get a token for this server."""
        return []

    def ask_single_use(self, target: Target, scope: str) -> Pairs:
        """What the client adds to a token request to get a single-use token for one call."""
        return list((dict(self.ask_token(target)) | {"scope": scope}).items())

    def good_for(self, target: Target, targets: Sequence[Target]) -> tuple[str, ...]:
        """The servers at which the token that was asked for `target` can be used."""
        return (target.name,)

    def trusts(self, members: Mapping[str, Any], target: Target) -> bool:
        """Whether the client believes that a token response is for the server it asked for."""
        return True

    def rights(self, parameters: Parameters, servers: Sequence[ProtectedResource]) -> Rights:
        """What an authorization request asks for; empty when it leaves that to policy.

        Raises InvalidRequest, InvalidScope, InvalidTarget or InvalidAuthorizationDetails.
        """
        scopes = split(parameters.get("scope", ""))
        return Rights((scopes,) if scopes else ())

    def policy(self, scopes: Scopes, servers: Sequence[ProtectedResource]) -> Rights:
        """The rights that stand for `scopes` when the client named none; here as one value."""
        return Rights((scopes,) if scopes else ())

    def merge(self, rights: Rights, policy: Callable[[], Policy]) -> Rights:
        """What was granted, with what the client's registration adds; here nothing is asked."""
        return rights

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """What a token request gets out of granted rights; raises InvalidScope.

        The scope asked for must lie within one value (RFC 6749 6: not more than was granted); when
        omitted it is the only value, and with several the request must say which (RFC 6749 3.3).
        """
        values, asked = rights.values, split(parameters.get("scope", ""))
        if not asked:
            if len(values) != 1:
                raise InvalidScope("the request must name a scope")
            asked = values[0]
        if not any(all(scope in value for scope in asked) for value in values):
            raise InvalidScope("the scope exceeds what was granted")
        return Selection(asked, owners(asked, servers))

    def members(self, selection: Selection) -> dict[str, Any]:
        """What the token response says besides the members of RFC 6749 5.1."""
        return {}

    def signing_key(self, servers: Sequence[ProtectedResource]) -> str:
        """The name of the key that signs a token for these servers.

        Here the server's own: no other can check such a token, or be fooled by one.
        """
        return servers[0].signing_key if len(servers) == 1 else SHARED_KEY

    def verifier_keys(self, server: ProtectedResource) -> tuple[str, ...]:
        """The names of the keys that this server must trust, and no other."""
        return (self.signing_key((server,)),)


@remembered
def split(scope: str) -> Scopes:
    """The scopes of a space-separated list, each once, in order (RFC 6749 3.3).

    More than one space between two is forgiven. Raises InvalidScope for any other character.
    """
    if not SCOPE_LIST.fullmatch(scope):
        raise InvalidScope("the scope has characters that no scope has")
    return tuple(filter(None, dict.fromkeys(scope.split(" "))))


def named(
    resources: Sequence[str], servers: Sequence[ProtectedResource]
) -> tuple[ProtectedResource, ...]:
    """The servers with these identifiers; all of them when none is named."""
    return tuple(s for s in servers if not resources or s.identifier in resources)


def owners(scopes: Scopes, servers: Sequence[ProtectedResource]) -> tuple[ProtectedResource, ...]:
    """The servers that know at least one of these scopes."""
    return tuple(s for s in servers if any(scope in s.scopes for scope in scopes))


def shares(scopes: Scopes, servers: Sequence[ProtectedResource]) -> tuple[Scopes, ...]:
    """These scopes apart by the server that knows them; a server that knows none has no share."""
    each = (tuple(s for s in scopes if s in server.scopes) for server in servers)
    return tuple(share for share in each if share)


DESIGNS: dict[str, Design] = {}
D = TypeVar("D", bound=type[Design])


def design(cls: D) -> D:
    """Register a design under its `name`; ValueError when another has it already."""
    if cls.name in DESIGNS:
        raise ValueError(f"design name {cls.name!r} is taken by {type(DESIGNS[cls.name]).__name__}")
    DESIGNS[cls.name] = cls()
    return cls
