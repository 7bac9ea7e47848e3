"""GNAP errors (RFC 9635 3.6): registered codes, in the object form, and what OAuth errors become.

The RFC names no status. Ours: 401 where the client is not recognized, else 400.
"""

from __future__ import annotations

from typing import Any

from oauth_model.errors import (
    AccessDenied,
    InvalidClient,
    InvalidDPoPProof,
    OAuthError,
    UseDPoPNonce,
)
from oauth_model.grants.shown_once import Undecidable
from oauth_model.messages import NO_STORE, Headers, Response, json_response

#: code → where its use is written; the codes of RFC 9635 10.14 that this server needs.
CODES = {
    "invalid_request": "RFC 9635 3.6",
    "invalid_client": "RFC 9635 2.3.1",
    "invalid_interaction": "RFC 9635 2.5",
    "invalid_flag": "RFC 9635 2.1.1",
    "invalid_rotation": "RFC 9635 6.1",
    "key_rotation_not_supported": "RFC 9635 6.1.1",
    "invalid_continuation": "RFC 9635 5",
    "user_denied": "RFC 9635 5.1",
    "request_denied": "RFC 9635 3.6",
    "too_many_attempts": "RFC 9635 5.1",
}
#: OAuth's errors that are not just an invalid request here.
TRANSLATED: dict[type[OAuthError], str] = {
    InvalidClient: "invalid_client",
    InvalidDPoPProof: "invalid_client",  # 3.6: "signature validation failed"
    AccessDenied: "user_denied",
}
#: RFC 9110 15.5.2: a 401 says what would help.
BASIC: Headers = (("WWW-Authenticate", 'Basic realm="grant endpoint"'),)


class GnapError(Exception):
    """A registered error code; `more` are members beside `error` (3.6: `continue`).

    Raises KeyError for a code that is not in `CODES`.
    """

    def __init__(self, code: str, description: str, **more: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.more = code, description, more
        self.clause = CODES[code]

    def response(self) -> Response:
        """As the AS says it."""
        error = {"code": self.code, "description": self.description}
        unknown = self.code == "invalid_client"
        headers = (*NO_STORE, *(BASIC if unknown else ()))
        return json_response(401 if unknown else 400, {"error": error} | self.more, headers)


def refusal(error: OAuthError | GnapError) -> Response:
    """What a GNAP endpoint answers to an error.

    The nonce of RFC 9449 8 is asked for in that RFC's own form, which is the string form of 3.6.
    """
    if isinstance(error, GnapError):
        return error.response()
    if isinstance(error, UseDPoPNonce | Undecidable):
        return error.token_response()
    code = TRANSLATED.get(type(error), "invalid_request")
    return GnapError(code, error.description).response()
