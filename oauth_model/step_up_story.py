"""What a client does when a server wants a stronger or more recent sign-in (RFC 9470 4).

Rule: the new token *replaces* the held one for good, unlike a single-use token, which is put back
after its call: whoever has it, the client or a thief, is signed in more strongly from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.parameters import Pairs
from oauth_model.retry import CallResult
from oauth_model.step_up import step_up_of


def stepped_up_call(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Call the first server twice with the token that is held, and sign in again when told to.

    The second call shows that the token of the new sign-in is there to stay. Each is tried again
    once.
    """
    result = yield from _stepping_up(client, servers)
    if result.kind != "served":
        return result
    again = yield from _stepping_up(client, servers)
    return again._replace(attempts=result.attempts + again.attempts)


def _stepping_up(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    server, target = servers[0], client.targets[servers[0]]
    result = yield from client.call(server, target.operation, target.body)
    more = asked_for(result)
    if not more:
        return result
    replaced = yield from signed_in_again(client, servers, more)
    if replaced.kind != "served":
        return replaced._replace(kind="refused", attempts=result.attempts)
    again = yield from client.call(server, target.operation, target.body)
    return again._replace(attempts=result.attempts + again.attempts)


def asked_for(result: CallResult) -> Pairs:
    """What a challenge wants the next sign-in to be; empty for any other answer."""
    return step_up_of(result.response) if result.kind == "refused" and result.response else []


def signed_in_again(client: Client, servers: Sequence[str], more: Pairs) -> Flow[CallResult]:
    """A new authorization for the same servers; its tokens take the place of those that are held.

    What is held stays until then: a user who does not sign in again keeps what they had.
    """
    asking = copy(client)
    result = yield from asking.authorize(servers, more)
    if result.kind != "served":
        return result
    asking.wallet = client.wallet
    return (yield from asking.obtain(servers[0]))
