"""Pushed authorization requests (RFC 9126): the client says what it wants before the user comes.

Rule: what would be refused at the authorization endpoint is refused here, as JSON; only the
resource owner is asked later.
"""

from __future__ import annotations

from oauth_model.endpoints.answers import token_error
from oauth_model.errors import AccessDenied, InvalidRequest, OAuthError
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.authorization_request import check_form, wanted, who_asks
from oauth_model.grants.binding import DPOP_JKT, code_key, proof_of, use_up_proof, with_nonce
from oauth_model.grants.client_authentication import CREDENTIALS, authenticate_client
from oauth_model.grants.pushed import REQUEST_URI, push
from oauth_model.grants.records import RegisteredClient
from oauth_model.messages import NO_STORE, Request, Response, json_response
from oauth_model.parameters import Parameters, form_of


def par(replica: Replica, request: Request) -> Flow[Response]:
    """Answer a pushed authorization request."""
    try:
        response = yield from _answer(replica, request)
    except OAuthError as error:
        response = token_error(error)
    return with_nonce(replica, response)


def _answer(replica: Replica, request: Request) -> Flow[Response]:
    """A proof is kept as the parameter that it stands for (RFC 9449 10.1)."""
    parameters = form_of(request)
    proof = proof_of(replica, request)
    client = yield from authenticate_client(replica, request, parameters)
    if REQUEST_URI in parameters:  # RFC 9126 2.1
        raise InvalidRequest("a request_uri cannot be pushed")
    said = parameters.without("client_id", *CREDENTIALS, DPOP_JKT)
    asked = Parameters([*said.pairs, (DPOP_JKT, code_key(parameters, proof))])
    pairs = [("client_id", client.client_id), *asked.pairs]
    who_asks(replica, pairs)
    check_form(replica, client, asked)
    _check_wanted(replica, client, asked)
    if proof is not None:
        yield from use_up_proof(replica, client, proof)
    uri = yield from push(replica, client, pairs)
    lifetime_s = int(replica.config.pushed_request_lifetime_s)
    return json_response(201, {REQUEST_URI: uri, "expires_in": lifetime_s}, NO_STORE)


def _check_wanted(replica: Replica, client: RegisteredClient, asked: Parameters) -> None:
    """Raises as `wanted` does, but for AccessDenied: nobody was asked yet (RFC 9126 2.3)."""
    try:
        wanted(replica, client, asked)
    except AccessDenied as error:
        raise InvalidRequest(error.description) from error
