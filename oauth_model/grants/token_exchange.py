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

from oauth_model.errors import InvalidRequest, InvalidScope, InvalidTarget, UnauthorizedClient
from oauth_model.flows import Flow
from oauth_model.grants.minting import Terms, token_response
from oauth_model.grants.records import IssuedToken, RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.grants.revocation import is_active, is_for
from oauth_model.grants.token_request import TokenRequest
from oauth_model.issuance.base import ProtectedResource, Selection, named, owners, split
from oauth_model.issuance.rar_locations import PARAMETER
from oauth_model.issuance.rfc8707 import indicated
from oauth_model.issuance.token_exchange import ACCESS_TOKEN
from oauth_model.messages import NO_STORE, Response, json_response
from oauth_model.parameters import Parameters
from oauth_model.rar import Details, conforming, locations_of, select_details
from oauth_model.single_use import USE, names_rights, requested_use

Targets = tuple[ProtectedResource, ...]


def token_exchange(replica: Replica, asked: TokenRequest) -> Flow[Response]:
    """A new access token; raises InvalidRequest, InvalidTarget, InvalidScope.

    No refresh token: the subject token may be exchanged again (RFC 8693 2.2.1).
    """
    client, parameters = asked.client, asked.parameters
    subject = _subject_token(replica, asked)
    use, selection = requested_use(parameters), _selection(replica, subject, parameters)
    if use:
        replica.check_single_use(client, selection, named=names_rights(parameters, selection))
    terms = Terms(use, asked.confirmation, client.client_id, subject.claims["exp"])
    requested = split(parameters.get("scope", "")) or tuple(subject.claims["scope"].split())
    response = yield from token_response(replica, subject.grant, selection, requested, terms)
    members = response.json() | {"issued_token_type": ACCESS_TOKEN}  # RFC 8693 2.2.1: REQUIRED
    return json_response(response.status, members, NO_STORE)


def _selection(replica: Replica, subject: IssuedToken, parameters: Parameters) -> Selection:
    """What of the subject token the new one is for, whatever the design.

    Raises InvalidScope, InvalidTarget, InvalidAuthorizationDetails.
    """
    asked, held = split(parameters.get("scope", "")), subject.claims["scope"].split()
    if not set(asked) <= set(held):
        raise InvalidScope("the scope exceeds that of the subject token")
    details = _details(subject, parameters)
    wanted = asked or tuple(held)
    targets = _targets(replica, subject, parameters, wanted, details)
    scopes = tuple(scope for scope in wanted if owners((scope,), targets))
    identifiers = {target.identifier for target in targets}
    here = tuple(d for d in details if identifiers.issuperset(locations_of((d,))))
    if not (scopes or here):
        refusal = InvalidScope if asked else InvalidTarget  # RFC 8693 2.2.2
        raise refusal("nothing of the scope belongs to the target")
    return Selection(scopes, targets, here)


def _details(subject: IssuedToken, parameters: Parameters) -> Details:
    """Those of the subject token, as far as they are asked for; a named scope asks for none."""
    held = conforming(subject.claims.get(PARAMETER, ()))
    if PARAMETER in parameters:
        return select_details(parameters[PARAMETER], held)
    return () if split(parameters.get("scope", "")) else held


def _targets(
    replica: Replica,
    subject: IssuedToken,
    parameters: Parameters,
    scopes: tuple[str, ...],
    details: Details,
) -> Targets:
    """The servers that are named, else the one that scope or details mean; raises InvalidTarget."""
    servers, design = replica.config.resource_servers, replica.design
    uris = (*indicated(parameters, servers), *_by_audience(parameters, servers))
    consented = subject.grant.rights.resources
    if consented and not set(uris) <= set(consented):  # RFC 8707 2.2: never more than was granted
        raise InvalidTarget("the target was not granted")
    meant = (*owners(scopes, servers), *(named(locations_of(details), servers) if details else ()))
    targets = named(uris, servers) if uris else tuple(dict.fromkeys(meant))
    if not uris and len(targets) != 1:
        raise InvalidTarget("the request must name a target")
    key = design.signing_key(targets)
    if any(key not in design.verifier_keys(target) for target in targets):
        raise InvalidTarget("one target at a time")
    return targets


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
    shown = issued.claims["aud"] != replica.config.issuer
    if asked.client.public and shown and not bound:  # RFC 8693 5: whoever has seen it could ask
        raise UnauthorizedClient("a public client proves nothing by a token that servers see")
    return issued


def _may_exchange(replica: Replica, client: RegisteredClient, issued: IssuedToken) -> bool:
    if issued.claims["client_id"] == client.client_id:
        return True
    askers = (s for s in replica.config.resource_servers if s.name == client.client_id)
    return replica.config.exchange_by == "audience" and any(is_for(issued, s) for s in askers)


def _by_audience(parameters: Parameters, servers: Targets) -> tuple[str, ...]:
    """The targets that are named logically (RFC 8693 2.1); raises InvalidTarget."""
    by_name = {server.name: server.identifier for server in servers}
    try:
        return tuple(by_name[name] for name in parameters.all("audience"))
    except KeyError as error:
        raise InvalidTarget("the audience is unknown") from error
