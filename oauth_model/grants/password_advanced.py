"""The password flow of the multiple-access-tokens draft, which says no more than that it could be.

Its note (draft-lodderstedt-oauth-multiple-access-tokens-00): the same pattern for the resource
owner password flow. So, by analogy with the code flow: a grant type of its own name (ours), the
consent's `scopes` and `scope.N` in this request, for there is no other, and `scope` for the one
that the token is for. RFC 9700 2.4 forbids password flows: an AS offers it only when its
configuration has passwords.
"""

from __future__ import annotations

from hmac import compare_digest

from oauth_model.errors import InvalidGrant, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.minting import Terms, scopes_asked, token_response
from oauth_model.grants.records import Grant
from oauth_model.grants.replica import Replica
from oauth_model.grants.token_request import TokenRequest
from oauth_model.issuance.base import Rights
from oauth_model.messages import Response
from oauth_model.single_use import requested_use

#: By analogy with `authorization_code_advanced`; our name.
GRANT_TYPE = "password_advanced"


def password_advanced(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """The access token of one `scope` and the refresh token of all.

    Raises InvalidRequest, InvalidScope, and InvalidGrant for a wrong password (RFC 6749 5.2).
    """
    client, parameters, servers = asked.client, asked.parameters, replica.config.resource_servers
    username = parameters.get("username")
    password = parameters.get("password")
    if username is None or password is None:
        raise InvalidRequest("username or password is missing")
    known = dict(replica.config.passwords).get(username)
    if known is None or not compare_digest(known.encode(), password.encode()):
        raise InvalidGrant("the user name or the password is wrong")
    rights = replica.design.rights(parameters.without("scope"), servers)
    if rights == Rights():
        rights = replica.design.policy(client.scopes, servers)
    granted = tuple(tuple(s for s in value if s in client.scopes) for value in rights.values)
    use = requested_use(parameters)
    grant = Grant(client.client_id, username, Rights(tuple(filter(None, granted))), use=use)
    selection = replica.select(grant, parameters, use)
    return token_response(
        replica,
        grant,
        selection,
        scopes_asked(grant, parameters),
        Terms(use, asked.confirmation),
        refreshable=replica.may_refresh(client),
    )
