"""Thieves: who sees what the client sends, and uses it without being asked.

Rule: the very bytes are at hand, and no key; only who was in the client had one, for a moment, and
took away what can be made in advance: proofs (RFC 9449 11.2), of which no server's next nonce is.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from oauth_model.acceptance import AS
from oauth_model.flows import Flow
from oauth_model.issuance import Target
from oauth_model.jose import Keys
from oauth_model.messages import Request, Response
from oauth_model.pregeneration import proven_ahead
from sim.choices import Cause, Copy, Fate, Law
from sim.clocks import US_PER_MS
from sim.parties import CLIENT_KEY, resources, targets
from sim.scenario_world import Thief
from sim.world.attackers import call_with, replay, start_later
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.world import World


def let_steal(world: World, node: Node, thief: Thief, keys: Keys) -> None:
    """Have a thief at `node` use what it finds where it sits; `keys` has the client's."""
    loot = Loot(world, node, thief, keys)
    logs = {party: _Log(party, thief) for party in loot.watched()}

    def steal(server: str, seen: Cause, request: Request) -> None:
        if seen.actor != "client" or server not in logs or not loot.wants(request):
            return
        log, cause = logs[server], seen._replace(actor="thief", ordinal=0)
        fate = world.choices.fate(log.found, cause)
        for index in range(thief.presentations if fate else 0):
            if index:
                fate = world.choices.fate(log.read, cause._replace(ordinal=index))
            flow = loot.use(server, request)
            start_later(world, node, flow, seen, "thief", fate[0].delay_us, index)

    def watch(seen: Job, request: Request) -> None:
        steal(seen.node.party, Cause(seen.intention, seen.actor, seen.attempt, 0), request)

    if thief.place == "log":
        world.watchers.append(watch)
    else:
        world.taps.append(steal)


class _Log:
    """A server's log as a link to the thief: most of what goes in is lost, the rest delayed."""

    def __init__(self, server: str, thief: Thief) -> None:
        self._delay, self._probability = thief.delay.sampler(), thief.probability
        often = (0, 1) if self._probability < 1 else (1,)
        self.found = Law(f"log {server} > thief", self._find, often)
        self.read = Law(f"thief reads log {server}", lambda random: (self._later(random),))

    def _find(self, random: Random) -> Fate:
        found, later = random.random() < self._probability, self._later(random)
        return (later,) if found else ()

    def _later(self, random: Random) -> Copy:
        return Copy(int(self._delay(random) * US_PER_MS + 0.5), 0)


class Loot:
    """What a thief of the scenario watches and wants, and what it does with it."""

    def __init__(self, world: World, node: Node, thief: Thief, keys: Keys) -> None:
        self.world, self.node, self.thief, self.keys = world, node, thief, keys
        self.at_the_as = thief.place == "token_path"
        self.prey = targets(world.scenario, resources(world.scenario))[0]

    def watched(self) -> list[str]:
        """The parties whose requests it sees."""
        return [AS] if self.at_the_as else [each.name for each in self.world.scenario.servers]

    def wants(self, request: Request) -> bool:
        """Of what goes to an AS, only token requests are of any use."""
        return not self.at_the_as or any(name == "grant_type" for name, _ in request.form())

    def use(self, server: str, request: Request) -> Flow[Any]:
        """What is done once with a request to this server; what must be made now, is."""
        if self.at_the_as:
            return obtain_and_call(request, self.prey)
        if self.thief.place == "pre_generating":
            request = proven_ahead(
                request,
                self.keys,
                CLIENT_KEY,
                jti=self.world.new_id("pregenerated"),
                now_s=self.node.now_s() + self.thief.proof_ahead_s,
            )
        return replay(server, altered(request) if self.thief.changes_body else request)


def altered(request: Request) -> Request:
    """The same credentials for another payment; what is no payment stays as it is."""
    body = Response(200, (), request.body).json()  # an empty object for what is no JSON object
    if "instructedAmount" not in body:
        return request
    more = {"currency": body["instructedAmount"]["currency"], "amount": "9999.00"}
    members = body | {"instructedAmount": more, "creditorName": "Mallory"}
    return request._replace(body=json.dumps(members))


def obtain_and_call(request: Request, target: Target) -> Flow[Any]:
    """Repeat a token request, and call with what comes of it; returns the last answer."""
    answer = yield from replay(AS, request)
    if isinstance(answer, Response) and (found := answer.json().get("access_token")):
        return (yield call_with(found, target))
    return answer
