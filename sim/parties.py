"""The protocol's parties as a scenario describes them: configuration, the same for every world.

Rule: nothing here runs anything, and nothing knows where a party stands: who wires a world, or a
real server, says under which URIs its parties are known.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.grants.records import AuthorizationServerConfig, RegisteredClient
from oauth_model.issuance import ProtectedResource, Target
from oauth_model.resource_server import ResourceServerConfig
from oauth_model.strategies import STRATEGIES, Place, Settings, Strategy
from sim.scenario import Scenario, Server

#: Who the client is in the figures of drafts and RFCs; the secret is printed in RFC 6749 2.3.1.
CLIENT_ID, CLIENT_SECRET = "s6BhdRkqt3", "gX1fBat3bV"
REDIRECT_URI = "https://client.example.com/cb"


def resources(scenario: Scenario, identify: Callable[[str], str]) -> tuple[ProtectedResource, ...]:
    """The resource servers as the AS knows them; `identify(name)` is the URI of one."""
    return tuple(
        ProtectedResource(
            server.name,
            identify(server.name),
            tuple(dict.fromkeys(server.operations.values())),
            f"as-{server.name}",
        )
        for server in scenario.servers
    )


def target(server: Server, resource: ProtectedResource) -> Target:
    """What a client calls at a server: its first operation."""
    operation, scope = next(iter(server.operations.items()))
    return Target(server.name, resource.identifier, scope, operation)


def authorization_server_config(
    scenario: Scenario,
    issuer: str,
    known: tuple[ProtectedResource, ...],
    clients: tuple[RegisteredClient, ...],
) -> AuthorizationServerConfig:
    """What the replicas of the AS share."""
    part = scenario.authorization_server
    return AuthorizationServerConfig(
        resource_servers=known,
        clients=clients,
        issuer=issuer,
        design=scenario.issuance,
        access_token_lifetime_s=part.access_token_lifetime_s,
        single_use_lifetime_s=part.single_use_lifetime_s,
        code_lifetime_s=part.code_lifetime_s,
        leeway_s=max(server.leeway_s for server in scenario.servers),
    )


def resource_server_config(
    server: Server, resource: ProtectedResource, issuer: str
) -> ResourceServerConfig:
    """What the replicas of one resource server share."""
    return ResourceServerConfig(
        name=server.name,
        identifier=resource.identifier,
        issuer=issuer,
        operations=server.operations,
        leeway_s=server.leeway_s,
        consume=server.consume,
        use_aware=server.use_aware,
        realm=server.name,
    )


def strategy(scenario: Scenario, name: str, region: str) -> Strategy:
    """An instance of a strategy for one replica, which stands in a region."""
    settings = Settings(**scenario.strategy_settings.model_dump())
    return STRATEGIES[name](Place(region, scenario.server_regions), settings)
