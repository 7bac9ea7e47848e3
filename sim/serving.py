"""Serving: a scenario's authorization server and resource servers behind real HTTP.

Rule: the same objects as in a run, without its network, workload and attackers; clock and names are
handed in. The AS stands at the address itself, which is its issuer, and a resource server at
`/rs/NAME` below it, which is its identifier; its metadata is where RFC 9728 3.1 says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from oauth_model.asgi import Site
from oauth_model.authorization_server import AuthorizationServer
from oauth_model.confirmation import Confirmations
from oauth_model.dpop import Nonces
from oauth_model.grants import GRANTS, Replica
from oauth_model.grants.binding import PROOF_ALGORITHMS
from oauth_model.grants.records import Database, RegisteredClient
from oauth_model.in_process import InProcess, Listener, nobody
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.issuance.writing import token_reader
from oauth_model.jose import Keys
from oauth_model.resource_answers import metadata_path
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from sim import parties
from sim.scenario import Scenario, replica_names
from sim.scenario_parties import Server

if TYPE_CHECKING:
    import uvicorn

T = TypeVar("T")
#: What `symbolic` becomes here: real clients need real signatures.
REAL_ALGORITHM = "EdDSA"
#: A client without a secret, for PKCE alone and for the rotation of refresh tokens.
PUBLIC_CLIENT_ID = "app"


class Service(NamedTuple):
    """A scenario that can be called: its site, and what a client has to know of it."""

    site: Site
    issuer: str
    algorithm: str
    resources: tuple[ProtectedResource, ...]
    clients: tuple[RegisteredClient, ...]


class Names(NamedTuple):
    """What is handed in: the time in seconds since 1970, and fresh names nobody can guess."""

    clock: Callable[[], float]
    new_id: Callable[[str], str]


def service(scenario: Scenario, base: str, names: Names, listen: Listener = nobody) -> Service:
    """The parties of a scenario, to be reached at `base`, a URL without a slash at its end."""
    algorithm = REAL_ALGORITHM if scenario.crypto == "symbolic" else scenario.crypto
    known = parties.resources(scenario, lambda name: f"{base}/rs/{name}")
    build = Builder(scenario, base, names, Keys(algorithm, scenario.seed), known)
    house = InProcess(names.clock, asyncio.sleep, _background(), listen)
    house.join("as", build.authorization_server())
    mounts = {"": partial(house.ask, "as")}
    for server, resource in zip(scenario.servers, known, strict=True):
        house.join(server.name, build.resource_server(server, resource))
        answer = partial(house.ask, server.name)
        mounts |= {f"/rs/{server.name}": answer, metadata_path(resource.identifier): answer}
    return Service(Site(base, mounts), base, algorithm, known, build.clients)


def http_server(site: Site) -> uvicorn.Server:
    """A server for the site; it says nothing of its own, and speaks HTTP/1.1 without upgrades."""
    import uvicorn

    config = uvicorn.Config(
        site, http="h11", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def clients(
    scenario: Scenario, known: tuple[ProtectedResource, ...]
) -> tuple[RegisteredClient, RegisteredClient]:
    """The scenario's client with a secret and for every grant type, and a public one."""
    confidential = replace(
        parties.registration(scenario, known),
        secret=parties.CLIENT_SECRET,
        grant_types=tuple(GRANTS),
    )
    return confidential, replace(confidential, client_id=PUBLIC_CLIENT_ID, secret="")


class Builder:
    """Makes the replicas of the parties: name → what one does with a request."""

    def __init__(
        self,
        scenario: Scenario,
        issuer: str,
        names: Names,
        keys: Keys,
        known: tuple[ProtectedResource, ...],
    ) -> None:
        self.scenario, self.issuer, self.names, self.keys = scenario, issuer, names, keys
        self.clients = clients(scenario, known)
        self.config = parties.authorization_server_config(scenario, known, self.clients, issuer)

    def authorization_server(self) -> dict[str, Any]:
        """The replicas of the AS; they share one database."""
        database, part = Database(), self.scenario.authorization_server
        return {
            name: AuthorizationServer(
                Replica(
                    self.config,
                    database,
                    self.keys,
                    one_time=parties.strategy(self.scenario, part.strategy, region),
                    registrar=parties.strategy(self.scenario, self.scenario.strategy, region),
                    clock=self.names.clock,
                    new_id=self.names.new_id,
                )
            ).handle
            for name, region in zip(replica_names("as", part.replicas), part.replicas, strict=True)
        }

    def resource_server(self, server: Server, resource: ProtectedResource) -> dict[str, Any]:
        """The replicas of a resource server; its paths begin where its identifier ends."""
        config = self._below(f"/rs/{server.name}", server, resource)
        read = token_reader(self.keys, DESIGNS[self.scenario.issuance], resource)
        clock, new_id = self.names
        hearing = parties.hearing(self.scenario, server, resource, self.keys, self.issuer)
        return {
            name: ResourceServer(
                config,
                read,
                parties.strategy(self.scenario, self.scenario.strategy, region),
                clock,
                self._confirmations(server, resource, region),
                parties.challenger(resource, self.keys, clock, new_id, self.issuer),
                hearing,
            ).handle
            for name, region in zip(
                replica_names(server.name, server.replicas), server.replicas, strict=True
            )
        }

    def _below(
        self, prefix: str, server: Server, resource: ProtectedResource
    ) -> ResourceServerConfig:
        """The configuration of a server whose `GET /mail` is reached as `GET /rs/email/mail`."""
        config = parties.resource_server_config(self.scenario, server, resource, self.issuer)
        return replace(
            config,
            operations=_longer(prefix, config.operations),
            needs=_longer(prefix, config.needs),
            sign_ins=_longer(prefix, config.sign_ins),
            advertised=True,
        )

    def _confirmations(
        self, server: Server, resource: ProtectedResource, region: str
    ) -> Confirmations:
        name, keys = server.proof_strategy, self.keys
        return Confirmations(
            keys.self_verifier(*PROOF_ALGORITHMS).verify,
            nonces=Nonces(keys.secret(resource.identifier)) if server.dpop_nonces else None,
            once=parties.strategy(self.scenario, name, region) if name else None,
        )


def _longer(prefix: str, operations: Mapping[str, T]) -> dict[str, T]:
    """The same by operations whose paths begin with a prefix."""
    parts = ((operation.partition(" "), value) for operation, value in operations.items())
    return {f"{method} {prefix}{path}": value for (method, _, path), value in parts}


def _background() -> Callable[[Coroutine[Any, Any, Any]], None]:
    """What runs a coroutine that nobody waits for, and keeps it until it is done."""
    tasks: set[asyncio.Task[Any]] = set()

    def begin(work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return begin
