"""What is done today for want of a single-use token (minutes of 2025-01-20, current practices).

Rule: each story gets a token for one payment in its own way, pays with it, and leaves what the
client holds as it was; the token itself is an ordinary one, and works until it expires or until
somebody is told. What is a setting of a server instead is in `gateway` and in the scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from oauth_model.client import Client
from oauth_model.client_requests import Party, basic, post_to
from oauth_model.flows import Flow
from oauth_model.retry import CallResult, conclude
from oauth_model.wallet import Wallet

#: The client that is registered for payments alone: no refresh tokens, short access tokens.
DEDICATED_ID, DEDICATED_SECRET = "payments-only", "Vb8fHkz2Qm"


def separate_authorization(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """A new authorization for each payment: the user is asked, and a session begins at the AS."""
    return _authorized(copy(client), servers[0])


def dedicated_client(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """The same by another client of the same application, whose registration allows less."""
    other = copy(client)
    other.config = replace(client.config, client_id=DEDICATED_ID, secret=DEDICATED_SECRET)
    authenticate = basic(DEDICATED_ID, DEDICATED_SECRET)
    other.party = Party(DEDICATED_ID, client.party.redirect_uri, client.party.issuer, authenticate)
    return _authorized(other, servers[0])


def custom_scope(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """A token for the scope of a payment alone, silently, by refresh."""
    own = _with_nothing(client)
    obtained = yield from _narrow(client, own, servers[0])
    return (yield from _pay(own, servers[0])) if obtained.kind == "served" else obtained


def revoked_after_use(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """The same, and revoked once the payment is answered (RFC 7009 2.1), whatever the answer."""
    own, server = _with_nothing(client), servers[0]
    obtained = yield from _narrow(client, own, server)
    if obtained.kind != "served":
        return obtained
    result = yield from _pay(own, server)
    yield own.once(post_to(own.party, "/revoke", [("token", own.wallet.token(server))]))
    return result


def _authorized(own: Client, server: str) -> Flow[CallResult]:
    """Authorize, get the token and pay; `own` is the caller's to change."""
    for step in (own.authorize([server]), own.obtain(server)):
        result = yield from step
        if result.kind != "served":
            return result._replace(kind="refused", attempts=0)
    return (yield from _pay(own, server))


def _with_nothing(client: Client) -> Client:
    own = copy(client)
    own.wallet = Wallet()
    return own


def _narrow(client: Client, own: Client, server: str) -> Flow[CallResult]:
    """A token for `own`; the refresh token stays the client's, and so does its successor."""
    pairs = [*client.refresh(), ("scope", client.targets[server].scope)]
    result = conclude((yield from client.ask_token(pairs)), 0)
    return (yield from own.accept(server, result))


def _pay(own: Client, server: str) -> Flow[CallResult]:
    target = own.targets[server]
    return own.call(server, target.operation, target.body)
