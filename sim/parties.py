"""The protocol's parties as a scenario describes them: configuration, the same for every world.

Rule: nothing here runs anything, and nothing knows where a party stands: who wires a world, or a
real server, says under which URIs its parties are known. Nobody changes a configuration, so who
runs a scenario again and again, as an exploration does, has each made once (`made_once`).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from oauth_model.acceptance import AS, Introspection
from oauth_model.client import ClientConfig
from oauth_model.grants import TOKEN_EXCHANGE
from oauth_model.grants.openid import userinfo_resource
from oauth_model.grants.records import AuthorizationServerConfig, RegisteredClient
from oauth_model.hearing import Hearing
from oauth_model.issuance import DESIGNS, ProtectedResource, Target
from oauth_model.jose import Keys
from oauth_model.messages import Headers
from oauth_model.permission import SignIn
from oauth_model.rar import TYPES, Need
from oauth_model.rar_challenges import Challenger
from oauth_model.resource_server import ResourceServerConfig
from oauth_model.retry import RetryPolicy
from oauth_model.strategies import STRATEGIES
from oauth_model.use_cases import BODIES, PAYMENT, details_for
from sim.made_once import made_once
from sim.scenario import Scenario
from sim.scenario_parties import Server
from sim.workaround_parties import helpers

ISSUER = "https://as.example.com"
#: Who the client is in the figures of drafts and RFCs; the secret is printed in RFC 6749 2.3.1.
CLIENT_ID, CLIENT_SECRET = "s6BhdRkqt3", "gX1fBat3bV"
REDIRECT_URI = "https://client.example.com/cb"
#: The name of the key that the client proves to hold, and of its TLS certificate's.
CLIENT_KEY = "client"
#: What the client asks of the userinfo endpoint: who the user is, and the profile.
USERINFO_SCOPE = "openid profile"


def at_its_own_host(name: str) -> str:
    """The identifier of a resource server that has a host of its own."""
    return f"https://{name}.example.com"


@made_once
def resources(
    scenario: Scenario, identify: Callable[[str], str] = at_its_own_host
) -> tuple[ProtectedResource, ...]:
    """The resource servers as the AS knows them; `identify(name)` is the URI of one."""
    return tuple(
        ProtectedResource(
            server.name,
            identify(server.name),
            tuple(dict.fromkeys(server.operations.values())),
            f"as-{server.name}",
            server.token_format,
            server.encrypted,
            server.subject_type,
            server.claims,
            f"secret-of-{server.name}",
        )
        for server in scenario.servers
    )


def target(server: Server, resource: ProtectedResource, *, knows_details: bool = True) -> Target:
    """What a client calls at a server: its first operation, as a rule."""
    (operation, scope), *more = server.operations.items()
    type_ = server.details.get(operation, "")
    return Target(
        server.name,
        resource.identifier,
        scope,
        operation,
        details=details_for(need(type_, resource)) if type_ and knows_details else (),
        more_operations=tuple(name for name, _ in more),
        body=BODIES.get(type_, PAYMENT),
    )


def targets(
    scenario: Scenario, known: tuple[ProtectedResource, ...], issuer: str = ISSUER
) -> tuple[Target, ...]:
    """All of them, in the scenario's order, and then the userinfo endpoint if there is one."""
    knows = scenario.client.knows_details
    pairs = zip(scenario.servers, known, strict=True)
    at_servers = tuple(target(*each, knows_details=knows) for each in pairs)
    at_the_as = tuple(
        Target(each.name, each.identifier, USERINFO_SCOPE, "GET", AS)
        for each in userinfo(scenario, issuer)
    )
    return at_servers + at_the_as


def userinfo(scenario: Scenario, issuer: str = ISSUER) -> tuple[ProtectedResource, ...]:
    """The userinfo endpoint, as the resource server that it is beside being one of the AS."""
    return (userinfo_resource(issuer),) if scenario.authorization_server.userinfo else ()


@made_once
def registration(scenario: Scenario, known: tuple[ProtectedResource, ...]) -> RegisteredClient:
    """The one client, as the AS knows it."""
    design, part = DESIGNS[scenario.issuance], scenario.client
    offered = ("authorization_code", design.code_grant_type, *design.more_grant_types)
    return RegisteredClient(
        CLIENT_ID,
        "" if part.public else CLIENT_SECRET,
        (REDIRECT_URI,),
        tuple(dict.fromkeys((*offered, *(("refresh_token",) if part.refresh_tokens else ())))),
        tuple(s for resource in (*known, *userinfo(scenario)) for s in resource.scopes),
        first_party=part.first_party,
        details_types=tuple(TYPES),
        dpop_bound=part.proof == "dpop",
        certificate_bound=part.proof == "mtls",
    )


@made_once
def client_config(
    scenario: Scenario, known: tuple[ProtectedResource, ...], issuer: str = ISSUER
) -> ClientConfig:
    """What the client knows before it starts."""
    part = scenario.client
    retry = RetryPolicy(
        policy=part.retry,
        retries=part.retries,
        timeout_s=part.timeout_ms / 1000,
        base_s=part.backoff_base_ms / 1000,
        cap_s=part.backoff_cap_ms / 1000,
        hedge_after_s=part.hedge_after_ms / 1000,
        retry_with=part.retry_with,
    )
    return ClientConfig(
        CLIENT_ID,
        REDIRECT_URI,
        targets(scenario, known, issuer),
        "" if part.public else CLIENT_SECRET,
        issuer,
        scenario.issuance,
        part.use_aware,
        retry,
        part.clicks,
        part.spread_ms / 1000,
        part.architecture,
        part.on_refused,
        part.interrupted_after_ms / 1000,
        part.sleep_s,
    )


@made_once
def authorization_server_config(
    scenario: Scenario,
    known: tuple[ProtectedResource, ...],
    clients: tuple[RegisteredClient, ...],
    issuer: str = ISSUER,
) -> AuthorizationServerConfig:
    """What the replicas of the AS share."""
    part, single = scenario.authorization_server, scenario.single_use
    asks = STRATEGIES[scenario.strategy].consumes_at == "authorization_server"
    return AuthorizationServerConfig(
        resource_servers=(*known, *userinfo(scenario, issuer)),
        clients=(*clients, *exchangers(scenario, known), *helpers(scenario, known, REDIRECT_URI)),
        issuer=issuer,
        design=scenario.issuance,
        access_token_lifetime_s=part.access_token_lifetime_s,
        single_use_lifetime_s=part.single_use_lifetime_s,
        code_lifetime_s=part.code_lifetime_s,
        leeway_s=max(server.leeway_s for server in scenario.servers),
        single_use_audiences=single.audiences,
        one_use_per=single.one_use_per,
        single_use_at_userinfo=single.at_userinfo,
        single_use_at_introspection="consume" if asks else single.at_introspection,
        first_party_only=single.first_party_only,
        faults=part.faults,
        exchange_by=part.exchange_by,
        revocation_events=part.revocation_events,
        assertion_audience=part.assertion_audience,
        rotation_grace=part.rotation_grace,
        grace_s=part.grace_s,
        grace_reuses=part.grace_reuses,
        grace_generations=part.grace_generations,
    )


def exchangers(
    scenario: Scenario, known: tuple[ProtectedResource, ...]
) -> tuple[RegisteredClient, ...]:
    """The servers as clients, where they may exchange what they are shown (RFC 8693 1.1)."""
    if scenario.authorization_server.exchange_by != "audience":
        return ()
    return tuple(
        RegisteredClient(each.name, each.secret, grant_types=(TOKEN_EXCHANGE,)) for each in known
    )


def credentials(resource: ProtectedResource) -> Headers:
    """How a server authenticates at the AS: by HTTP Basic, with its name and secret."""
    pair = b64encode(f"{resource.name}:{resource.secret}".encode()).decode()
    return (("Authorization", f"Basic {pair}"),)


@made_once
def resource_server_config(
    scenario: Scenario, server: Server, resource: ProtectedResource, issuer: str = ISSUER
) -> ResourceServerConfig:
    """What the replicas of one resource server share."""
    where = STRATEGIES[scenario.strategy].consumes_at
    return ResourceServerConfig(
        name=server.name,
        identifier=resource.identifier,
        issuer=issuer,
        operations=server.operations,
        leeway_s=server.leeway_s,
        consume="with_effect" if where == "effect" else server.consume,
        one_use_per=scenario.single_use.one_use_per,
        use_aware=server.use_aware,
        realm=server.name,
        needs={operation: need(name, resource) for operation, name in server.details.items()},
        sign_ins={
            operation: SignIn(acr, server.sign_in_age_s or None)
            for operation, acr in server.sign_in.items()
        },
        rar_challenge=server.rar_challenge,
        introspection=introspection(scenario, server, resource, issuer),
        advertised=server.advertised,
    )


def need(type_: str, resource: ProtectedResource) -> Need:
    """What an operation needs of this type: to read, or to begin something, at this server."""
    acts = {"card_details": ("read",), "payment": ("initiate",)}
    return Need(type_, acts.get(type_, ()), (resource.identifier,))


def introspection(
    scenario: Scenario, server: Server, resource: ProtectedResource, issuer: str
) -> Introspection | None:
    """How a server asks about tokens; None for one that reads them itself."""
    asks = STRATEGIES[scenario.strategy].consumes_at == "authorization_server"
    if not (asks or server.introspects or server.token_format == "opaque"):
        return None
    return Introspection(
        f"{issuer}/introspect",
        credentials(resource),
        server.introspection_cache_s or STRATEGIES[scenario.strategy].believes_s,
        is_the_use=asks or scenario.single_use.at_introspection == "consume",
    )


def hearing(
    scenario: Scenario,
    server: Server,
    resource: ProtectedResource,
    keys: Keys,
    issuer: str = ISSUER,
) -> Hearing | None:
    """What a server remembers of revocations; None for one that cannot be told of any."""
    if not server.hears_revocations:
        return None
    trusted = keys.verifier(*DESIGNS[scenario.issuance].verifier_keys(resource))
    return Hearing(trusted.verify, issuer, resource.identifier, server.leeway_s)


def challenger(
    resource: ProtectedResource,
    keys: Keys,
    clock: Callable[[], float],
    new_id: Callable[[str], str],
    issuer: str = ISSUER,
) -> Challenger:
    """What a server makes challenges with, under a key of its own."""

    def sign(claims: Mapping[str, Any], typ: str) -> str:
        return keys.sign(claims, key=f"rs-{resource.name}", typ=typ)

    return Challenger(resource.identifier, issuer, sign, clock, new_id)
