"""GNAP: several labelled tokens in one response (RFC 9635 2.1.2, 3.2.2).

Each right says its server, as in RFC 9396, whose objects these are (RFC 9635 8); so a token is
chosen by the same rules. The requests are another protocol's, with endpoints (`endpoints.gnap`) and
a client (`gnap_client`) of its own. What is asked at the token endpoint, which stays beside them,
is asked as in `rar_locations`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oauth_model.issuance.base import Design, Target, design
from oauth_model.issuance.rar_locations import AccessRights, needs_of


@design
class Gnap(AccessRights, Design):
    """One request for all tokens, one answer with all of them, each under its server's own key."""

    name = "gnap"
    source = "RFC 9635"

    def ask_tokens(self, targets: Sequence[Target]) -> list[dict[str, Any]]:
        """A token for each server, labelled with its name, for what its calls need."""
        return [self.ask_one(target, target.scope) for target in targets]

    def ask_one(self, target: Target, scope: str) -> dict[str, Any]:
        """A token for this server alone."""
        access = [detail.members for detail in needs_of(target, scope)]
        return {"label": target.name, "access": access}
