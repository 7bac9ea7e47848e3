"""Is a good token good for this call: scope, strength of the sign-in, authorization details.

Rule: in this order, so that who holds the wrong kind of token learns the least (draft-ietf-oauth-
rar-metadata-remediation-00); and nothing is consumed by a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from oauth_model.claims import AccessToken
from oauth_model.errors import InsufficientScope
from oauth_model.flows import Perform
from oauth_model.messages import Request
from oauth_model.rar import Need, call_detail, covers
from oauth_model.rar_challenges import Challenger, challenge
from oauth_model.step_up import check_authentication


class SignIn(NamedTuple):
    """How the user must have signed in: a level of `step_up.ACR_LEVELS`, and how long ago."""

    acr: str = ""
    max_age_s: int | None = None


class Operation(NamedTuple):
    """What can be asked for: what it needs, and the effect it has.

    A need that is not `exact` is another way to say the scope: either will do. An exact one must be
    covered; a token that has details of its type needs no scope beside them.
    """

    scope: str
    effect: Perform
    need: Need
    exact: bool = False
    sign_in: SignIn | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """What one replica says to a token that is not enough: `policy` of `RAR_CHALLENGES`.

    Without a `challenger` the policy is off. `check` raises InsufficientScope, InvalidRequest,
    InsufficientUserAuthentication, and what the policy says.
    """

    policy: str
    challenger: Challenger | None

    def check(
        self, token: AccessToken, operation: Operation, request: Request, now_s: float
    ) -> None:
        """May this token make this call now? `now_s` on the server's own clock."""
        if operation.scope not in token.scopes and not _said_by_details(token, operation, request):
            raise InsufficientScope("the token lacks the scope", scope=operation.scope)
        if operation.sign_in is not None:
            check_authentication(token.acr, token.auth_time_s, *operation.sign_in, now_s)
        if operation.exact:
            self._check_details(token, operation.need, request)

    def _check_details(self, token: AccessToken, need: Need, request: Request) -> None:
        call = call_detail(need, request)
        if covers(token.authorization_details, call):
            return
        if self.challenger is None:
            raise InsufficientScope("the token does not authorize this call")
        raise challenge(self.policy, call, request, self.challenger)


def _said_by_details(token: AccessToken, operation: Operation, request: Request) -> bool:
    """Whether the token says by its details what its scopes do not say (RFC 9396 3)."""
    details, need = token.authorization_details, operation.need
    if operation.exact:
        return any(detail.members["type"] == need.type for detail in details)
    return bool(details) and covers(details, call_detail(need, request))
