"""The balancer: which replica gets a request.

It is no node and costs no time: it stands for what decides in front of the replicas (name service,
anycast, a proxy in the client's region). Its picks are keyed like every other draw.
"""

from __future__ import annotations

from hashlib import blake2b

from sim.choices import Cause, Choices
from sim.scenario_world import Balancer
from sim.world.network import OUTSIDERS
from sim.world.node import Node

#: A whole, divided finely enough for any stickiness.
PARTS = range(10_000)


def route(
    balancer: Balancer, choices: Choices, replicas: list[Node], cause: Cause, token: str, by: Node
) -> Node:
    """One of `replicas` for a request by a node, by the scenario's policy.

    `token` is the reference presented, or "". What a server asks on behalf of a request has the
    cause of that request, and yet its own luck.
    """
    if len(replicas) == 1:
        return replicas[0]
    party = replicas[0].party
    own = by.role in OUTSIDERS
    party = party if own else f"{party} by {by.party}"
    if balancer.policy == "round_robin":
        if (
            own and cause.actor == "client"
        ):  # whose turn it is when others come in between is chance
            return replicas[(cause.intention + cause.attempt) % len(replicas)]
    elif balancer.policy == "sticky":
        share = choices.pick(f"sticky {party}", PARTS, cause)
        if share < balancer.stickiness * len(PARTS):
            if balancer.sticky_by == "token" and token:
                return replicas[_hash(token) % len(replicas)]
            return choices.pick(f"home {party}", replicas, Cause(-1, cause.actor, 0, 0))
    return choices.pick(f"route {party}", replicas, cause)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
