"""Refresh races: several who hold one refresh token, when the access token has expired for all.

A rotated refresh token is good for one use (RFC 9700 4.14.2), and these use it at once: tabs of one
browser, parallel requests of one page, processes with one file of credentials. Rule: who shares
what with whom is the architecture's (`architectures`); what a loser does is `ON_REFUSED`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.architectures import ARCHITECTURES, in_turn, tab
from oauth_model.at_once import SHORTEST_PAUSE_S, at_once, together
from oauth_model.client import REFUSED, Client
from oauth_model.flows import Flow, Wait
from oauth_model.retry import CallResult, not_presented, retryable
from oauth_model.wallet import Wallet

#: What a loser does: what is stored for all, itself, where it wants to call, what it had sent.
Loser = Callable[[Wallet, Client, str, str], Flow[CallResult]]


def concurrent_refresh(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """`clicks` tabs, requests or processes find the access token expired, refresh it, and call.

    Each begins within a uniform share of `spread_s`. When all have ended, and `sleep_s` after that,
    the access token has expired again, and one more refreshes with what is stored. Served when
    every call was, the last included.

    Where it was seen, from two that refresh to twenty-four:
    https://github.com/ory/hydra/issues/3004 (requests with one refresh token),
    https://github.com/nextauthjs/next-auth/issues/11240 (middleware and page),
    https://github.com/nightscout/nocturne/pull/326 (requests of one page, rendered at the server),
    https://github.com/anthropics/claude-code/issues/48786 (processes with one file),
    https://github.com/JiRaska/open-bank-oss/pull/3600 (one, whose proxy drops what it got).
    """
    server = servers[0]
    client.wallet.tokens.pop(server, None)
    tabs = [tab(client) for _ in range(client.config.clicks)]
    results = yield from at_once([_one(client, own, server) for own in tabs])
    yield Wait(client.config.sleep_s)
    client.wallet.tokens.pop(server, None)
    results.append((yield from refreshed_call(client.wallet, tab(client), server)))
    return together(results, "refused", "unknown", "served")


def _one(client: Client, own: Client, server: str) -> Flow[CallResult]:
    yield Wait(client.config.spread_s, jitter=True)
    if not ARCHITECTURES[client.config.architecture].remembers:
        own = tab(client)
    return (yield from in_turn(own, server, refreshed_call(client.wallet, own, server)))


def refreshed_call(stored: Wallet, own: Client, server: str) -> Flow[CallResult]:
    """Get an access token if none is held, write back what came with it, and call.

    `stored` is what all share, and `own` the caller's to change.
    """
    target, sent = own.targets[server], own.wallet.refresh_token
    obtained = yield from _obtain(own, server)
    if obtained.kind != "served":
        obtained = yield from ON_REFUSED[own.config.on_refused](stored, own, server, sent)
    if obtained.kind != "served":
        return not_presented(obtained)
    stored.take_over(own.wallet)
    return (yield from own.call(server, target.operation, target.body))


def _obtain(own: Client, server: str) -> Flow[CallResult]:
    """Repeated as the policy says, also when no answer came: then it may be a replay."""
    policy = own.config.retry
    result = yield from own.obtain(server)
    for retry in range(policy.most_retries):
        if not (result.kind == "unknown" or (result.response and retryable(result.response))):
            break
        pause = policy.pause(retry)
        if pause:
            yield pause
        result = yield from own.obtain(server)
    return result


def _give_up(stored: Wallet, own: Client, server: str, sent: str) -> Flow[CallResult]:
    yield from ()
    return REFUSED


def _wipe(stored: Wallet, own: Client, server: str, sent: str) -> Flow[CallResult]:
    yield stored.wipe()
    return REFUSED


def _adopt(stored: Wallet, own: Client, server: str, sent: str) -> Flow[CallResult]:
    """Look for the winner's tokens for as long as the winner may still wait for them."""
    pause_s, waited_s = SHORTEST_PAUSE_S, 0.0
    while stored.refresh_token in ("", sent) and waited_s < own.config.retry.timeout_s:
        yield Wait(pause_s)
        pause_s, waited_s = pause_s * 1.1, waited_s + pause_s
    if stored.refresh_token in ("", sent):
        return REFUSED
    own.wallet = stored.copied()
    return (yield from own.obtain(server))


def _sign_in(stored: Wallet, own: Client, server: str, sent: str) -> Flow[CallResult]:
    result = yield from own.authorize([server])
    return (yield from own.obtain(server)) if result.kind == "served" else result


#: What one does whose refresh was refused or not answered: gives up; gives up and wipes what all
#: share; adopts what the winner has stored by then; has the user sign in again.
ON_REFUSED: dict[str, Loser] = {
    "give_up": _give_up,
    "wipe": _wipe,
    "adopt": _adopt,
    "sign_in": _sign_in,
}
