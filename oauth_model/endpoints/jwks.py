"""The public keys of the authorization server (RFC 7517 5; RFC 8414 2, `jwks_uri`)."""

from __future__ import annotations

from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.issuance.base import SHARED_KEY
from oauth_model.messages import Request, Response, json_response


def jwks(replica: Replica, request: Request) -> Flow[Response]:
    """Answer with every key that a token of this AS may be signed with.

    Which of them a resource server trusts is the server's affair: to trust all is to accept what
    was made for its neighbours.
    """
    yield from ()
    design, servers = replica.design, replica.config.resource_servers
    names = (name for server in servers for name in design.verifier_keys(server))
    return json_response(200, replica.keys.jwks(tuple(dict.fromkeys((SHARED_KEY, *names)))))
