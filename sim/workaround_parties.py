"""Who takes part when single use is done without single-use tokens (`oauth_model.workarounds`).

Part of `sim.parties`; the same rule holds here.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.client_requests import basic
from oauth_model.gateway import Quota, RevokeAfterUse, Serve
from oauth_model.grants.records import RegisteredClient
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.strategies import Strategy
from oauth_model.workarounds import DEDICATED_ID, DEDICATED_SECRET, dedicated_client
from sim.scenario import Scenario
from sim.scenario_parties import Server

#: Who a gateway is at the AS.
GATEWAY_ID, GATEWAY_SECRET = "gateway", "secret-of-gateway"


def helpers(
    scenario: Scenario, known: tuple[ProtectedResource, ...], redirect_uri: str
) -> tuple[RegisteredClient, ...]:
    """What else is registered: a client for payments alone, and gateways that may revoke.

    That client gets no refresh token, and access tokens that live as long as single-use ones.
    """
    dedicated = RegisteredClient(
        DEDICATED_ID,
        DEDICATED_SECRET,
        (redirect_uri,),
        (DESIGNS[scenario.issuance].code_grant_type,),
        known[0].scopes,
        token_lifetime_s=scenario.authorization_server.single_use_lifetime_s,
    )
    gateways = RegisteredClient(GATEWAY_ID, GATEWAY_SECRET, revokes_any=True)
    paying = scenario.story == dedicated_client.__name__
    revoking = any(server.gateway == "revoke" for server in scenario.servers)
    return (dedicated,) * paying + (gateways,) * revoking


def in_front(
    scenario: Scenario,
    server: Server,
    serve: Serve,
    strategy: Strategy,
    clock: Callable[[], float],
    issuer: str,
) -> Serve:
    """What answers at a replica: the server itself, or a gateway in front of it.

    `strategy` is what a quota counts with.
    """
    if server.gateway == "quota":
        lasts_s = scenario.authorization_server.access_token_lifetime_s
        return Quota(serve, strategy, clock, lasts_s).handle
    if server.gateway == "revoke":
        _, headers = basic(GATEWAY_ID, GATEWAY_SECRET)("revoke")
        delay_s = server.gateway_delay_s
        return RevokeAfterUse(serve, f"{issuer}/revoke", headers, delay_s).handle
    return serve
