"""The authorization server: one request in, one response out; it knows nothing of networks.

Each AS offers one issuance design. Every failure becomes the response its clause gives.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from oauth_model.endpoints import ENDPOINTS
from oauth_model.endpoints.metadata import place
from oauth_model.faulty import changed
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.records import AuthorizationServerConfig, Database, RegisteredClient
from oauth_model.grants.replica import Decision, grant_registered
from oauth_model.issuance.base import ProtectedResource
from oauth_model.messages import Request, Response

__all__ = [
    "AuthorizationServer",
    "AuthorizationServerConfig",
    "Database",
    "Decision",
    "ProtectedResource",
    "RegisteredClient",
    "Replica",
    "grant_registered",
]

NOT_FOUND = Response(404)
#: path → the methods it answers (RFC 9110 10.2.1).
METHODS = {
    path: ", ".join(sorted(method for method, known in ENDPOINTS if known == path))
    for _, path in ENDPOINTS
}


class AuthorizationServer:
    """One replica, behind its endpoints."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self._paths = _paths(replica.config.issuer)

    def handle(self, request: Request) -> Flow[Response]:
        """Answer a request; never raises."""
        path = self._paths.get(urlsplit(request.url).path)
        if path is None:
            return NOT_FOUND
        endpoint = ENDPOINTS.get((request.method, path))
        if endpoint is None:
            return Response(405, (("Allow", METHODS[path]),))
        answer = changed(endpoint, path, self.replica.config.faults)
        return (yield from answer(self.replica, request))


@lru_cache(maxsize=64)
def _paths(issuer: str) -> dict[str, str]:
    """Where each endpoint is found → its path below the issuer."""
    return {place(issuer, path): path for path in METHODS}
