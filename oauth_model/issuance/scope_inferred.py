"""The scope says which server a token is for (RFC 9068 3 without `resource`, Microsoft Entra v2).

One consent may span servers; a token may not. Where RFC 9068 leaves the choice to the AS:

* scopes of several servers, or one that several servers know: `invalid_scope`. To take the first
  server, or to drop the rest, would leave the client with a token for it knows not what.
* no scope in a token request: all that was granted, which is refused in the same way when it spans
  servers. So the request that redeems a code has a scope too (Entra v2).
"""

from __future__ import annotations

from collections.abc import Sequence

from oauth_model.errors import InvalidScope
from oauth_model.issuance.base import (
    Design,
    Pairs,
    Parameters,
    ProtectedResource,
    Rights,
    Selection,
    Target,
    design,
)


@design
class ScopeInferred(Design):
    """All scopes for the consent, those of one server for a token; `aud` follows from them."""

    name = "scope_inferred"
    source = "RFC 9068 3"
    scope_with_code = True

    def ask_token(self, target: Target) -> Pairs:
        """The scope that is wanted at this server."""
        return [("scope", target.scope)]

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """Scopes that one server knows, and no other (RFC 9068 3: never ambiguous)."""
        selection = super().select(rights, parameters, servers)
        if len(selection.servers) != 1:
            raise InvalidScope("the scope does not belong to one server alone")
        return selection
