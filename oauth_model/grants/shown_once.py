"""What is shown to the AS and used up by that: client assertions, DPoP proofs, single-use tokens.

Rule: what nobody can decide now is no refusal (`Undecidable`): nothing happened, so come again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oauth_model.errors import OAuthError
from oauth_model.flows import Flow
from oauth_model.grants.once import BUSY, UNAVAILABLE
from oauth_model.grants.replica import Replica
from oauth_model.messages import Response
from oauth_model.showing import show, show_own
from oauth_model.single_use import one_time_keys
from oauth_model.strategies import First, InFlight, Outcome, Strategy, Undecided, Use


class Undecidable(OAuthError):
    """Nobody can tell now whether this is the first use; nothing happened, so come again.

    RFC 6749 5.2 has no code for it; the status of HTTP says enough (RFC 9110 15.5.10, 15.6.4).
    """

    status, clause = 503, "RFC 9110 15.6.4"

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.response = BUSY if isinstance(outcome, InFlight) else UNAVAILABLE

    def token_response(self) -> Response:
        """The status alone."""
        return self.response

    def challenge_response(self, realm: str, scheme: str = "Bearer") -> Response:
        """No challenge: other credentials would not help."""
        return self.response


def use_up(strategy: Strategy, use: Use) -> Flow[bool]:
    """Whether this is the first use, which it uses up at once; raises Undecidable."""
    return _is_first((yield from show(strategy, use)))


def use_up_foreign(replica: Replica, use: Use, replayed: OAuthError) -> Flow[None]:
    """Use up what a client made itself; raises `replayed`, Undecidable."""
    if not _is_first((yield from show_own(replica.one_time, use))):
        raise replayed


def _is_first(outcome: Outcome) -> bool:
    if isinstance(outcome, InFlight | Undecided):
        raise Undecidable(outcome)
    return isinstance(outcome, First)


def use_up_access_token(replica: Replica, identifier: str, claims: Mapping[str, Any]) -> Flow[bool]:
    """Whether a single-use token is used for the first time at this server, by asking the AS.

    In the records that the resource servers share, so that a use counts wherever it is counted: a
    server that asks must not count once more itself. Raises Undecidable.
    """
    config = replica.config
    (key,) = one_time_keys(config.issuer, (identifier,), claims["jti"], config.one_use_per)
    return use_up(replica.registrar, Use(key, claims["exp"] + config.leeway_s))
