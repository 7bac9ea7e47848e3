"""Stories of one user with several tabs: what is swapped in for one call is seen by another.

Each ends with an ordinary call, which shows whether the original token came back. Served when every
call was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.architectures import in_turn, tab
from oauth_model.at_once import at_once, together
from oauth_model.client import Client
from oauth_model.flows import Flow, Wait
from oauth_model.retry import CallResult

#: What a tab does at a server.
Doing = Callable[[Client, str], Flow[CallResult]]


def concurrent_calls(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """A single-use payment in one tab and an ordinary call in another, at about the same time."""
    return _tabs(client, servers[0], (_pay, _look))


def concurrent_payments(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Two single-use payments in two tabs, at about the same time."""
    return _tabs(client, servers[0], (_pay, _pay))


def _tabs(client: Client, server: str, doings: Sequence[Doing]) -> Flow[CallResult]:
    def one(doing: Doing) -> Flow[CallResult]:
        own = tab(client)
        yield Wait(client.config.spread_s, jitter=True)
        return (yield from in_turn(own, server, doing(own, server)))

    results = yield from at_once([one(doing) for doing in doings])
    results.append((yield from _look(tab(client), server)))
    return together(results, "refused", "unknown", "served")


def _pay(client: Client, server: str) -> Flow[CallResult]:
    target = client.targets[server]
    return client.call_once(server, target.operation, target.body)


def _look(client: Client, server: str) -> Flow[CallResult]:
    """An ordinary call: of the server's second operation, if it has one."""
    target = client.targets[server]
    return client.call(server, next(iter(target.more_operations), target.operation))
