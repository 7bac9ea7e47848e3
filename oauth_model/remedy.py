"""What a client does when it is told which authorization a call lacks (RAR challenge).

draft-ietf-oauth-rar-metadata-remediation-00: it asks for what the server named and calls again, at
most so often. Rule: what it gets is for a single use, so it takes the place of the held token for
this call, and then that one is restored; nothing is kept that a later challenge could be answered
with, and so of the draft's two retries the one with a token from before does not exist here. Who
knows single use takes nothing else for it, and keeps what is held when something else comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.rar import Details
from oauth_model.rar_challenges import FRESH_RETRIES, remediation_of
from oauth_model.retry import CallResult, conclude
from oauth_model.single_use import SINGLE, TOKEN_USE
from oauth_model.wallet import Wallet


def remedied_call(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Call the first server with the token that is held; get what is lacking, and call again."""
    server, target = servers[0], client.targets[servers[0]]
    operation, body = target.operation, target.body
    result = yield from client.call(server, operation, body)
    for _ in range(FRESH_RETRIES):
        details = lacking(result)
        if details is None:
            break
        asking = asking_for(client, server, details)
        obtained = yield from single_use_for(asking, server)
        if obtained.kind != "served":
            break
        token = asking.wallet.token(server)
        answer = yield from client.present(server, operation, body, token)
        if asking.wallet.swapped(server):
            yield asking.wallet.restore(server)
        result = conclude(answer, result.attempts + 1)
    return result


def lacking(result: CallResult) -> Details | None:
    """The details that the server named, or None when it was content or named none we know."""
    if result.kind != "refused" or result.response is None:
        return None
    return remediation_of(result.response)


def asking_for(client: Client, server: str, details: Details) -> Client:
    """The client with the same wallet, as it asks for these details at this server."""
    asking, target = copy(client), client.targets[server]
    asking.targets = client.targets | {server: target._replace(details=details)}
    return asking


def single_use_for(asking: Client, server: str) -> Flow[CallResult]:
    """Swap in a single-use token: out of the grant, or else newly consented.

    `asking` is the caller's to change; its wallet is the one to restore.
    """
    result = yield from asking.single_use(server, asking.targets[server].scope)
    return (yield from consented(asking, server)) if result.kind == "refused" else result


def consented(asking: Client, server: str) -> Flow[CallResult]:
    """Swap in a single-use token from an authorization of its own: the user is asked.

    The slots are those from before, for what they hold is not dropped; a refresh token that comes
    in spite of all is of this authorization, and takes no other's place.
    """
    slots = asking.wallet.tokens
    result = yield from asking.authorize([server], [(TOKEN_USE, SINGLE)])
    if result.kind != "served":
        return result
    asking.wallet = Wallet(slots)
    return (yield from asking.obtain(server, asked=SINGLE))
