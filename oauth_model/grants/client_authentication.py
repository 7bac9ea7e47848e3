"""Who sends a request to the AS: by name alone, HTTP Basic, a secret in the body, an assertion.

Rule: one way per request (RFC 6749 2.3), and each client only in the way that it is registered for.
The same at every endpoint where clients authenticate.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import lru_cache
from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import unquote_plus

from oauth_model.client_assertion import (
    CLIENT_ASSERTION_TYPE,
    assertion_key,
    audiences,
    check_assertion,
    claimed_client,
)
from oauth_model.errors import InvalidClient, InvalidRequest
from oauth_model.flows import Flow
from oauth_model.grants.records import RegisteredClient
from oauth_model.grants.replica import Replica
from oauth_model.grants.shown_once import use_up_foreign
from oauth_model.jose import Verified
from oauth_model.messages import Request
from oauth_model.parameters import Parameters
from oauth_model.short_texts import REMEMBERED
from oauth_model.strategies import Use

#: How clients may authenticate (RFC 8414 2: `token_endpoint_auth_methods_supported`).
AUTH_METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
#: Parameters that say who asks and nothing of what is asked.
CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")


class Claimed(NamedTuple):
    """Who a request says it is from, and what is to show it; empty for what was not sent."""

    client_id: str
    secret: str = ""
    assertion: str = ""


def authenticate_client(
    replica: Replica, request: Request, parameters: Parameters
) -> Flow[RegisteredClient]:
    """The client of a request; raises InvalidClient, InvalidRequest for two methods, Undecidable.

    A public client only says who it is (RFC 6749 3.2.1); a secret from it is wrong credentials. An
    assertion is used up here (RFC 7523 3), whatever becomes of the request.
    """
    claimed = _claimed(replica, request, parameters)
    client = replica.clients.get(claimed.client_id)
    if client is None or bool(client.assertion_key) != bool(claimed.assertion):
        raise InvalidClient("the client is unknown or its credentials are wrong")
    if claimed.assertion:
        yield from _check_assertion(replica, client, claimed.assertion)
    elif not compare_digest(client.secret.encode(), claimed.secret.encode()):
        raise InvalidClient("the client is unknown or its credentials are wrong")
    return client


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """User name and password of HTTP Basic (RFC 7617), None without an Authorization header field.

    Raises InvalidClient for another scheme and for what is malformed, InvalidRequest for two header
    fields, which are two ways to authenticate (RFC 6749 2.3).
    """
    sent = [value for name, value in request.headers if name.lower() == "authorization"]
    if len(sent) > 1:
        raise InvalidRequest("the Authorization header field is repeated")
    return _basic(sent[0]) if sent else None


def _claimed(replica: Replica, request: Request, parameters: Parameters) -> Claimed:
    basic = basic_credentials(request)
    secret, assertion = parameters.get("client_secret", ""), _assertion(parameters)
    if (basic is not None) + bool(secret) + bool(assertion) > 1:
        raise InvalidRequest("the client authenticates in two ways")
    named, secret = basic or ("", secret)
    if assertion:
        named = claimed_client(assertion, _any_client(replica))
    client_id = parameters.get("client_id", named)
    if named not in ("", client_id):
        raise InvalidRequest("the client names itself in two ways")
    return Claimed(client_id, secret, assertion)


def _assertion(parameters: Parameters) -> str:
    assertion_type = parameters.get("client_assertion_type", "")
    assertion = parameters.get("client_assertion", "")
    if bool(assertion_type) != bool(assertion):  # RFC 7521 4.2
        raise InvalidRequest("client_assertion and client_assertion_type go together")
    if assertion_type not in ("", CLIENT_ASSERTION_TYPE):
        raise InvalidClient("the type of the assertion is not supported")
    return assertion


def _any_client(replica: Replica) -> Callable[[str], Verified]:
    names = dict.fromkeys(client.assertion_key for client in replica.clients.values())
    return replica.keys.verifier(*filter(None, names)).verify


def _check_assertion(replica: Replica, client: RegisteredClient, assertion: str) -> Flow[None]:
    config = replica.config
    policy, issuer = config.assertion_audience, config.issuer
    accepted = audiences(policy, issuer, f"{issuer}/token")
    if policy == "token_endpoint":  # RFC 9126 2: that of pushed requests names the AS too
        accepted = (*accepted, f"{issuer}/par")
    checked = check_assertion(
        assertion,
        replica.keys.verifier(client.assertion_key).verify,
        client_id=client.client_id,
        audiences=accepted,
        now_s=replica.clock(),
        policy=policy,
    )
    use = Use(assertion_key(issuer, checked), checked.expires_at_s)
    yield from use_up_foreign(replica, use, InvalidClient("the assertion was used before"))


@lru_cache(maxsize=REMEMBERED)
def _basic(authorization: str) -> tuple[str, str]:
    """Both are form-encoded before (RFC 6749 2.3.1)."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the authentication scheme is not supported")
    try:
        octets = b64decode(credentials, validate=True)
        named, _, secret = octets.decode().partition(":")
    except ValueError as error:
        raise InvalidClient("the credentials are malformed") from error
    if not named or b64encode(octets).decode() != credentials:  # the decoder forgives (RFC 4648 3)
        raise InvalidClient("the credentials are malformed")
    return unquote_plus(named), unquote_plus(secret)
