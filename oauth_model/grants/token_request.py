"""A token request as the grant types see it: who asks, for what, bound to which key."""

from __future__ import annotations

from typing import NamedTuple

from oauth_model import jose
from oauth_model.grants.records import Confirmation, RegisteredClient
from oauth_model.parameters import Parameters


class TokenRequest(NamedTuple):
    """A request whose client was authenticated.

    `confirmation` is the claim `cnf` of the key that the request proved to hold (RFC 9449 6.1,
    RFC 8705 3.1), empty when it proved none.
    """

    client: RegisteredClient
    parameters: Parameters
    confirmation: Confirmation = ()

    def fingerprint(self) -> str:
        """What tells whether two requests are the same."""
        pairs = (f"{name}={value}" for name, value in sorted(self.parameters.pairs))
        return jose.fingerprint(self.client.client_id, *pairs)
