"""Client stories: what one intention does (something the user wants once), by name (`STORIES`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.action_stories import ACTION_STORIES
from oauth_model.at_once import at_once, together
from oauth_model.client import Client
from oauth_model.code_race_story import code_race
from oauth_model.discovery import discover
from oauth_model.examination import examination
from oauth_model.flows import Flow, Wait
from oauth_model.interrupted_stories import interrupted_payment, interrupted_refresh
from oauth_model.refresh_stories import concurrent_refresh
from oauth_model.remedy import remedied_call
from oauth_model.retry import CallResult, conclude, not_presented
from oauth_model.step_up_story import stepped_up_call
from oauth_model.tab_stories import concurrent_calls, concurrent_payments
from oauth_model.workarounds import (
    custom_scope,
    dedicated_client,
    revoked_after_use,
    separate_authorization,
)

#: A story: what the client does for one intention, at these servers.
Story = Callable[[Client, Sequence[str]], Flow[CallResult]]


def single_use_payment(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Pay once, at the first server, with a single-use token; ask for consent if there is none."""
    payments = servers[0]
    if not client.signed_in:
        for step in (client.authorize(servers), client.obtain(payments)):
            result = yield from step
            if result.kind != "served":
                return not_presented(result)
    target = client.targets[payments]
    return (yield from client.call_once(payments, target.operation, target.body))


def ordinary_payment(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Pay once, at the first server, with the access token that is held, as for every payment."""
    return _call(client, servers[0], client.obtain(servers[0]))


def transaction_payment(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Pay once, at the first server, with a new token that is for this payment: no single use."""
    return _call(client, servers[0], anew(client, servers[0]))


def _call(client: Client, server: str, obtain: Flow[CallResult]) -> Flow[CallResult]:
    obtained = yield from obtain
    if obtained.kind != "served":
        return not_presented(obtained)
    target = client.targets[server]
    return (yield from client.call(server, target.operation, target.body))


def anew(client: Client, server: str) -> Flow[CallResult]:
    """Get another access token for this server, whatever is held."""
    client.wallet.tokens.pop(server, None)
    return client.obtain(server)


def single_use_burst(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Present one single-use token several times at once, at the first server: a double click."""
    payments = servers[0]
    target = client.targets[payments]
    result = yield from _burst(client, payments, client.single_use(payments, target.scope))
    if client.wallet.swapped(payments):
        yield client.wallet.restore(payments)
    return result


def ordinary_burst(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """The double click with the access token that is held."""
    return _burst(client, servers[0], client.obtain(servers[0]))


def transaction_burst(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """The double click with a new token that is for this payment: no single use."""
    return _burst(client, servers[0], anew(client, servers[0]))


def _burst(client: Client, server: str, obtain: Flow[CallResult]) -> Flow[CallResult]:
    """Get a token, present it so often.

    Each click waits a uniform share of the spread and is then retried as the policy says. Served
    when one of them was.
    """
    config, target = client.config, client.targets[server]
    obtained = yield from obtain
    if obtained.kind != "served":
        return not_presented(obtained)

    def click() -> Flow[CallResult]:
        yield Wait(config.spread_s, jitter=True)
        return (yield from client.call(server, target.operation, target.body))

    results = yield from at_once([click() for _ in range(config.clicks)])
    return together(results, "served", "refused", "unknown")


def single_use_at_each(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """One single-use token for all servers, presented once at each: is that one use or several?

    Served when every call was.
    """
    first, results = servers[0], []
    scope = " ".join(client.targets[server].scope for server in servers)
    obtained = yield from client.single_use(first, scope)
    if obtained.kind != "served":
        return not_presented(obtained)
    token = client.wallet.token(first)
    for server in servers:
        target = client.targets[server]
        results.append(
            conclude((yield from client.present(server, target.operation, target.body, token)), 1)
        )
    if client.wallet.swapped(first):
        yield client.wallet.restore(first)
    return together(results, "refused", "unknown", "served")


def consent_then_call_all(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """One consent for all servers; then, server by server, a token and a call with it.

    Served when every call was. The first that was not ends the story.
    """
    result = yield from client.authorize(servers)
    if result.kind != "served":
        return not_presented(result)
    attempts = 0
    for server in servers:
        obtained = yield from client.obtain(server)
        if obtained.kind != "served":
            return not_presented(obtained)._replace(attempts=attempts)
        result = yield from client.call(server, client.targets[server].operation)
        attempts += result.attempts
        if result.kind != "served":
            break
    return result._replace(attempts=attempts)


def discover_then_call_all(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Ask each server who issues its tokens, then consent once for all that share the client's AS.

    The others are left alone: that client is not registered where their tokens come from.
    """
    sharing = yield from discover(client, servers)
    ours = sharing.get(client.config.issuer, [])
    if not ours:
        return CallResult("refused", None, 0)
    return (yield from consent_then_call_all(client, ours))


STORIES: dict[str, Story] = {
    "single_use_payment": single_use_payment,
    "single_use_burst": single_use_burst,
    "ordinary_payment": ordinary_payment,
    "ordinary_burst": ordinary_burst,
    "transaction_payment": transaction_payment,
    "transaction_burst": transaction_burst,
    "single_use_at_each": single_use_at_each,
    "remedied_call": remedied_call,
    "stepped_up_call": stepped_up_call,
    **{
        story.__name__: story
        for story in (separate_authorization, dedicated_client, custom_scope, revoked_after_use)
    },
    "concurrent_calls": concurrent_calls,
    "concurrent_payments": concurrent_payments,
    "interrupted_payment": interrupted_payment,
    "consent_then_call_all": consent_then_call_all,
    "examination": examination,
    "discover_then_call_all": discover_then_call_all,
    "code_race": code_race,
    "concurrent_refresh": concurrent_refresh,
    "interrupted_refresh": interrupted_refresh,
    **ACTION_STORIES,
}
#: Stories that use up the refresh token with which they begin: it must be no other user's.
OWN_SESSION = ("concurrent_refresh", "interrupted_refresh")
