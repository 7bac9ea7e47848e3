"""How a protected resource says no (RFC 6750 3, RFC 9449 7.1), and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from oauth_model.errors import InvalidDPoPProof, OAuthError, UseDPoPNonce
from oauth_model.jose import ALGORITHMS
from oauth_model.messages import RETRY_SOON, Response, json_response

#: The asymmetric algorithms of proofs, as challenges list them (RFC 9449 7.1).
PROOF_ALGORITHMS = " ".join(name for name in ALGORITHMS if name != "symbolic")

#: RFC 9728 3.1: between host and path of the resource identifier.
WELL_KNOWN = "/.well-known/oauth-protected-resource"

#: RFC 9110 15.6.4: no word about the request itself.
UNAVAILABLE = Response(503, RETRY_SOON)


class Unavailable(Exception):
    """Nobody answered who could tell whether the request is good: it may be or not."""


def refusal(error: OAuthError, realm: str, scheme: str, about: Mapping[str, str]) -> Response:
    """The challenge for an error in the scheme that the request used.

    `about` are attributes that go with every 401. What RFC 9449 5 gives status 400 at the token
    endpoint is 401 here (7.1, 9).
    """
    wrong_proof = isinstance(error, InvalidDPoPProof | UseDPoPNonce)
    status = 401 if wrong_proof else error.status
    if status == 401:
        error.attributes |= about
    if scheme == "dpop":
        error.attributes["algs"] = PROOF_ALGORITHMS
    response = error.challenge_response(realm, "DPoP" if scheme == "dpop" else "Bearer")
    return response._replace(status=status) if wrong_proof else response


def offer_proofs(response: Response) -> Response:
    """The challenge to a request that chose no scheme, where DPoP is as welcome as Bearer.

    RFC 9449 7.1, 7.2. A field of its own, which says the same as one list (RFC 9110 5.3, 11.6.1).
    """
    field = ("WWW-Authenticate", f'DPoP algs="{PROOF_ALGORITHMS}"')
    return response._replace(headers=(*response.headers, field))


def metadata_path(identifier: str) -> str:
    """Where the metadata of this resource is found, as a path on its host (RFC 9728 3.1)."""
    path = urlsplit(identifier).path
    return WELL_KNOWN if path == "/" else f"{WELL_KNOWN}{path}"


def metadata_url(identifier: str) -> str:
    """The same as an absolute URI."""
    return urlsplit(identifier)._replace(path=metadata_path(identifier)).geturl()


@lru_cache(maxsize=256)
def metadata(identifier: str, issuer: str, scopes: frozenset[str], *, proofs: bool) -> Response:
    """Protected resource metadata (RFC 9728 2): who issues tokens for it, with which scopes."""
    members: dict[str, Any] = {
        "resource": identifier,
        "authorization_servers": [issuer],
        "scopes_supported": sorted(scopes),
        "bearer_methods_supported": ["header"],
    }
    if proofs:
        members["dpop_signing_alg_values_supported"] = PROOF_ALGORITHMS.split()
        members["tls_client_certificate_bound_access_tokens"] = identifier.startswith("https:")
    return json_response(200, members)
