"""One token for everything: the baseline that the multiple-access-tokens draft argues against."""

from __future__ import annotations

from collections.abc import Sequence

from oauth_model.issuance.base import (
    Design,
    Pairs,
    Parameters,
    ProtectedResource,
    Scopes,
    Target,
    design,
    split,
)

#: The one key that signs for all servers: each of them accepts what was made for any other.
SHARED_KEY = "as"


@design
class Fat(Design):
    """Plain RFC 6749: all scopes at once, one token whose `aud` lists every server they reach."""

    name = "fat"
    source = "RFC 6749 4.1; RFC 7519 4.1.3"

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """All scopes in one list."""
        return [("scope", " ".join(target.scope for target in targets))]

    def good_for(self, target: Target, targets: Sequence[Target]) -> tuple[str, ...]:
        """Everywhere: there is only this token."""
        return tuple(each.name for each in targets)

    def scope_values(
        self, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> tuple[Scopes, ...]:
        """The one `scope` parameter."""
        scopes = split(parameters.get("scope", ""))
        return (scopes,) if scopes else ()

    def policy_values(
        self, scopes: Scopes, servers: Sequence[ProtectedResource]
    ) -> tuple[Scopes, ...]:
        """All of them as one value."""
        return (scopes,) if scopes else ()

    def signing_key(self, servers: Sequence[ProtectedResource]) -> str:
        """The key that all servers share."""
        return SHARED_KEY
