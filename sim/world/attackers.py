"""Attackers: who presents what it should not have.

A thief sees what the client sends (`sim.world.thieves`); a malicious resource server uses what it
was given at the others, as it is or exchanged for another. They are jobs like everyone else's.
"""

from __future__ import annotations

from typing import Any

from oauth_model.acceptance import AS
from oauth_model.flows import Flow, Send
from oauth_model.issuance import ProtectedResource, Target
from oauth_model.issuance.token_exchange import ask_exchange
from oauth_model.messages import Headers, Request, Response, form_post
from sim.choices import Cause
from sim.parties import ISSUER, credentials, targets
from sim.scenario_world import Malicious
from sim.world.jobs import Job, Waking
from sim.world.node import Node
from sim.world.world import World

#: How long an attacker waits for an answer before it gives up.
PATIENCE_S = 10.0
#: A thief's presentations are numbered apart for each honest attempt that it copied.
COPIES = 100
#: What a request carries that lets it in: a token, and the proof that goes with it.
CREDENTIALS = ("Authorization", "DPoP")


def turn_malicious(world: World, part: Malicious, known: tuple[ProtectedResource, ...]) -> None:
    """Have a resource server try what it receives at every other server."""
    others = [each for each in targets(world.scenario, known) if each.name != part.server]
    headers = next(credentials(each) for each in known if each.name == part.server)

    def watch(seen: Job, request: Request) -> None:
        token = bearer(request)
        if seen.node.party != part.server or seen.actor != "client" or not token:
            return
        for index, other in enumerate(others):
            flow = replay(other.party or other.name, elsewhere(request, other))
            if part.exchanges:
                flow = exchange(other, token, headers)
            start_later(world, seen.node, flow, seen, seen.node.party, 0, index)

    world.watchers.append(watch)


def exchange(other: Target, token: str, headers: Headers) -> Flow[Any]:
    """Have the AS exchange a token (RFC 8693 2.1) and present what comes of it.

    Asked for the scope that is wanted at the other server, and then without one, until something
    works. `headers` authenticate whoever asks. Returns the last answer.
    """
    asked = ask_exchange(other, token)
    for pairs in (asked, [pair for pair in asked if pair[0] != "scope"]):
        answer = yield Send(AS, form_post(f"{ISSUER}/token", pairs, headers), PATIENCE_S)
        if isinstance(answer, Response) and (found := answer.json().get("access_token")):
            presented = yield call_with(found, other)
            if isinstance(presented, Response) and presented.status < 300:
                return presented
            answer = presented
    return answer


def replay(server: str, request: Request) -> Flow[Any]:
    """Present once, over a connection of its own; what becomes of it, the trace says.

    The very bytes are at hand, the private key of the client's certificate is not.
    """
    return (yield Send(server, request._replace(certificate=""), PATIENCE_S))


def call_with(token: str, other: Target) -> Send:
    """A call of another server with a token and nothing else."""
    request = elsewhere(Request("", "", (("Authorization", f"Bearer {token}"),)), other)
    return Send(other.party or other.name, request, PATIENCE_S)


def elsewhere(request: Request, other: Target) -> Request:
    """What is called at another server, with the credentials of this request."""
    method, _, path = other.operation.partition(" ")
    found = tuple(field for field in request.headers if field[0] in CREDENTIALS)
    return Request(method, f"{other.identifier}{path}", found)


def bearer(request: Request) -> str:
    """The token in a request, whatever its scheme; "" when there is none."""
    return (request.header("Authorization") or "").partition(" ")[2]


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
    world.env.post(Waking(job), delay_us)
