"""Token management (RFC 9635 6): an access token gets another value, or is revoked.

Rule: the old value is dead as soon as there is a new one. A resource server that reads tokens
itself goes on accepting it until it is told or it expires (`grants.revocation`), as RFC 9635 6.1
has to allow. A management token that comes twice changes nothing more (6.1: after an error the
client takes the access token for unchanged): no grant is revoked for it.
"""

from __future__ import annotations

from typing import NoReturn

from oauth_model.endpoints.gnap_continue import check_key, presented_token
from oauth_model.errors import InvalidGrant
from oauth_model.flows import Flow
from oauth_model.gnap.errors import GnapError
from oauth_model.gnap.reading import body_of
from oauth_model.gnap.records import Managed
from oauth_model.gnap.tokens import MANAGEMENT, Approved, one_token, one_use
from oauth_model.grants import Replica
from oauth_model.grants.once import redeem
from oauth_model.grants.records import Grant
from oauth_model.grants.revocation import revoke_token
from oauth_model.jose import fingerprint
from oauth_model.messages import NO_STORE, Request, Response, json_response


def rotate(replica: Replica, request: Request) -> Flow[Response]:
    """Another value for the access token, with the same rights (6.1); its key stays (6.1.1)."""
    managed, value = yield from _presented(replica, request, "invalid_rotation")
    negotiation, grant = managed.negotiation, managed.negotiation.grant
    if request.body:
        _refuse_key(request, managed)
    if grant is None or (managed.issued.revoked and not managed.rotated):
        raise GnapError("invalid_rotation", "the access token was revoked")
    same = fingerprint(negotiation.client_id, value)
    use = one_use(replica, MANAGEMENT, negotiation, value, managed.expires_at_s, same)
    try:
        answer = _answer(replica, managed, grant)
        return (yield from redeem(replica, use, grant, answer, tombstone=False))
    except InvalidGrant as error:
        raise GnapError("invalid_rotation", error.description) from error


def revoke(replica: Replica, request: Request) -> Flow[Response]:
    """The access token is needed no more (6.2); one that is dead already stays so."""
    managed, _ = yield from _presented(replica, request, "invalid_request")
    if not managed.issued.revoked:
        yield from revoke_token(replica, managed.issued)
    return Response(204, NO_STORE)


def _presented(replica: Replica, request: Request, unknown: str) -> Flow[tuple[Managed, str]]:
    """What is managed, by URI and management token; raises GnapError."""
    value = presented_token(request)
    managed = replica.database.gnap.managed.get(value)
    if managed is None or managed.uri != request.url or replica.clock() >= managed.expires_at_s:
        raise GnapError(unknown, "the management token is not for this URI")
    yield from check_key(replica, request, managed.negotiation)
    return managed, value


def _refuse_key(request: Request, managed: Managed) -> NoReturn:
    if "key" not in body_of(request):
        raise GnapError("invalid_request", "a rotation has no content")
    if managed.asked.bearer:
        raise GnapError("invalid_rotation", "a bearer token has no key")
    raise GnapError("key_rotation_not_supported", "the key of a token stays")


def _answer(replica: Replica, managed: Managed, grant: Grant) -> Flow[Response]:
    """The new token; who revoked the old one while this was decided has revoked this one too."""
    approved = Approved(managed.asked, managed.selection)
    managed.rotated = True
    members = yield from one_token(replica, managed.negotiation, grant, approved)
    dead = managed.issued.revoked
    yield from revoke_token(replica, managed.issued)
    if dead:
        yield from revoke_token(replica, replica.database.access_tokens[members["value"]])
    return json_response(200, {"access_token": members}, NO_STORE)
