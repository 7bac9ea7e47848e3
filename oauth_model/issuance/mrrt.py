"""One refresh token for several audiences, by the client's registration (Auth0's MRRT).

A user consents to one `audience`. For which others the refresh token is good, and with which
scopes, is in the registration of the client (`refresh_token.policies`), so refreshing widens what
was consented to, up to that policy. An audience outside it is *silently ignored*: the answer is a
good token for the default audience, and a client that trusts it hands that token to a stranger.
Only `scope` in the response gives it away.

Where the documentation is silent: without an `audience` the default is the first server that knows
a scope; scopes that are not permitted are dropped, and `invalid_scope` when none is left;
client credentials choose an audience as a refresh does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.errors import AccessDenied, InvalidRequest, InvalidScope
from oauth_model.issuance.base import (
    Design,
    Pairs,
    Parameters,
    Policy,
    ProtectedResource,
    Rights,
    Scopes,
    Selection,
    Target,
    design,
    named,
    owners,
    split,
)


@design
class Mrrt(Design):
    """`audience` in the authorization request, and another one in each refresh."""

    name = "mrrt"
    source = "Auth0 documentation, Multi-Resource Refresh Token"

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """The first server only; nobody asks the user about the others."""
        return [pair for target in targets[:1] for pair in self.ask_token(target)]

    def ask_token(self, target: Target) -> Pairs:
        """The server by its identifier, and the scope there."""
        return [("audience", target.identifier), ("scope", target.scope)]

    def rights(self, parameters: Parameters, servers: Sequence[ProtectedResource]) -> Rights:
        """One audience and its scopes; raises AccessDenied for one that does not exist."""
        scopes, audience = split(parameters.get("scope", "")), audience_of(parameters)
        candidates = named((audience,), servers) if audience else owners(scopes, servers)
        if audience and not candidates:
            raise AccessDenied("the audience does not exist")
        resources = tuple(server.identifier for server in candidates[:1])
        return Rights((scopes,) if scopes else (), resources)

    def policy(self, scopes: Scopes, servers: Sequence[ProtectedResource]) -> Rights:
        """All servers that know some of the scopes, the first as the default."""
        resources = tuple(server.identifier for server in owners(scopes, servers))
        return Rights((scopes,) if scopes else (), resources)

    def merge(self, rights: Rights, policy: Callable[[], Policy]) -> Rights:
        """A scope value for each audience: the consented first, as it was, then the policy's."""
        granted = dict.fromkeys(rights.resources, rights.scopes)
        merged = granted | {a: scopes for a, scopes in policy() if a not in granted}
        return Rights(tuple(merged.values()), tuple(merged))

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """The audience asked for, or else the default, without a word."""
        if not rights.resources:  # those of a token that is exchanged: wherever its scopes belong
            rights = self.policy(rights.scopes, servers)
        permitted = dict(zip(rights.resources, rights.values, strict=False))
        audience, asked = audience_of(parameters), split(parameters.get("scope", ""))
        if parameters.get("grant_type") == self.code_grant_type:  # it redeems what was consented to
            audience = ""
        if audience not in permitted:
            audience, asked = rights.resources[0], () if audience else asked
        [server] = named((audience,), servers)
        known = tuple(scope for scope in permitted[audience] if scope in server.scopes)
        scopes = tuple(scope for scope in asked or known if scope in known)
        if not scopes:
            raise InvalidScope("nothing of the scope is permitted")
        return Selection(scopes, (server,))


def audience_of(parameters: Parameters) -> str:
    """The one audience of a request, or ""; raises InvalidRequest for several (RFC 6749 3.2)."""
    if len(parameters.all("audience")) > 1:
        raise InvalidRequest("audience is repeated")
    return parameters.get("audience", "")
