"""The client credentials grant (RFC 6749 4.4): the client acts for itself."""

from __future__ import annotations

from oauth_model.errors import UnauthorizedClient
from oauth_model.flows import Flow
from oauth_model.grants.minting import Terms, scopes_asked, token_response
from oauth_model.grants.records import Grant
from oauth_model.grants.replica import Replica
from oauth_model.grants.token_request import TokenRequest
from oauth_model.messages import Response
from oauth_model.single_use import requested_use


def client_credentials(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """An access token whose subject is the client (RFC 9068 2.2).

    No refresh token (RFC 6749 4.4.3). Raises UnauthorizedClient, InvalidRequest, InvalidScope.
    """
    client, parameters = asked.client, asked.parameters
    if client.public:  # RFC 6749 4.4: confidential clients only
        raise UnauthorizedClient("only for confidential clients")
    rights = replica.design.policy(client.scopes, replica.config.resource_servers)
    grant = Grant(client.client_id, client.client_id, rights)
    use = requested_use(parameters)
    selection = replica.select(grant, parameters, use)
    return token_response(
        replica,
        grant,
        selection,
        scopes_asked(grant, parameters),
        Terms(use, asked.confirmation),
    )
