"""How a protected resource says no (RFC 6750 3, RFC 9449 7.1), and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from oauth_model.errors import InvalidDPoPProof, OAuthError, UseDPoPNonce
from oauth_model.jose import ALGORITHMS
from oauth_model.messages import Response, json_response

#: The asymmetric algorithms of proofs, as challenges list them (RFC 9449 7.1).
PROOF_ALGORITHMS = " ".join(name for name in ALGORITHMS if name != "symbolic")

#: RFC 9728 3.1: between host and path of the resource identifier.
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def refusal(error: OAuthError, realm: str, scheme: str, more: Mapping[str, str]) -> Response:
    """The challenge for an error in the scheme that the request used; `more` are attributes.

    What RFC 9449 5 gives status 400 at the token endpoint is 401 here (7.1, 9).
    """
    error.attributes = dict(more) | error.attributes
    if scheme == "dpop":
        error.attributes |= {"algs": PROOF_ALGORITHMS}
    response = error.challenge_response(realm, "DPoP" if scheme == "dpop" else "Bearer")
    wrong_proof = isinstance(error, InvalidDPoPProof | UseDPoPNonce)
    return response._replace(status=401) if wrong_proof else response


def offer_proofs(response: Response) -> Response:
    """The challenge to a request without credentials, where a proof may go with them as well."""
    field = ("WWW-Authenticate", f'DPoP algs="{PROOF_ALGORITHMS}"')
    return response._replace(headers=(*response.headers, field))


def metadata_path(identifier: str) -> str:
    """Where the metadata of this resource is found, as a path on its host (RFC 9728 3.1)."""
    return WELL_KNOWN + urlsplit(identifier).path.rstrip("/")


def metadata(identifier: str, issuer: str, scopes: Iterable[str], *, proofs: bool) -> Response:
    """Protected resource metadata (RFC 9728 2): who issues tokens for it, with which scopes."""
    members: dict[str, Any] = {
        "resource": identifier,
        "authorization_servers": [issuer],
        "scopes_supported": sorted(scopes),
        "bearer_methods_supported": ["header"],
    }
    if proofs:
        members["dpop_signing_alg_values_supported"] = PROOF_ALGORITHMS.split()
    return json_response(200, members)
