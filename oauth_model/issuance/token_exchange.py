"""Token exchange: one consent, one token for the AS alone, and from it a token for each server.

The first token's audience is the AS (RFC 8693 2.1: the subject token); no resource server accepts
it. RFC 8693 leaves it open who may exchange what; see `grants/token_exchange.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from oauth_model.issuance.rfc8707 import ResourceIndicators, indicated

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
#: RFC 8693 3: the one type of token that is exchanged and issued here.
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@design
class TokenExchange(ResourceIndicators, Design):
    """A token for the AS first, then by RFC 8693 one for each server that the client names."""

    name = "token_exchange"
    source = "RFC 8693"
    more_grant_types = (GRANT_TYPE,)

    def ask_consent(self, targets: Sequence[Target]) -> Pairs:
        """All scopes in one list, as in RFC 6749."""
        return Design.ask_consent(self, targets)

    def rights(self, parameters: Parameters, servers: Sequence[ProtectedResource]) -> Rights:
        """All scopes, at whichever servers know them."""
        return Design.rights(self, parameters, servers)

    def select(
        self, rights: Rights, parameters: Parameters, servers: Sequence[ProtectedResource]
    ) -> Selection:
        """With a `resource` as in RFC 8707; without one, a token for the AS itself."""
        if indicated(parameters, servers):
            return super().select(rights, parameters, servers)
        selection = Design.select(self, rights, parameters, servers)
        return selection._replace(servers=())


def ask_exchange(target: Target, subject_token: str) -> Pairs:
    """The request for a token for this server (RFC 8693 2.1)."""
    return [
        ("grant_type", GRANT_TYPE),
        ("subject_token", subject_token),
        ("subject_token_type", ACCESS_TOKEN),
        ("resource", target.identifier),
        ("scope", target.scope),
    ]
