"""Who sends a token request (RFC 6749 2.3.1): HTTP Basic, or the credentials in the body."""

from __future__ import annotations

from base64 import b64decode
from functools import lru_cache
from hmac import compare_digest
from urllib.parse import unquote_plus

from oauth_model.errors import InvalidClient, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.records import RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.jose import REMEMBERED
from oauth_model.messages import Request
from oauth_model.parameters import Parameters


def authenticate_client(
    replica: Replica, request: Request, parameters: Parameters
) -> Flow[RegisteredClient]:
    """The client of a request; raises InvalidClient, and InvalidRequest for two methods.

    A public client only says who it is (RFC 6749 3.2.1); a secret from it is wrong credentials.
    """
    authorization = _authorization(request)
    client_id, secret = parameters.get("client_id", ""), parameters.get("client_secret", "")
    if authorization is not None:
        if secret:
            raise InvalidRequest("the client authenticates in two ways")
        named, secret = _basic(authorization)
        if client_id not in ("", named):
            raise InvalidRequest("the client names itself in two ways")
        client_id = named
    client = replica.clients.get(client_id)
    if client is None or not compare_digest(client.secret.encode(), secret.encode()):
        raise InvalidClient("the client is unknown or its credentials are wrong")
    yield from ()
    return client


def _authorization(request: Request) -> str | None:
    """The one Authorization header field: two are two ways to authenticate (RFC 6749 2.3)."""
    sent = [value for name, value in request.headers if name.lower() == "authorization"]
    if len(sent) > 1:
        raise InvalidRequest("the Authorization header field is repeated")
    return sent[0] if sent else None


@lru_cache(maxsize=REMEMBERED)
def _basic(authorization: str) -> tuple[str, str]:
    """User name and password (RFC 7617), both form-encoded before (RFC 6749 2.3.1)."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the authentication scheme is not supported")
    try:
        named, _, secret = b64decode(credentials, validate=True).decode().partition(":")
    except ValueError as error:
        raise InvalidClient("the credentials are malformed") from error
    return unquote_plus(named), unquote_plus(secret)
