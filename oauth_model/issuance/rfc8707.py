"""Resource indicators: the client names the servers, the AS restricts tokens to them (RFC 8707).

What is granted is every scope at every resource; a token gets of that what its servers know.
Where the RFC leaves the choice to the AS, this model chooses:

* no `resource` in the authorization request: no specific one, so wherever the scopes belong (2.1).
* no `resource` in the token request: the one granted server that the scope reaches, else
  `invalid_target` (2.1; RFC 9068 3).
* several in a token request: one token for all of them, under the key that they share. That is
  what the client asked for (2.2), and section 3 warns of it: each can use it at the others.
* a resource compares character by character (RFC 3986 6.2.1), as `aud` does.
* a server where no scope of the request means anything: `invalid_scope`; where nothing was granted:
  `invalid_target`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from oauth_model.errors import InvalidScope, InvalidTarget
from oauth_model.issuance.base import (
    SHARED_KEY,
    Design,
    Pairs,
    Parameters,
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

#: RFC 3986 4.3: an absolute URI, which has no fragment.
ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")


class ResourceIndicators:
    """What the designs with `resource` in their requests share."""

    #: RFC 8707 2.2: resource and scope, "for all grant types".
    scope_with_code: ClassVar[bool] = True

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """All scopes, and each server: which scope is for which is not said."""
        scopes = dict.fromkeys(scope for target in targets for scope in split(target.scope))
        resources = dict.fromkeys(target.identifier for target in targets)
        return [("scope", " ".join(scopes)), *(("resource", resource) for resource in resources)]

    def ask_token(self, target: Target) -> Pairs:
        """One server; what of the scope it knows, the AS finds out."""
        return [("resource", target.identifier)]

    def rights(self, parameters: Parameters, servers: Sequence[ProtectedResource]) -> Rights:
        """The scopes and the resources: two flat lists."""
        scopes = split(parameters.get("scope", ""))
        return Rights((scopes,) if scopes else (), indicated(parameters, servers))

    def policy(self, scopes: Scopes, servers: Sequence[ProtectedResource]) -> Rights:
        """As far as these servers know the scopes."""
        known = tuple(scope for scope in scopes if owners((scope,), servers))
        resources = tuple(server.identifier for server in owners(known, servers))
        return Rights((known,) if known else (), resources)

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """A token for the resources of the request, its scope cut down to what they know."""
        asked, resources = split(parameters.get("scope", "")), indicated(parameters, servers)
        if not set(asked) <= set(rights.scopes):
            raise InvalidScope("the scope exceeds what was granted")
        if not set(resources) <= set(rights.resources or resources):
            raise InvalidTarget("the resource was not granted")
        scopes = asked or rights.scopes
        targets = named(resources or rights.resources, servers)
        if not resources:
            targets = owners(scopes, targets)
            if len(targets) != 1:
                raise InvalidTarget("the request must name a resource")
        for target in targets:
            if not owners(scopes, (target,)):
                refusal = InvalidScope if asked else InvalidTarget
                raise refusal(f"nothing of the scope belongs to {target.identifier}")
        return Selection(tuple(s for s in scopes if owners((s,), targets)), targets)

    def verifier_keys(self, server: ProtectedResource) -> tuple[str, ...]:
        """Its own key, and the one under which a token for several servers is signed."""
        return (server.signing_key, SHARED_KEY)


@design
class Rfc8707(ResourceIndicators, Design):
    """`resource` in the requests; the client has to believe that the AS heard it."""

    name = "rfc8707"
    source = "RFC 8707"


def indicated(parameters: Parameters, servers: Sequence[ProtectedResource]) -> tuple[str, ...]:
    """The resources that a request names; raises InvalidTarget (RFC 8707 2)."""
    resources = parameters.all("resource")
    if not all(map(ABSOLUTE_URI.fullmatch, resources)):
        raise InvalidTarget("the resource is not an absolute URI without a fragment")
    if not set(resources) <= {server.identifier for server in servers}:
        raise InvalidTarget("the resource is unknown")
    return resources
