"""The token endpoint (RFC 6749 3.2): who asks, what for, and the grant type that answers."""

from __future__ import annotations

from oauth_model.endpoints.answers import token_error
from oauth_model.errors import (
    InvalidRequest,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from oauth_model.faulty import changed
from oauth_model.flows import Flow
from oauth_model.grants import GRANTS, PASSWORD_ADVANCED, TOKEN_EXCHANGE, Replica, TokenRequest
from oauth_model.grants.binding import bind, proof_of, with_nonce
from oauth_model.grants.client_authentication import CREDENTIALS, authenticate_client
from oauth_model.grants.refusal import refusal
from oauth_model.messages import Request, Response
from oauth_model.parameters import form_of


def token(replica: Replica, request: Request) -> Flow[Response]:
    """Answer a token request."""
    try:
        response = yield from _answer(replica, request)
    except OAuthError as error:
        yield refusal(replica, request, error)
        response = token_error(error)
    return with_nonce(replica, response)


def _answer(replica: Replica, request: Request) -> Flow[Response]:
    parameters = form_of(request)
    proof = proof_of(replica, request)
    client = yield from authenticate_client(replica, request, parameters)
    grant_type = parameters.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant_type is missing")
    if grant_type not in offered(replica):
        raise UnsupportedGrantType
    if grant_type not in client.grant_types:
        raise UnauthorizedClient("the client is not registered for this grant type")
    bound = yield from bind(replica, request, client, proof)
    asked = TokenRequest(client, parameters.without(*CREDENTIALS), bound)
    answer = changed(GRANTS[grant_type], grant_type, replica.config.faults)
    return (yield from answer(replica, asked))


def offered(replica: Replica) -> tuple[str, ...]:
    """The grant types that this authorization server knows, by its issuance design."""
    design = replica.design
    config = replica.config
    exchange = () if config.exchange_by == "nobody" else (TOKEN_EXCHANGE,)
    password = (PASSWORD_ADVANCED,) if config.passwords and design.password_flow else ()
    always = (design.code_grant_type, "refresh_token", "client_credentials")
    return tuple(dict.fromkeys((*always, *design.more_grant_types, *exchange, *password)))
