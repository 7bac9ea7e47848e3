"""Pushed authorization requests (RFC 9126): kept until the user comes, and good for one code.

Rule: a `request_uri` is used up when its request brings a code, not before: what is refused may be
tried again until it expires. A strategy that answers the same request from store allows the user to
reload the page (RFC 9126 4), with the same code; any other refuses it.
"""

from __future__ import annotations

from typing import NamedTuple

from oauth_model.errors import InvalidGrant, InvalidRequest, InvalidRequestUri
from oauth_model.flows import Flow
from oauth_model.grants.once import redeem
from oauth_model.grants.records import Grant, PushedRequest, RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.messages import Response
from oauth_model.parameters import Pairs

KIND = REQUEST_URI = "request_uri"
#: RFC 9126 2.2 shows this prefix; what follows must not be guessable where it matters.
PREFIX = "urn:ietf:params:oauth:request_uri:"


class Found(NamedTuple):
    """A pushed request and the URI that leads to it."""

    uri: str
    request: PushedRequest


def push(replica: Replica, client: RegisteredClient, pairs: Pairs) -> Flow[str]:
    """Keep a request that was checked; its `request_uri`."""
    uri = PREFIX + replica.new_id(KIND)
    expires_at_s = replica.clock() + replica.config.pushed_request_lifetime_s
    yield from replica.one_time.register(replica.one_use(KIND, client.client_id, uri, expires_at_s))
    pushed = PushedRequest(client.client_id, tuple(pairs), expires_at_s)
    replica.database.pushed[uri] = pushed
    return uri


def find(replica: Replica, pairs: Pairs) -> Found | None:
    """The pushed request that an authorization request names, None when it names none.

    Raises InvalidRequestUri when there is no such request of this client (RFC 9126 2.2: bound to
    the client), InvalidRequest when it is not said clearly.
    """
    uris = [value for name, value in pairs if name == REQUEST_URI and value]
    clients = [value for name, value in pairs if name == "client_id"]
    if not uris:
        return None
    if len(uris) != 1 or len(clients) != 1:
        raise InvalidRequest("client_id and request_uri are needed, each once")
    pushed = replica.database.pushed.get(uris[0])
    if pushed is None or pushed.client_id != clients[0]:
        raise InvalidRequestUri("the request_uri is unknown")
    return Found(uris[0], pushed)


def check_pushed(replica: Replica, found: Found | None) -> None:
    """Raises InvalidRequestUri when it expired (RFC 9126 4), InvalidRequest when there is none and
    there has to be (RFC 9126 5).
    """
    if found is None and replica.config.pushed_only:
        raise InvalidRequest("the request has to be pushed")
    if found and replica.clock() >= found.request.expires_at_s:
        raise InvalidRequestUri("the request_uri expired")


def use_request_uri(
    replica: Replica, found: Found, grant: Grant, answer: Flow[Response]
) -> Flow[Response]:
    """Answer with `answer` if this is the first use; raises InvalidRequestUri.

    Whoever comes with this URI says the same, for only what was pushed counts: no fingerprint.
    """
    uri, request = found
    use = replica.one_use(KIND, request.client_id, uri, request.expires_at_s)
    try:
        return (yield from redeem(replica, use, grant, answer))
    except InvalidGrant as error:
        raise InvalidRequestUri("the request_uri was used or expired") from error
