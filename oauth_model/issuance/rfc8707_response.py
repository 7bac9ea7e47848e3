"""The token response says for which resource the token is; who gets another discards it.

The wire is that of draft-mcguinness-oauth-resource-token-resp-03: `resource` is a string for one
resource and an array for several. draft-skokan-oauth-resource-response-02 has an array always; the
first is followed because the author of the second has joined it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauth_model.issuance.base import Design, Selection, Target, design
from oauth_model.issuance.rfc8707 import ResourceIndicators


@design
class Rfc8707Response(ResourceIndicators, Design):
    """RFC 8707 with an answer: an AS that did not heed `resource` cannot pass for one that did."""

    name = "rfc8707_response"
    source = "draft-mcguinness-oauth-resource-token-resp-03"

    def members(self, selection: Selection) -> dict[str, Any]:
        """`resource`: where the token can be used."""
        resources = [server.identifier for server in selection.servers]
        return {"resource": resources[0] if len(resources) == 1 else resources}

    def trusts(self, members: Mapping[str, Any], target: Target) -> bool:
        """Exactly the one resource that was asked for, as a string or an array of one.

        Nothing else will do, and least of all nothing: the client did not know the AS beforehand.
        """
        return members.get("resource") in (target.identifier, [target.identifier])
