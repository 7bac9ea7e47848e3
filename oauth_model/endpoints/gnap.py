"""The grant endpoint of GNAP and the page behind its interaction URIs (RFC 9635 2, 4).

Rule: an AS whose design is another has none of these. Whatever a client sends, it gets a registered
error; a user gets a page, and is sent to nobody, when the URI leads nowhere (4.1.1).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from oauth_model.errors import AccessDenied, OAuthError
from oauth_model.flows import Flow
from oauth_model.gnap.errors import GnapError, refusal
from oauth_model.gnap.hashes import interaction_hash
from oauth_model.gnap.reading import (
    acr_values_of,
    asked_token,
    body_of,
    finish_of,
    instance_of,
    tokens_of,
)
from oauth_model.gnap.records import AskedTokens, Negotiation
from oauth_model.gnap.tokens import continuation, lasting
from oauth_model.grants import Replica
from oauth_model.grants.authorization_request import granted, wanted
from oauth_model.grants.binding import bind, proof_of, with_nonce
from oauth_model.grants.client_authentication import authenticate_client
from oauth_model.grants.records import Confirmation, RegisteredClient
from oauth_model.issuance.rar_locations import PARAMETER
from oauth_model.messages import NO_STORE, Request, Response, json_response, with_query
from oauth_model.parameters import Pairs, Parameters
from oauth_model.rar import Details, dump_details

Handler = Callable[[Replica, Request], Flow[Response]]
NOT_FOUND = Response(404)
NO_SUCH_REQUEST = Response(400, (("Content-Type", "text/plain"),), "nothing to decide here")


def gnap(handler: Handler) -> Handler:
    """An endpoint of this protocol: it is there for its design only, and never raises."""

    def answer(replica: Replica, request: Request) -> Flow[Response]:
        if replica.design.name != "gnap":
            return NOT_FOUND
        try:
            response = yield from handler(replica, request)
        except (GnapError, OAuthError) as error:
            response = refusal(error)
        return with_nonce(replica, response)

    return answer


def tx(replica: Replica, request: Request) -> Flow[Response]:
    """Answer a grant request (2): the user has to come, so it is pending (3.1, 3.3)."""
    body = body_of(request)
    claimed = Parameters([("client_id", instance_of(body))])
    proof = proof_of(replica, request)
    client = yield from authenticate_client(replica, request, claimed)
    asked = asked_tokens(replica, client, body)
    wanted(replica, client, Parameters(_all_of(asked)))
    finish = finish_of(body, client.redirect_uris)
    bound = yield from bind(replica, request, client, proof)
    check_flags(client, asked, bound)
    lifetime_s = replica.config.pushed_request_lifetime_s
    negotiation = Negotiation(
        client.client_id,
        asked,
        finish,
        replica.new_id("nonce"),
        acr_values_of(body),
        bound,
        replica.clock() + lifetime_s,
    )
    identifier = replica.new_id("grant")
    replica.database.gnap.interactions[identifier] = negotiation
    interact = {
        "redirect": with_query(f"{replica.config.issuer}/interact", [("grant", identifier)]),
        "finish": negotiation.nonce,
        "expires_in": int(lifetime_s),
    }
    onward = yield from continuation(replica, negotiation, lifetime_s)
    return json_response(200, {"interact": interact} | onward, NO_STORE)


def discovery(replica: Replica, request: Request) -> Flow[Response]:
    """What the grant endpoint offers (9)."""
    yield from ()
    members = {
        "grant_request_endpoint": grant_endpoint(replica),
        "interaction_start_modes_supported": ["redirect"],
        "interaction_finish_methods_supported": ["redirect"],
        "key_rotation_supported": False,
    }
    return json_response(200, members, NO_STORE)


def interact(replica: Replica, request: Request) -> Flow[Response]:
    """The user decides, and is sent back with hash and reference, also after a no (4.2)."""
    yield from ()
    identifiers = [value for name, value in request.query() if name == "grant"]
    known = replica.database.gnap.interactions
    negotiation = known.get(identifiers[0]) if len(identifiers) == 1 else None
    if negotiation is None or not open_to_user(replica, negotiation):
        return NO_SUCH_REQUEST
    negotiation.interact_ref = replica.new_id("interact_ref")
    _ask_user(replica, negotiation)
    finish, reference = negotiation.finish, negotiation.interact_ref
    parts = (finish.nonce, negotiation.nonce, reference, grant_endpoint(replica))
    tie = interaction_hash(*parts, finish.hash_method)
    back = with_query(finish.uri, [("hash", tie), ("interact_ref", reference)])
    return Response(302, (("Location", back),))


def _ask_user(replica: Replica, negotiation: Negotiation) -> None:
    """Consent to all tokens at once; it starts a session unless every token is for a single use."""
    asked = negotiation.asked
    parameters = Parameters([*_all_of(asked), ("acr_values", negotiation.acr_values)])
    client = replica.clients[negotiation.client_id]
    try:
        negotiation.grant = granted(replica, client, parameters)
    except AccessDenied:
        return
    negotiation.lasting = lasting(asked, negotiation.grant.rights.details)
    if not all(each.use for each in asked.tokens):
        replica.database.sessions.add(negotiation.grant.subject)


def _all_of(asked: AskedTokens) -> Pairs:
    """The rights of all tokens, as one request for consent."""
    details = (detail for each in asked.tokens for detail in each.details)
    return [(PARAMETER, dump_details(details))]


def open_to_user(replica: Replica, negotiation: Negotiation) -> bool:
    """Whether the user has not decided yet, and still may."""
    decided = negotiation.interact_ref or negotiation.state != "pending"
    return not decided and replica.clock() < negotiation.expires_at_s


def grant_endpoint(replica: Replica) -> str:
    """Where grant requests are sent."""
    return f"{replica.config.issuer}/tx"


def asked_tokens(replica: Replica, client: RegisteredClient, body: dict[str, Any]) -> AskedTokens:
    """The tokens that a request asks for, each with its rights; raises GnapError, OAuthError."""
    objects, many = tokens_of(body)
    tokens = tuple(
        asked_token(each)._replace(details=_rights(replica, client, each.get("access")))
        for each in objects
    )
    return AskedTokens(tokens, many)


def _rights(replica: Replica, client: RegisteredClient, access: Any) -> Details:
    """What an array `access` (8) asks for; a string in it is a scope (8.1: a reference)."""
    if not isinstance(access, list) or not access:
        raise GnapError("invalid_request", "access is missing or no array with entries")
    scopes = [entry for entry in access if isinstance(entry, str)]
    if not replica.scopes.issuperset(scopes):
        raise GnapError("invalid_request", "an access reference is unknown")
    try:
        text = json.dumps([entry for entry in access if not isinstance(entry, str)])
    except RecursionError as error:  # what could be read need not be writable
        raise GnapError("invalid_request", "access is nested too deeply") from error
    details = [(PARAMETER, text)] if text != "[]" else []
    asked = Parameters([("scope", " ".join(scopes)), *details])
    return wanted(replica, client, asked).rights.details


def check_flags(client: RegisteredClient, asked: AskedTokens, bound: Confirmation) -> None:
    """A token that is not for its bearer is bound to the key that was proven (2.1.1).

    Raises GnapError, also for a bearer token of a client that is registered for bound ones.
    """
    registered = client.dpop_bound or client.certificate_bound
    for each in asked.tokens:
        if not (bound or each.bearer) or (registered and each.bearer):
            raise GnapError("invalid_flag", "the flag bearer does not fit the key of the client")
