"""What a client does when it is told which authorization a call lacks (RAR challenge).

draft-ietf-oauth-rar-metadata-remediation-00: it asks for what the server named and calls again, at
most so often. Rule: what it gets is for a single use, so it takes the place of the held token for
this call, and then that one is restored; nothing is kept that a later challenge could be answered
with, and so of the draft's two retries the one with a token from before does not exist here.
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


def remedied_call(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Call the first server with the token that is held; get what is lacking, and call again."""
    server, target = servers[0], client.targets[servers[0]]
    operation, body = target.operation, target.body
    result = yield from client.call(server, operation, body)
    for _ in range(FRESH_RETRIES):
        details = lacking(result)
        if details is None:
            break
        obtained = yield from single_use_for(client, server, details)
        if obtained.kind != "served":
            break
        token = client.wallet.token(server)
        answer = yield from client.present(server, operation, body, token)
        yield client.wallet.restore(server)
        result = conclude(answer, result.attempts + 1)
    return result


def lacking(result: CallResult) -> Details | None:
    """The details that the server named, or None when it was content or named none we know."""
    if result.kind != "refused" or result.response is None:
        return None
    return remediation_of(result.response)


def single_use_for(client: Client, server: str, details: Details) -> Flow[CallResult]:
    """Swap in a single-use token for these details: out of the grant, or else newly consented."""
    asking, target = copy(client), client.targets[server]
    asking.targets = client.targets | {server: target._replace(details=details)}
    result = yield from asking.single_use(server, target.scope)
    return (yield from consented(asking, server)) if result.kind == "refused" else result


def consented(client: Client, server: str) -> Flow[CallResult]:
    """Swap in a single-use token from an authorization of its own: the user is asked."""
    asking = copy(client)
    result = yield from asking.authorize([server], [(TOKEN_USE, SINGLE)])
    if result.kind != "served":
        return result
    asking.wallet = client.wallet  # what else is held is not dropped by this authorization
    return (yield from asking.obtain(server))
