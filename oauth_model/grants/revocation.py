"""What is good at this moment, what is revoked, and who is told.

Rule: at the AS a revocation works at once. A resource server that reads tokens itself goes on
accepting a revoked one until it is told, or until the token expires (RFC 7009 2.1): with
`revocation_events` it is told, in the background and again until it acknowledges.
"""

from __future__ import annotations

from collections.abc import Iterable

from oauth_model.flows import UNKNOWN, Flow, Note, Send, Start, Wait
from oauth_model.grants.openid import userinfo_of
from oauth_model.grants.records import Grant, IssuedToken
from oauth_model.grants.replica import Replica
from oauth_model.issuance.base import ProtectedResource
from oauth_model.messages import Request
from oauth_model.revocation_events import RevocationEvent, RevokedToken, event_request

#: How long an acknowledgement is waited for, and how long until the next try, in seconds.
EVENT_TIMEOUT_S = 1.0
EVENT_RESEND_S = 1.0
#: An event is given up after so many tries: then the token lives on there until it expires.
EVENT_TRIES = 60


def is_active(replica: Replica, issued: IssuedToken) -> bool:
    """Neither revoked, nor of a revoked grant, nor expired; not whether it was used."""
    dead = issued.revoked or issued.grant.revoked
    return not dead and replica.clock() < issued.claims["exp"]


def revoke_token(replica: Replica, issued: IssuedToken) -> Flow[None]:
    """This access token is dead; its grant lives (RFC 7009 2.1: either would do)."""
    issued.revoked = True
    yield from _tell(replica, [issued])


def revoke_grant(replica: Replica, grant: Grant) -> Flow[None]:
    """The grant is a tombstone: all that came of it is dead, and what still comes of it, too."""
    if grant.revoked:
        return
    grant.revoked = True
    yield Note("revoke", {"client": grant.client_id})
    tokens = replica.database.access_tokens.values()
    yield from _tell(replica, [issued for issued in tokens if issued.grant is grant])


def _tell(replica: Replica, revoked: Iterable[IssuedToken]) -> Flow[None]:
    if not replica.config.revocation_events:
        return
    alive = [issued for issued in revoked if replica.clock() < issued.claims["exp"]]
    for server in replica.config.resource_servers:
        tokens = tuple(
            RevokedToken(issued.claims["jti"], issued.claims["exp"])
            for issued in alive
            if is_for(issued, server)
        )
        if tokens and server != userinfo_of(replica):  # userinfo asks our own database
            request, note = _event(replica, server, tokens)
            yield note
            yield Start(_push(server.name, request))


def is_for(issued: IssuedToken, server: ProtectedResource) -> bool:
    """Whether this server is in the audience of the token."""
    audience = issued.claims["aud"]
    return server.identifier in (audience if isinstance(audience, list) else [audience])


def _event(
    replica: Replica, server: ProtectedResource, tokens: tuple[RevokedToken, ...]
) -> tuple[Request, Note]:
    """The message, under the key that this server trusts, and what the trace calls it."""
    jti, issued_at_s = replica.new_id("event"), int(replica.clock())
    event = RevocationEvent(replica.config.issuer, server.identifier, jti, issued_at_s, tokens)
    request = event_request(replica.keys, replica.design.signing_key((server,)), event)
    detail = {"kind": "event", "value": request.body, "token": jti}
    return request, Note("issue", detail | {"claims": {}, "with_refresh_token": False})


def _push(to: str, request: Request) -> Flow[None]:
    """In the background, until the server acknowledges or refuses (RFC 8935 2.2, 2.3)."""
    for _ in range(EVENT_TRIES):
        answer = yield Send(to, request, EVENT_TIMEOUT_S)
        if answer is not UNKNOWN and answer.status < 500:
            return
        yield Wait(EVENT_RESEND_S)
