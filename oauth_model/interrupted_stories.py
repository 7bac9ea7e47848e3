"""Stories of one who stops listening: a page that is left, a lid that is closed.

Rule: who is interrupted has sent its request, and the server goes on with it. What comes back
later is not heard, and after `sleep_s` the same is presented again.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from oauth_model.client import Client
from oauth_model.flows import Flow, Wait
from oauth_model.refresh_stories import refreshed_call
from oauth_model.retry import CallResult, not_presented


def interrupted_refresh(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """The access token has expired; a refresh is sent, interrupted, and sent again; then a call.

    Served when the call was. An answer that came before the interruption counts.

    At once, by a user who leaves the page: https://github.com/nhost/hasura-backend-plus/issues/220.
    After minutes, by a laptop that wakes: https://github.com/neondatabase/mcp-server-neon/pull/232.
    """
    server = servers[0]
    client.wallet.tokens.pop(server, None)
    heard = yield from interrupted(client).obtain(server)
    if heard.kind == "unknown":
        yield Wait(client.config.sleep_s)
    return (yield from refreshed_call(client.wallet, client, server))


def interrupted_payment(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """A single-use payment is sent, interrupted, and the same token presented again.

    The same two causes as for `interrupted_refresh`.
    """
    payments = servers[0]
    target = client.targets[payments]
    obtained = yield from client.single_use(payments, target.scope)
    if obtained.kind != "served":
        return not_presented(obtained)
    result = yield from interrupted(client).call(payments, target.operation, target.body)
    if result.kind == "unknown":
        yield Wait(client.config.sleep_s)
        again = yield from client.call(payments, target.operation, target.body)
        result = again._replace(attempts=result.attempts + again.attempts)
    if client.wallet.swapped(payments):
        yield client.wallet.restore(payments)
    return result


def interrupted(client: Client) -> Client:
    """The client until it is interrupted: with the same wallet, it hears what comes by then."""
    retry = replace(client.config.retry, policy="none", timeout_s=client.config.interrupted_after_s)
    other = copy(client)
    other.config = replace(client.config, retry=retry)
    return other
