"""Replicas of the protocol's parties, wired: the same in a simulated world and behind real HTTP.

Rule: what the replicas of a party share is made once, and nothing here runs anything. Who wires a
world says where each replica stands, and hands in its clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from oauth_model.authorization_server import AuthorizationServer
from oauth_model.confirmation import Confirmations
from oauth_model.dpop import Nonces
from oauth_model.grants import Replica
from oauth_model.grants.binding import PROOF_ALGORITHMS
from oauth_model.grants.records import Database, RegisteredClient
from oauth_model.in_process import Handle
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.issuance.writing import token_reader
from oauth_model.jose import Keys
from oauth_model.resource_server import ResourceServer
from oauth_model.strategies import STRATEGIES, Strategy
from sim import enforcers, parties
from sim.scenario import Scenario
from sim.scenario_parties import Server
from sim.workaround_parties import in_front

#: Makes a replica: the region it stands in, its clock in seconds → what it does with a request.
Replicate = Callable[[str, Callable[[], float]], Handle]


class Parts(NamedTuple):
    """What all parties of a scenario are made of; `new_id(kind)` gives a fresh name.

    `known` are the resource servers under the URIs where they stand, and `issuer` is the AS's.
    """

    scenario: Scenario
    known: tuple[ProtectedResource, ...]
    keys: Keys
    new_id: Callable[[str], str]
    issuer: str = parties.ISSUER


def authorization_server(
    parts: Parts, clients: tuple[RegisteredClient, ...], database: Database
) -> Replicate:
    """The AS that these clients are registered at; its replicas share one database."""
    scenario, known, keys, new_id, issuer = parts
    config = parties.authorization_server_config(scenario, known, clients, issuer)

    def replicate(region: str, clock: Callable[[], float]) -> Handle:
        replica = Replica(
            config,
            database,
            keys,
            one_time=enforcers.strategy(scenario, scenario.authorization_server.strategy, region),
            registrar=enforcers.strategy(scenario, scenario.strategy, region),
            clock=clock,
            new_id=new_id,
        )
        return AuthorizationServer(replica).handle

    return replicate


def resource_server(parts: Parts, server: Server, resource: ProtectedResource) -> Replicate:
    """A resource server, and what stands in front of it; its replicas share what they were told."""
    scenario, _, keys, new_id, issuer = parts
    config = parties.resource_server_config(scenario, server, resource, issuer)
    read = token_reader(keys, DESIGNS[scenario.issuance], resource)
    hearing = parties.hearing(scenario, server, resource, keys, issuer)
    wanted = STRATEGIES[scenario.strategy].wants_nonces
    confirmations = Confirmations(
        keys.self_verifier(*PROOF_ALGORITHMS).verify,
        nonces=Nonces(keys.secret(resource.identifier)) if server.dpop_nonces or wanted else None,
    )

    def replicate(region: str, clock: Callable[[], float]) -> Handle:
        guard: Callable[[str], Strategy] = partial(enforcers.strategy, scenario, region=region)
        once = guard(server.proof_strategy) if server.proof_strategy else None
        replica = ResourceServer(
            config,
            read,
            guard(scenario.strategy),
            clock,
            replace(confirmations, once=once),
            parties.challenger(resource, keys, clock, new_id, issuer),
            hearing,
        )
        counts = guard(server.gateway_strategy)
        return in_front(scenario, server, replica.handle, counts, clock, issuer)

    return replicate
