"""What the suites do: use a thing once, wait, use it again. And what none of them does: at once.

Rule: what was refused is tried again at each replica, for one that remembers is no proof that the
others do.
"""

from __future__ import annotations

from oauth_model.client_requests import authorization_pairs, authorization_request, post_to
from oauth_model.flows import Flow, Send, Wait
from oauth_model.parameters import Pairs
from oauth_model.retry import Answer
from sim.suite.tester import (
    NOTHING,
    Seen,
    Tester,
    Try,
    both,
    good,
    has_code,
    members,
    token_in,
)

#: How far off the clock of a proof is set (FAPI 2.0 DPoP negative tests), in seconds.
HOUR_S = 3600.0
#: A code verifier (RFC 7636 4.1) of codes that nobody redeems.
UNUSED = "A" * 43


def code_again(after_s: float) -> Try:
    """Redeem a code, wait, redeem it again; then call a server with the token of the first time."""

    def flow(tester: Tester) -> Flow[Seen]:
        client = tester.client
        pairs = yield from tester.redemption()
        token = token_in((yield from client.ask_token(pairs))) if pairs else ""
        if not token:
            return NOTHING
        yield Wait(after_s)
        accepted = yield from tester.any_good(lambda: client.ask_token(pairs))
        return Seen(accepted, good((yield from tester.send(tester.request(token)))))

    return flow


def code_at_once(tester: Tester) -> Flow[Seen]:
    """Two requests with one code."""
    pairs = yield from tester.redemption()
    return (yield from both(lambda: tester.client.ask_token(pairs))) if pairs else NOTHING


def refresh_token_again(after_s: float) -> Try:
    """Refresh, wait, refresh with the refresh token of before; then with its successor."""

    def flow(tester: Tester) -> Flow[Seen]:
        client, signed_in = tester.client, (yield from tester.sign_in())
        before = tester.refresh()
        if not (signed_in and good((yield from client.ask_token(before)))):
            return NOTHING
        successor = tester.refresh()
        yield Wait(after_s)
        again = yield from client.ask_token(before)
        alive = yield from client.ask_token(successor)
        return Seen(good(again), good(alive), replaced=successor != before)

    return flow


def refresh_token_at_once(tester: Tester) -> Flow[Seen]:
    """Two requests with one refresh token, as of two tabs; accepted if both of them live on."""
    client, signed_in = tester.client, (yield from tester.sign_in())
    before, brought = tester.refresh(), list[Pairs]()

    def refresh() -> Flow[Answer]:
        answer = yield from client.ask_token(before)
        brought.append(tester.refresh())
        return answer

    if not signed_in:
        return NOTHING
    seen = yield from both(refresh)
    alive = good((yield from client.ask_token(brought[-1])))
    return Seen(seen.accepted and alive, alive)


def refresh_token_of_long_ago(tester: Tester) -> Flow[Seen]:
    """Refresh twice, and then with the refresh token that was there at first."""
    client, signed_in = tester.client, (yield from tester.sign_in())
    first = tester.refresh()
    if not (signed_in and good((yield from client.ask_token(first)))):
        return NOTHING
    second = tester.refresh()
    if second == first or not good((yield from client.ask_token(second))):
        return NOTHING
    return Seen(good((yield from client.ask_token(first))))


def proof_again(tester: Tester) -> Flow[Seen]:
    """The same request twice, with the same proof (RFC 9449 11.1)."""
    token = yield from tester.sign_in()
    request = tester.request(token)
    if not (token and good((yield from tester.send(request)))):
        return NOTHING
    return Seen((yield from tester.any_good(lambda: tester.send(request))))


def proof_at_once(tester: Tester) -> Flow[Seen]:
    """Two requests with one proof."""
    token = yield from tester.sign_in()
    request = tester.request(token)
    return (yield from both(lambda: tester.send(request))) if token else NOTHING


def proof_off(tester: Tester) -> Flow[Seen]:
    """A proof that is an hour old, and one from an hour ahead."""
    token = yield from tester.sign_in()
    if not (token and good((yield from tester.send(tester.request(token))))):
        return NOTHING
    accepted = False
    for off_s in (-HOUR_S, HOUR_S):
        request = tester.request(token, tester.prover(off_s))
        accepted = good((yield from tester.send(request))) or accepted
    return Seen(accepted)


def request_uri_again(tester: Tester) -> Flow[Seen]:
    """Come with a pushed request until it brought a code, and once more (RFC 9126 7.3)."""
    visit = yield from _pushed(tester)
    if visit is None or not has_code((yield visit)):
        return NOTHING
    accepted = False
    for _ in range(tester.tries):
        accepted = has_code((yield visit)) or accepted
    return Seen(accepted)


def request_uri_before(tester: Tester) -> Flow[Seen]:
    """Come with a pushed request, leave, and come again: one that brought no code is not used.

    Our server has no page to leave; whoever leaves has granted nothing.
    """
    visit = yield from _pushed(tester)
    if visit is None:
        return NOTHING
    tester.attend(False)
    left = yield visit
    tester.attend(True)
    return NOTHING if has_code(left) else Seen(has_code((yield visit)))


def _pushed(tester: Tester) -> Flow[Send | None]:
    """The visit that a pushed request leads to; None when it could not be pushed."""
    client, design = tester.client, tester.design
    state, asked = client.new_id("state"), design.ask_consent([tester.target])
    pairs = authorization_pairs(client.party, design.response_type, state, UNUSED, asked)
    pushed = yield from client.ask(post_to(client.party, "/par", pairs))
    uri = members(pushed).get("request_uri")
    named = [("client_id", client.config.client_id), ("request_uri", str(uri))]
    return client.once(authorization_request(client.party, named)) if uri else None
