"""Attackers: who presents what it should not have.

A thief reads a server's request log; a malicious resource server uses what it was given at the
others. Both present the very bytes they saw, and both are jobs like everyone else's.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from oauth_model.flows import Flow, Send
from oauth_model.messages import Request
from sim.choices import Cause, Copy, Fate, Law
from sim.clocks import US_PER_MS
from sim.scenario_parties import Server
from sim.scenario_world import Thief
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.world import World

#: How long an attacker waits for an answer before it gives up.
PATIENCE_S = 10.0
#: A thief's presentations are numbered apart for each honest attempt that it copied.
COPIES = 100


def let_steal(world: World, node: Node, thief: Thief) -> None:
    """Have a thief at `node` replay what it finds in the servers' logs, or on the path to them."""
    logs = {server.name: _Log(server.name, thief) for server in world.scenario.servers}

    def steal(server: str, seen: Cause, request: Request) -> None:
        if seen.actor != "client" or server not in logs:
            return
        log, cause = logs[server], seen._replace(actor="thief", ordinal=0)
        fate = world.choices.fate(log.found, cause)
        wanted = altered(request) if thief.changes_body else request
        for index in range(thief.presentations if fate else 0):
            if index:
                fate = world.choices.fate(log.read, cause._replace(ordinal=index))
            flow = replay(server, wanted)
            start_later(world, node, flow, seen, "thief", fate[0].delay_us, index)

    def watch(seen: Job, request: Request) -> None:
        steal(seen.node.party, Cause(seen.intention, seen.actor, seen.attempt, 0), request)

    if thief.place == "path":
        world.taps.append(steal)
    else:
        world.watchers.append(watch)


def altered(request: Request) -> Request:
    """The same credentials for another payment; what is no payment stays as it is."""
    body = json.loads(request.body or "{}")
    if "instructedAmount" not in body:
        return request
    more = {"currency": body["instructedAmount"]["currency"], "amount": "9999.00"}
    members = body | {"instructedAmount": more, "creditorName": "Mallory"}
    return request._replace(body=json.dumps(members))


class _Log:
    """A server's log as a link to the thief: most of what goes in is lost, the rest delayed."""

    def __init__(self, server: str, thief: Thief) -> None:
        self._delay, self._probability = thief.delay.sampler(), thief.probability
        self.found = Law(f"log {server} > thief", self._find)
        self.read = Law(f"thief reads log {server}", lambda random: (self._later(random),))

    def _find(self, random: Random) -> Fate:
        found, later = random.random() < self._probability, self._later(random)
        return (later,) if found else ()

    def _later(self, random: Random) -> Copy:
        return Copy(int(self._delay(random) * US_PER_MS + 0.5), 0)


def turn_malicious(world: World, name: str, servers: tuple[Server, ...]) -> None:
    """Have a resource server try what it receives at every other server."""
    others = [server for server in servers if server.name != name]

    def watch(seen: Job, request: Request) -> None:
        if seen.node.party != name or seen.actor != "client":
            return
        for index, server in enumerate(others):
            operation = next(iter(server.operations))
            flow = replay(server.name, _elsewhere(request, server.name, operation))
            start_later(world, seen.node, flow, seen, name, 0, index)

    world.watchers.append(watch)


def replay(server: str, request: Request) -> Flow[Any]:
    """Present once, over a connection of its own; what becomes of it, the trace says.

    The very bytes are at hand, the private key of the client's certificate is not.
    """
    return (yield Send(server, request._replace(certificate=""), PATIENCE_S))


def _elsewhere(request: Request, server: str, operation: str) -> Request:
    method, _, path = operation.partition(" ")
    credentials = tuple(field for field in request.headers if field[0] == "Authorization")
    return Request(method, f"https://{server}.example.com{path}", credentials)


def start_later(
    world: World,
    node: Node,
    flow: Flow[Any],
    seen: Job | Cause,
    actor: str,
    delay_us: int,
    index: int,
) -> None:
    """Have an actor's flow begin at a node, after a delay, because of what was seen of a job."""
    attempt = seen.attempt * COPIES + index
    job = Job(world, node, flow, lambda job, result: None, seen.intention, actor, attempt)
    world.env.after(delay_us, lambda _: job.resume(None))
