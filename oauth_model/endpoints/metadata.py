"""Authorization server metadata (RFC 8414): what this AS offers, and where.

Rule: nothing is claimed that the design, the clients' registration or the code does not hold; each
member is computed from what decides it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from oauth_model.endpoints.token import offered
from oauth_model.flows import Flow
from oauth_model.grants import Replica
from oauth_model.grants.binding import PROOF_ALGORITHMS
from oauth_model.grants.client_authentication import AUTH_METHODS
from oauth_model.grants.openid import CLAIMS, userinfo_of
from oauth_model.messages import Request, Response, json_response
from oauth_model.pkce import S256
from oauth_model.step_up import ACR_LEVELS

#: Where metadata stands (RFC 8414 3; OpenID Connect Discovery 4): one document for both. Of an
#: issuer with a path each has its own way (`place`).
WELL_KNOWN = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
#: Member → the path of the endpoint below the issuer.
ENDPOINT_PATHS = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "pushed_authorization_request_endpoint": "/par",
    "introspection_endpoint": "/introspect",
    "revocation_endpoint": "/revoke",
    "jwks_uri": "/jwks",
}


def place(issuer: str, path: str) -> str:
    """Where on the issuer's host this path of an endpoint is found.

    The well-known one of RFC 8414 comes before the path of the issuer (3.1), all else after it. A
    slash at the end of the issuer does not count (there, and OpenID Connect Discovery 4).
    """
    above = urlsplit(issuer).path.rstrip("/")
    return f"{path}{above}" if path == WELL_KNOWN[0] else f"{above}{path}"


def metadata(replica: Replica, request: Request) -> Flow[Response]:
    """Answer with the metadata document."""
    yield from ()
    issuer = replica.config.issuer
    base = issuer.rstrip("/")
    places = {member: f"{base}{path}" for member, path in ENDPOINT_PATHS.items()}
    parts = (_grants(replica), _authentication(replica), _binding(replica), _openid(replica))
    members: dict[str, Any] = {"issuer": issuer} | places
    for part in parts:
        members |= part
    return json_response(200, members)


def _grants(replica: Replica) -> dict[str, Any]:
    config, design = replica.config, replica.design
    return {
        "scopes_supported": sorted(replica.scopes),
        "response_types_supported": [design.response_type],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(offered(replica)),
        "code_challenge_methods_supported": [S256],  # RFC 7636
        "authorization_response_iss_parameter_supported": True,  # RFC 9207 3
        "require_pushed_authorization_requests": config.pushed_only,  # RFC 9126 5
        "protected_resources": [server.identifier for server in config.resource_servers],
    }


def _authentication(replica: Replica) -> dict[str, Any]:
    secret_or_key = [method for method in AUTH_METHODS if method != "none"]
    algorithms = [replica.keys.algorithm]
    return {
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": secret_or_key,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
    }


def _binding(replica: Replica) -> dict[str, Any]:
    with_tls = replica.config.issuer.startswith("https:")  # else no connection has a certificate
    return {
        "dpop_signing_alg_values_supported": list(PROOF_ALGORITHMS),  # RFC 9449 5.1
        "tls_client_certificate_bound_access_tokens": with_tls,  # RFC 8705 3.3
    }


def _openid(replica: Replica) -> dict[str, Any]:
    """What is there only beside the userinfo endpoint."""
    server = userinfo_of(replica)
    if server is None:
        return {}
    told = [name for scope in server.scopes for name in CLAIMS.get(scope, ())]
    return {
        "userinfo_endpoint": server.identifier,
        "subject_types_supported": [server.subject_type],
        "id_token_signing_alg_values_supported": [replica.keys.algorithm],
        "claims_supported": ["sub", *told],
        "acr_values_supported": list(ACR_LEVELS),
    }
