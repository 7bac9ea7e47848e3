"""Stories of the tests' own: a client that goes on presenting, and what it does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oauth_model.client import Client
from oauth_model.client_requests import post_to
from oauth_model.flows import Flow, Start, Wait
from oauth_model.retry import CallResult
from oauth_model.stories import STORIES, Story
from sim.trace import Row, Trace
from tests.world.worlds import run

#: What a client does meanwhile; it is given the token.
Deed = Callable[[Client, str], Flow[Any]]
DONE = CallResult("served", None, 1)


def tell(story: Story, fields: dict[str, Any]) -> Trace:
    """The trace of the small world whose client does this."""
    STORIES["own"] = story
    try:
        return run(fields | {"story": "own", "client.signed_in": True})
    finally:
        del STORIES["own"]


def presenting(
    every_s: float, times: int, deed: Deed, after_s: float = 0.0, *, single: bool = False
) -> Story:
    """Present one token so often, begin a deed after a while, and wait for no answer."""

    def story(client: Client, servers: Any) -> Flow[CallResult]:
        server = servers[0]
        target = client.targets[server]
        if single:
            yield from client.single_use(server, target.scope)
        token = client.wallet.token(server)

        def meanwhile() -> Flow[None]:
            yield Wait(after_s)
            yield from deed(client, token)

        yield Start(meanwhile())
        for _ in range(times):
            yield Start(client.present(server, target.operation, "", token))
            yield Wait(every_s)
        return DONE

    return story


def nothing(client: Client, token: str) -> Flow[None]:
    """No deed."""
    yield from ()


def revoke(client: Client, token: str) -> Flow[Any]:
    """Ask the AS to revoke the token (RFC 7009 2.1)."""
    return (yield client.once(post_to(client.party, "/revoke", [("token", token)])))


def statuses(trace: Trace) -> list[tuple[float, int]]:
    """When a presentation reached the server, in ms, and what it was answered."""
    rows = [row for row in trace.of("respond") if row.actor == "client"]
    return sorted((row.detail["received_us"] / 1000, row.detail["status"]) for row in rows)


def first_at_ms(rows: list[Row]) -> float:
    """When the first of these rows was, in ms."""
    return min(row.t_us for row in rows) / 1000
