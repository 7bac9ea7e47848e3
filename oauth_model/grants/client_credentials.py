"""The client credentials grant (RFC 6749 4.4): the client acts for itself."""

from __future__ import annotations

from oauth_model.errors import UnauthorizedClient
from oauth_model.flows import Flow
from oauth_model.grants.issuer import Issuer, scopes_asked
from oauth_model.grants.records import Grant, RegisteredClient
from oauth_model.issuance.base import Parameters
from oauth_model.messages import Response
from oauth_model.single_use import requested_use


def client_credentials(
    issuer: Issuer, client: RegisteredClient, parameters: Parameters
) -> Flow[Response]:
    """An access token whose subject is the client (RFC 9068 2.2).

    No refresh token (RFC 6749 4.4.3). Raises UnauthorizedClient, InvalidRequest, InvalidScope.
    """
    if client.public:  # RFC 6749 4.4: confidential clients only
        raise UnauthorizedClient("only for confidential clients")
    servers = issuer.config.resource_servers
    values = issuer.design.policy_values(client.scopes, servers)
    grant = Grant(client.client_id, client.client_id, values)
    use = requested_use(parameters)
    selection = issuer.select(grant, parameters, use)
    asked = scopes_asked(grant, parameters)
    return (yield from issuer.tokens(grant, selection, asked, use=use, refreshable=False))
