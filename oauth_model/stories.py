"""Client stories: what one intention does (something the user wants once), by name (`STORIES`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.action_stories import ACTION_STORIES
from oauth_model.client import Client
from oauth_model.flows import Flow, Start, Wait
from oauth_model.retry import CallResult

#: A story: what the client does for one intention, at these servers.
Story = Callable[[Client, Sequence[str]], Flow[CallResult]]

#: How soon the burst story looks whether its clicks were answered.
SHORTEST_PAUSE_S = 0.001
PAYMENT = '{"amount": "42.00", "currency": "EUR"}'


def single_use_payment(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Pay once, at the first server, with a single-use token; ask for consent if there is none."""
    payments = servers[0]
    if not client.wallet.refresh_token:
        for step in (client.authorize(servers), client.obtain(payments)):
            result = yield from step
            if result.kind != "served":
                return not_presented(result)
    operation = client.targets[payments].operation
    return (yield from client.call_once(payments, operation, PAYMENT))


def single_use_burst(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Present one single-use token several times at once, at the first server: a double click.

    Each click waits a uniform share of the spread and is then retried as the policy says. Served
    when one of them was. A flow cannot wait for another, so it looks again and again, each time
    after a tenth longer: it ends at most so much later than the last click.
    """
    payments, config = servers[0], client.config
    target = client.targets[payments]
    obtained = yield from client.single_use(payments, target.scope)
    if obtained.kind != "served":
        return not_presented(obtained)
    results: list[CallResult] = []

    def click() -> Flow[None]:
        yield Wait(config.spread_s, jitter=True)
        results.append((yield from client.call(payments, target.operation, PAYMENT)))

    for _ in range(config.clicks):
        yield Start(click())
    pause_s = SHORTEST_PAUSE_S
    while len(results) < config.clicks:
        yield Wait(pause_s)
        pause_s *= 1.1
    if client.wallet.swapped(payments):
        yield client.wallet.restore(payments)
    kinds = [result.kind for result in results]
    kind = next((kind for kind in ("served", "refused") if kind in kinds), "unknown")
    return CallResult(kind, None, sum(result.attempts for result in results))


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


def not_presented(result: CallResult) -> CallResult:
    """No token, no presentation: whatever became of the request for one, nothing happened."""
    return CallResult("refused", result.response, 0)


STORIES: dict[str, Story] = {
    "single_use_payment": single_use_payment,
    "single_use_burst": single_use_burst,
    "consent_then_call_all": consent_then_call_all,
    **ACTION_STORIES,
}
