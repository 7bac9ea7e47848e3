"""The requests of a client: authorization, token and call, each written in one place."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote_plus

from oauth_model.issuance import Target
from oauth_model.messages import JSON, Headers, Request, form_post, new_request, with_query
from oauth_model.parameters import Pairs
from oauth_model.pkce import S256, challenge_s256

#: How a client authenticates: what it adds to body and header of a request to this endpoint.
Authenticate = Callable[[str], tuple[Pairs, Headers]]


class Party(NamedTuple):
    """A client as it presents itself; public when nothing authenticates it."""

    client_id: str
    redirect_uri: str
    issuer: str
    authenticate: Authenticate


def public(client_id: str) -> Authenticate:
    """A public client only says who it is (RFC 6749 3.2.1)."""
    return lambda endpoint: ([("client_id", client_id)], ())


def basic(client_id: str, secret: str) -> Authenticate:
    """HTTP Basic (RFC 6749 2.3.1)."""
    credentials = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    headers: Headers = (("Authorization", f"Basic {b64encode(credentials).decode()}"),)
    return lambda endpoint: ([], headers)


def authorization_pairs(
    party: Party, response_type: str, state: str, verifier: str, asked: Pairs
) -> Pairs:
    """The parameters of an authorization request (RFC 6749 4.1.1, RFC 7636 4.3)."""
    return [
        ("response_type", response_type),
        ("client_id", party.client_id),
        ("state", state),
        ("redirect_uri", party.redirect_uri),
        *asked,
        ("code_challenge", challenge_s256(verifier)),
        ("code_challenge_method", S256),
    ]


def authorization_request(party: Party, pairs: Pairs) -> Request:
    """What the browser is sent to."""
    return Request("GET", with_query(f"{party.issuer}/authorize", pairs))


def post_to(party: Party, path: str, pairs: Pairs) -> Request:
    """An authenticated form post to an endpoint of the AS."""
    endpoint = f"{party.issuer}{path}"
    identity, headers = party.authenticate(endpoint)
    return form_post(endpoint, [*pairs, *identity], headers)


def call_request(
    target: Target, operation: str, body: str, authorization: str, extra: Headers
) -> Request:
    """A call of an operation ("GET /mail") with this Authorization header field."""
    method, _, path = operation.partition(" ")
    headers: Headers = (("Authorization", authorization), *extra)
    if body:
        headers = (*headers, ("Content-Type", JSON))
    return new_request(Request, method, f"{target.identifier}{path}", headers, body)
