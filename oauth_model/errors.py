"""Protocol errors: one class per registered error code, with its status and where it is defined.

A flow raises one; the endpoint that runs the flow turns it into the response its specification
gives. Two shapes exist: the JSON body of a token endpoint (RFC 6749 5.2) and the challenge of a
protected resource (RFC 6750 3).
"""

from __future__ import annotations

from typing import ClassVar

from oauth_model.messages import NO_STORE, Response, json_response


class OAuthError(Exception):
    """A registered error code as an exception; the message is its `error_description`.

    `status` is the HTTP status its specification gives, `clause` where that is written.
    """

    error: ClassVar[str] = ""
    status: ClassVar[int] = 400
    clause: ClassVar[str] = ""

    def __init__(self, description: str = "", **attributes: str) -> None:
        super().__init__(description)
        self.description = description
        self.attributes = attributes

    def token_response(self) -> Response:
        """As the token endpoint says it (RFC 6749 5.2): JSON, never stored."""
        members = {"error": self.error} | (
            {"error_description": self.description} if self.description else {}
        )
        return json_response(self.status, members | self.attributes, NO_STORE)

    def challenge_response(self, realm: str, scheme: str = "Bearer") -> Response:
        """As a protected resource says it (RFC 6750 3): a challenge, each attribute once."""
        attributes = {"realm": realm}
        if self.error:
            attributes["error"] = self.error
        if self.error and self.description:
            attributes["error_description"] = self.description
        listed = ", ".join(f'{k}="{v}"' for k, v in (attributes | self.attributes).items())
        return Response(self.status, (("WWW-Authenticate", f"{scheme} {listed}"),))


class InvalidRequest(OAuthError):
    """Malformed, a parameter missing or repeated, or credentials sent in two ways."""

    error, status, clause = "invalid_request", 400, "RFC 6749 5.2; RFC 6750 3.1"


class InvalidClient(OAuthError):
    """Client authentication failed."""

    error, status, clause = "invalid_client", 401, "RFC 6749 5.2"


class InvalidGrant(OAuthError):
    """The code or refresh token is invalid, expired, used, or another client's."""

    error, status, clause = "invalid_grant", 400, "RFC 6749 5.2"


class UnauthorizedClient(OAuthError):
    """This client may not use this grant type or response type."""

    error, status, clause = "unauthorized_client", 400, "RFC 6749 4.1.2.1, 5.2"


class UnsupportedGrantType(OAuthError):
    """The authorization server does not know this grant type."""

    error, status, clause = "unsupported_grant_type", 400, "RFC 6749 5.2"


class UnsupportedResponseType(OAuthError):
    """The authorization server does not know this response type."""

    error, status, clause = "unsupported_response_type", 400, "RFC 6749 4.1.2.1"


class InvalidScope(OAuthError):
    """The scope is unknown, malformed, or exceeds what was granted."""

    error, status, clause = "invalid_scope", 400, "RFC 6749 5.2, 6"


class AccessDenied(OAuthError):
    """The resource owner or the authorization server said no."""

    error, status, clause = "access_denied", 400, "RFC 6749 4.1.2.1"


class InvalidTarget(OAuthError):
    """The requested resource is unknown, malformed, or outside the grant."""

    error, status, clause = "invalid_target", 400, "RFC 8707 2"


class Unauthenticated(OAuthError):
    """No credentials at all: a challenge without an error code (RFC 6750 3.1)."""

    error, status, clause = "", 401, "RFC 6750 3.1"


class InvalidToken(OAuthError):
    """Expired, revoked, malformed, for another audience, or a single-use token used before."""

    error, status, clause = "invalid_token", 401, "RFC 6750 3.1; RFC 9068 4"


class InsufficientScope(OAuthError):
    """The token is good, but not for this."""

    error, status, clause = "insufficient_scope", 403, "RFC 6750 3.1"


class InsufficientUserAuthentication(OAuthError):
    """The token is good, but the user has to sign in again, or more strongly: step-up."""

    error, status, clause = "insufficient_user_authentication", 401, "RFC 9470 3"


class InsufficientAuthorization(OAuthError):
    """The token is good, but its authorization details are not for this."""

    error, status = "insufficient_authorization", 401
    clause = "draft-ietf-oauth-rar-metadata-remediation-00"


class TransactionAuthorizationRequired(OAuthError):
    """This one transaction needs an authorization of its own."""

    error, status = "transaction_authorization_required", 401
    clause = "draft-rosomakho-oauth-txn-challenge-00"


class InvalidAuthorizationDetails(OAuthError):
    """Authorization details of an unknown type, malformed, or beyond the grant."""

    error, status, clause = "invalid_authorization_details", 400, "RFC 9396 5"


class InvalidDPoPProof(OAuthError):
    """The DPoP proof fails one of its checks."""

    error, status, clause = "invalid_dpop_proof", 400, "RFC 9449 5"


class UseDPoPNonce(OAuthError):
    """Come back with the nonce that this answer carries; nothing was consumed."""

    error, status, clause = "use_dpop_nonce", 400, "RFC 9449 8, 9"


class InvalidRequestUri(OAuthError):
    """The pushed authorization request is unknown, used, expired, or another client's."""

    error, status, clause = "invalid_request_uri", 400, "RFC 9101 7; RFC 9126 4"


class UnsupportedTokenType(OAuthError):
    """Tokens of this type cannot be revoked here."""

    error, status, clause = "unsupported_token_type", 400, "RFC 7009 2.2.1"
