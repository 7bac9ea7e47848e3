"""Where an application keeps its tokens, and so what two tabs do to each other's.

The minutes of 2025-01-20: guidance is against tokens in the browser, and practice varies, which
decides how easily a token is replaced for one call. Rule: an architecture says which wallet a tab
has, and whether its calls wait for another's.

tabs: each tab reads and writes the one store of the origin, and remembers by itself what it took
    out. Another tab's call takes the single-use token that stands there, and of two swaps the
    second takes the first one's token for the original.
service_worker: one worker has the tokens and makes one call at a time at each server, as tabs do
    that take a lock.
bff: tokens are at the backend; the swap is inside one request, and nobody else sees it. A request
    has what the session (a cookie, say) held when it began, and writes back what it refreshed.
processes: each read the one file of credentials when it started, has them in memory since then,
    and writes back what it refreshed.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import NamedTuple

from oauth_model.at_once import wait_until
from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.retry import CallResult
from oauth_model.wallet import Wallet


class Architecture(NamedTuple):
    """The wallet of one more tab, and whether calls wait for each other.

    `remembers`: whether it has had its wallet for long when it refreshes, or reads what is stored.
    """

    wallet: Callable[[Wallet], Wallet]
    waits: bool = False
    remembers: bool = False


def _same_wallet(wallet: Wallet) -> Wallet:
    return wallet


ARCHITECTURES: dict[str, Architecture] = {
    "bff": Architecture(Wallet.copied),
    "service_worker": Architecture(_same_wallet, waits=True),
    "tabs": Architecture(Wallet.beside),
    "processes": Architecture(Wallet.copied, remembers=True),
}


def tab(client: Client) -> Client:
    """The client as one more tab, or one more request, of its user has it."""
    other = copy(client)
    other.wallet = ARCHITECTURES[client.config.architecture].wallet(client.wallet)
    return other


def in_turn(client: Client, server: str, call: Flow[CallResult]) -> Flow[CallResult]:
    """A call to this server, swap and restoration included, when it is its turn."""
    if not ARCHITECTURES[client.config.architecture].waits:
        return (yield from call)
    busy = client.wallet.busy
    yield from wait_until(lambda: server not in busy)
    busy.add(server)
    result = yield from call
    busy.remove(server)
    return result
