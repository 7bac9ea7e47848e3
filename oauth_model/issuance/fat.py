"""One token for everything: the baseline that the multiple-access-tokens draft argues against."""

from __future__ import annotations

from collections.abc import Sequence

from oauth_model.issuance.base import SHARED_KEY, Design, ProtectedResource, Target, design


@design
class Fat(Design):
    """Plain RFC 6749: all scopes at once, one token whose `aud` lists every server they reach."""

    name = "fat"
    source = "RFC 6749 4.1; RFC 7519 4.1.3"

    def good_for(self, target: Target, targets: Sequence[Target]) -> tuple[str, ...]:
        """Everywhere: there is only this token."""
        return tuple(each.name for each in targets)

    def signing_key(self, servers: Sequence[ProtectedResource]) -> str:
        """The key that all servers share."""
        return SHARED_KEY
