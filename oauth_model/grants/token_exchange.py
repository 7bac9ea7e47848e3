"""The token exchange grant (RFC 8693 2): a token for another server out of one that is held.

RFC 8693 leaves it to policy who may exchange a token (`config.exchange_by`):

owner: the client that it was issued to. A resource server cannot reach further with what it gets.
audience: also a resource server that is in its audience, so that it can call others on behalf of
    the user. Then every server that is shown a token can turn it into tokens for others, as far as
    its scopes reach; that is what a malicious one tries.

The new token has no wider scope than the old one, lives no longer, is bound to the key that the
request proves, and dies with the same grant. A token that is bound is exchanged only by who proves
its key. A single-use token is not exchanged: whoever got two for it would have used it twice.
"""

from __future__ import annotations

from oauth_model.errors import InvalidRequest, InvalidTarget
from oauth_model.flows import Flow
from oauth_model.grants.minting import Terms, token_response
from oauth_model.grants.records import IssuedToken, RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.grants.revocation import is_active
from oauth_model.grants.token_request import TokenRequest
from oauth_model.issuance.base import ProtectedResource, split
from oauth_model.issuance.rar_locations import PARAMETER
from oauth_model.issuance.token_exchange import ACCESS_TOKEN
from oauth_model.messages import Response
from oauth_model.parameters import Parameters
from oauth_model.rar import conforming
from oauth_model.single_use import USE, requested_use


def token_exchange(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """A new access token; raises InvalidRequest, InvalidTarget, InvalidScope.

    No refresh token: the subject token may be exchanged again (RFC 8693 2.2.1).
    """
    client, parameters, config = asked.client, asked.parameters, replica.config
    subject = _subject_token(replica, asked)
    scopes = tuple(subject.claims["scope"].split())
    details = conforming(subject.claims.get(PARAMETER, ()))
    rights = subject.grant.rights._replace(values=(scopes,), resources=(), details=details)
    named = Parameters([*parameters.pairs, *_resources(parameters, config.resource_servers)])
    use = requested_use(parameters)
    selection = replica.design.select(rights, named, config.resource_servers)
    if use:
        replica.check_single_use(client, selection, named="scope" in parameters)
    terms = Terms(use, asked.confirmation, client.client_id, subject.claims["exp"])
    requested = split(parameters.get("scope", "")) or scopes
    return token_response(replica, subject.grant, selection, requested, terms)


def _subject_token(replica: Replica, asked: TokenRequest) -> IssuedToken:
    """The token to be exchanged; raises InvalidRequest whatever is wrong with it (2.2.2)."""
    parameters = asked.parameters
    value, kind = parameters.get("subject_token"), parameters.get("subject_token_type")
    if value is None or kind is None:
        raise InvalidRequest("subject_token or its type is missing")
    if kind != ACCESS_TOKEN or parameters.get("requested_token_type", kind) != kind:
        raise InvalidRequest("only access tokens are exchanged")
    if "actor_token" in parameters or "actor_token_type" in parameters:
        raise InvalidRequest("an actor token is not supported")
    issued = replica.database.access_tokens.get(value)
    usable = issued is not None and is_active(replica, issued) and not issued.claims.get(USE)
    if issued is None or not usable or not _may_exchange(replica, asked.client, issued):
        raise InvalidRequest("the subject token is not valid")
    bound = issued.claims.get("cnf", {}).items()
    if not set(bound) <= set(asked.confirmation):
        raise InvalidRequest("the subject token is bound to another key")
    return issued


def _may_exchange(replica: Replica, client: RegisteredClient, issued: IssuedToken) -> bool:
    if issued.claims["client_id"] == client.client_id:
        return True
    audience = issued.claims["aud"]
    audiences = (audience,) if isinstance(audience, str) else audience
    servers = replica.config.resource_servers
    asker = [server.identifier for server in servers if server.name == client.client_id]
    return replica.config.exchange_by == "audience" and any(uri in audiences for uri in asker)


def _resources(
    parameters: Parameters, servers: tuple[ProtectedResource, ...]
) -> list[tuple[str, str]]:
    """The targets that are named logically, by `audience` (RFC 8693 2.1), as resources."""
    by_name = {server.name: server.identifier for server in servers}
    try:
        return [("resource", by_name[name]) for name in parameters.all("audience")]
    except KeyError as error:
        raise InvalidTarget("the audience is unknown") from error
