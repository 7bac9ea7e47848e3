"""The code race: one authorization code, redeemed several times at once by whoever holds it.

Rule: the client does what it must not (RFC 6749 4.1.2), as a callback page that is loaded twice
makes it do; whether more than one of them gets tokens is up to the AS.
"""

from __future__ import annotations

from collections.abc import Sequence

from oauth_model.architectures import tab
from oauth_model.at_once import at_once, together
from oauth_model.client import Client
from oauth_model.flows import Flow, Wait
from oauth_model.retry import CallResult, not_presented


def code_race(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Ask for consent; then `clicks` callbacks redeem the one code, and each calls with its token.

    Each begins within a uniform share of `spread_s`. Served when one of the calls was.

    Where it was seen: https://github.com/supabase/auth/issues/2613 (at once, two get tokens),
    https://github.com/oauthlib/oauthlib/issues/618 (as long as saving a token takes),
    https://github.com/thephpleague/oauth2-server/issues/1306.
    """
    server, config = servers[0], client.config
    asked = yield from client.authorize([server])
    if asked.kind != "served":
        return not_presented(asked)
    callbacks = [tab(client) for _ in range(config.clicks)]
    results = yield from at_once([_redeem(own, server) for own in callbacks])
    return together(results, "served", "refused", "unknown")


def _redeem(own: Client, server: str) -> Flow[CallResult]:
    yield Wait(own.config.spread_s, jitter=True)
    obtained = yield from own.obtain(server)
    if obtained.kind != "served":
        return not_presented(obtained)
    target = own.targets[server]
    return (yield from own.call(server, target.operation, target.body))
