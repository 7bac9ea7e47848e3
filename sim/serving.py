"""Serving: a scenario's authorization server and resource servers behind real HTTP.

Rule: the same replicas as in a run, without its network, workload and attackers; clock and names
are handed in. The AS stands at the address itself, which is its issuer, and a resource server at
`/rs/NAME` below it, which is its identifier; its metadata is where RFC 9728 3.1 says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from oauth_model.acceptance import AS
from oauth_model.asgi import Answer, Site
from oauth_model.grants import GRANTS
from oauth_model.grants.records import Database, RegisteredClient
from oauth_model.in_process import InProcess, Listener, nobody
from oauth_model.issuance import ProtectedResource
from oauth_model.jose import Keys
from oauth_model.resource_answers import metadata_path
from oauth_model.strategies import Strategy
from sim import enforcers, parties, replicas
from sim.scenario import Scenario, replica_names

if TYPE_CHECKING:
    import uvicorn

#: What `symbolic` becomes here: real clients need real signatures.
REAL_ALGORITHM = "EdDSA"
#: A client without a secret, for PKCE alone and for the rotation of refresh tokens.
PUBLIC_CLIENT_ID = "app"
#: A client that authenticates with a key of this name (`private_key_jwt`).
KEY_CLIENT_ID = "backend"


class Clients(NamedTuple):
    """Who is registered, by the way they authenticate; each for every grant type."""

    secret: RegisteredClient
    key: RegisteredClient
    public: RegisteredClient


class Service(NamedTuple):
    """A scenario that can be called: its site, and what a client has to know of it.

    `client_key`: the private key of the client that has one, as a JWK (RFC 7517).
    """

    site: Site
    issuer: str
    algorithm: str
    resources: tuple[ProtectedResource, ...]
    clients: Clients
    client_key: dict[str, Any]


class Names(NamedTuple):
    """What is handed in: the time in seconds since 1970, and fresh names nobody can guess."""

    clock: Callable[[], float]
    new_id: Callable[[str], str]


def service(scenario: Scenario, base: str, names: Names, listen: Listener = nobody) -> Service:
    """The parties of a scenario, to be reached at `base`, a URL without a slash at its end."""
    algorithm = REAL_ALGORITHM if scenario.crypto == "symbolic" else scenario.crypto
    known = parties.resources(scenario, lambda name: f"{base}/rs/{name}")
    registered, keys = clients(scenario, known), Keys(algorithm, scenario.seed)
    parts = replicas.Parts(scenario, known, keys, names.new_id, base)
    strategy_at = partial(_strategy_at, scenario)
    house = InProcess(names.clock, asyncio.sleep, _background(), listen, strategy_at)

    def join(party: str, regions: tuple[str, ...], replicate: replicas.Replicate) -> Answer:
        pairs = zip(replica_names(party, regions), regions, strict=True)
        house.join(party, {name: replicate(region, names.clock) for name, region in pairs})
        return partial(house.ask, party)

    servers = scenario.authorization_server.replicas
    mounts = {"": join(AS, servers, replicas.authorization_server(parts, registered, Database()))}
    for server, resource in zip(scenario.servers, known, strict=True):
        told = server.model_copy(update={"advertised": True})
        answer = join(server.name, server.replicas, replicas.resource_server(parts, told, resource))
        mounts |= {f"/rs/{server.name}": answer, metadata_path(resource.identifier): answer}
    client_key = keys.private_jwk(registered.key.assertion_key)
    return Service(Site(base, mounts), base, algorithm, known, registered, client_key)


def http_server(site: Site) -> uvicorn.Server:
    """A server for the site; it says nothing of its own, and speaks HTTP/1.1 without upgrades."""
    import uvicorn

    config = uvicorn.Config(
        site, http="h11", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def clients(scenario: Scenario, known: tuple[ProtectedResource, ...]) -> Clients:
    """The scenario's client with a secret and for every grant type, and its like without one."""
    confidential = replace(
        parties.registration(scenario, known),
        secret=parties.CLIENT_SECRET,
        grant_types=tuple(GRANTS),
    )
    anybody = replace(confidential, client_id=PUBLIC_CLIENT_ID, secret="")
    with_key = replace(anybody, client_id=KEY_CLIENT_ID, assertion_key=KEY_CLIENT_ID)
    return Clients(confidential, with_key, anybody)


def _strategy_at(scenario: Scenario, name: str, store: str) -> Strategy:
    return enforcers.strategy(scenario, name, scenario.members[0], store)


def _background() -> Callable[[Coroutine[Any, Any, Any]], None]:
    """What runs a coroutine that nobody waits for, and keeps it until it is done."""
    tasks: set[asyncio.Task[Any]] = set()

    def begin(work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    return begin
