"""What the trace is told of a refused token request: what was said, and the truth beside it.

Rule: it changes nothing, and knows what the one who is refused need not know.
"""

from __future__ import annotations

from oauth_model.errors import OAuthError
from oauth_model.flows import Note
from oauth_model.grants.replica import Replica
from oauth_model.messages import Request
from oauth_model.parameters import Parameters


def refusal(replica: Replica, request: Request, error: OAuthError) -> Note:
    """The note; `value` is the code or refresh token that was presented, `state` what it is."""
    parameters = Parameters(request.form() if request.is_form() else ())
    value = parameters.get("code") or parameters.get("refresh_token", "")
    detail = {
        "value": value,
        "grant_type": parameters.get("grant_type", ""),
        "resources": list(parameters.all("resource")),
        "error": error.error,
        "state": state(replica, value),
    }
    return Note("refuse", detail)


def state(replica: Replica, value: str) -> str:
    """Whether a code or refresh token is good now: "good", or else why not.

    Of codes this does not say whether they were used, for that is asked through the seam.
    """
    refresh = replica.database.refresh_tokens.get(value)
    found = refresh or replica.database.codes.get(value)
    if found is None:
        return "unknown"
    if found.grant.revoked:
        return "revoked"
    if replica.clock() >= found.expires_at_s:
        return "expired"
    return "used" if refresh and refresh.rotated else "good"
