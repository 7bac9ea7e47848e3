"""The examination: a client does once all that the mistakes of authorization servers show in.

Rule: the client is honest and its user wants nothing unusual; where it asks for what it should not
get, a refusal is the right answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from oauth_model.at_once import at_once, together
from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.issuance import DESIGNS, Target
from oauth_model.parameters import Pairs
from oauth_model.retry import CallResult, conclude

#: A server that does not exist, and a scope that nobody knows.
STRANGER = Target("nobody", "https://nobody.example.com", "nobody", "GET /nothing")
#: Well-formed (RFC 7636 4.1), and not the one that the challenge was made from.
WRONG_VERIFIER = "A" * 43


def examination(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """One consent, a failed redemption, a call of each server, twice, and a code redeemed twice.

    Between the rounds it asks for a server that does not exist. Where a server cannot be had with
    what was consented to, the user signs in once more, for that server. Served when every call was.
    """
    authorized = yield from client.authorize(servers)
    if authorized.kind != "served":
        return authorized._replace(kind="refused", attempts=0)
    yield from _fail(client, servers[0])
    first = yield from _call_all(client, servers)
    yield from _ask_for_nobody(client)
    client.wallet.tokens.clear()
    again = yield from _call_all(client, servers)
    yield from _redeem_twice(client, servers)
    return together([*first, *again], "refused", "unknown", "served")


def _redemption(client: Client, server: str) -> Pairs:
    design = DESIGNS[client.config.design]
    return client.redemption(design.ask_token(client.targets[server]))


def _fail(client: Client, server: str) -> Flow[None]:
    """Redeem the code with a wrong verifier, as anybody can who sees it; it stays pending.

    Not where the design has no code (GNAP).
    """
    pending = client.pending
    if pending is None:
        return
    pairs = dict(_redemption(client, server)) | {"code_verifier": WRONG_VERIFIER}
    yield from client.ask_token(list(pairs.items()))
    client.pending = pending


def _call_all(client: Client, servers: Sequence[str]) -> Flow[list[CallResult]]:
    results: list[CallResult] = []
    for server in servers:
        result = yield from _call(client, server)
        results.append(result)
    return results


def _call(client: Client, server: str) -> Flow[CallResult]:
    obtained = yield from client.obtain(server)
    said = obtained.response.json() if obtained.response else {}
    if said.get("error") == "invalid_target":
        obtained = yield from client.authorize([server])
        if obtained.kind == "served":
            obtained = yield from client.obtain(server)
    if obtained.kind != "served":
        return CallResult("refused", obtained.response, 0)
    return (yield from client.call(server, client.targets[server].operation))


def _ask_for_nobody(client: Client) -> Flow[None]:
    client.targets = client.targets | {STRANGER.name: STRANGER}
    yield from client.obtain(STRANGER.name)


def _redeem_twice(client: Client, servers: Sequence[str]) -> Flow[None]:
    """The same request in two tabs at once."""
    yield from client.authorize(servers)
    if client.pending is None:
        return
    pairs = _redemption(client, servers[0])

    def redeem() -> Flow[CallResult]:
        return conclude((yield from client.ask_token(pairs)), 1)

    yield from at_once([redeem(), redeem()])
