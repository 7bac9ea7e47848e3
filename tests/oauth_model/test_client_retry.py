"""The client: authorization responses, retry policies step by step, and what it then believes."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.client import Client, ClientConfig
from oauth_model.flows import UNKNOWN, Wait
from oauth_model.messages import Response
from oauth_model.retry import CallResult, RetryPolicy
from oauth_model.stories import STORIES
from tests.oauth_model.parties import CALLBACK, PUBLIC, TARGETS, World

PAY = ("payments", "POST /payments", "{}")


def ready(*arguments: object, strategy: str = "shared_atomic", **policy: object) -> World:
    """A world whose client has consent and tokens, with this retry policy."""
    retry = RetryPolicy(*arguments, **policy)  # type: ignore[arg-type]  # a test names what it needs
    world = World(strategy=strategy, knows={"retry": retry})
    world.run(world.client.authorize(("email", "payments")))
    world.run(world.client.obtain("payments"))
    world.sent.clear()
    return world


def pay(world: World, *fates: str | Response) -> CallResult:
    world.fates = list(fates)
    return world.run(world.client.call_once(*PAY))


def presented(world: World) -> list[str]:
    """The authorization of each presentation, in order."""
    sends = [send for send in world.sent if send.to == "payments"]
    return [send.request.header("Authorization") or "" for send in sends]


@pytest.mark.clause("interim-2025-01-20 one request")
@pytest.mark.clause("interim-2025-01-20 request")
def test_the_plain_case_is_one_token_request_and_one_presentation():
    world = ready()
    assert pay(world).kind == "served"
    assert [send.to for send in world.sent] == ["as", "payments"]
    assert world.sent[0].request.form() == [
        ("grant_type", "refresh_token"),
        ("refresh_token", "rt-1"),
        ("scope", "payments"),
        ("token_use", "single"),
    ]


def test_no_retries_leave_a_lost_response_unknown():
    world = ready("none", retries=5)
    assert pay(world, "response lost") == CallResult("unknown", None, 1)
    assert len(world.effects) == 1


def test_a_lost_request_is_unknown_too():
    world = ready("none")
    assert pay(world, "request lost") == CallResult("unknown", None, 1)
    assert len(world.effects) == 0


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_are_counted_after_the_first_attempt(retries):
    world = ready("immediate", retries=retries)
    assert pay(world, *["request lost"] * 9) == CallResult("unknown", None, retries + 1)
    assert len(set(presented(world))) == 1


def test_an_immediate_retry_waits_for_nothing():
    world = ready("immediate", retries=2)
    assert pay(world, "request lost", "request lost").kind == "served"
    assert world.waits == []


def test_backoff_is_exponential_with_full_jitter_and_a_cap():
    world = ready("backoff", retries=5, base_s=0.1, cap_s=0.5)
    pay(world, *["request lost"] * 5)
    expected = [0.1, 0.2, 0.4, 0.5, 0.5]
    assert world.waits == [Wait(duration_s, jitter=True) for duration_s in expected]


def test_hedged_sends_say_when_and_are_not_repeated():
    world = ready("hedged", retries=5, hedge_after_s=0.05, timeout_s=0.4)
    assert pay(world, "request lost").kind == "unknown"
    send = world.sent[-1]
    assert (len(presented(world)), send.hedge_after_s, send.timeout_s) == (1, 0.05, 0.4)


@pytest.mark.parametrize("policy", ["none", "immediate", "backoff"])
def test_only_the_hedged_policy_hedges(policy):
    world = ready(policy, timeout_s=0.4)
    pay(world)
    assert {(send.timeout_s, send.hedge_after_s) for send in world.sent} == {(0.4, None)}


@pytest.mark.parametrize("status", [409, 503])
def test_not_done_is_tried_again(status):
    world = ready("immediate", retries=1)
    assert pay(world, Response(status)) == CallResult("served", world_answer(), 2)


def world_answer() -> Response:
    return Response(200, (("Content-Type", "application/json"),), '{"status": "done"}')


@pytest.mark.clause("RFC 6750 3.1 retry")
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_any_other_answer_is_final(status):
    world = ready("immediate", retries=3)
    assert pay(world, Response(status)) == CallResult("refused", Response(status), 1)


def test_not_done_to_the_end_is_refused():
    world = ready("immediate", retries=1)
    assert pay(world, Response(503), Response(503)).kind == "refused"


def test_not_done_after_unknown_stays_unknown():
    world = ready("immediate", retries=1)
    assert pay(world, "response lost", Response(503)).kind == "unknown"
    assert len(world.effects) == 1


@pytest.mark.clause("interim-2025-01-20 network errors")
def test_the_same_token_after_a_lost_response_is_told_it_was_used():
    world = ready("immediate", retries=1, retry_with="same_token")
    result = pay(world, "response lost")
    assert (result.kind, result.attempts, len(world.effects)) == ("refused", 2, 1)


@pytest.mark.clause("interim-2025-01-20 network errors")
def test_the_same_token_gets_the_stored_answer_where_answers_are_stored():
    world = ready("immediate", retries=1, strategy="idempotent_response")
    result = pay(world, "response lost")
    assert (result.kind, len(world.effects)) == ("served", 1)


def test_a_fresh_token_after_a_lost_response_pays_twice():
    world = ready("immediate", retries=1, retry_with="fresh_token")
    assert pay(world, "response lost").kind == "served"
    assert len(set(presented(world))) == 2
    assert len(world.effects) == 2


def test_a_fresh_token_with_one_idempotency_key_says_it_is_the_same_payment():
    world = ready("immediate", retries=2, retry_with="fresh_token_same_idempotency_key")
    pay(world, "response lost", "response lost")
    assert len(set(presented(world))) == 3
    whose = "s6BhdRkqt3\nresource-owner"
    assert {effect.idempotency_key for effect in world.effects} == {f'{whose}\n"idempotency_key-1"'}


@pytest.mark.parametrize("retry_with", ["same_token", "fresh_token"])
def test_without_being_told_there_is_no_idempotency_key(retry_with):
    world = ready("immediate", retries=1, retry_with=retry_with)
    pay(world, "response lost")
    assert {effect.idempotency_key for effect in world.effects} == {None}


def test_two_payments_have_two_idempotency_keys():
    world = ready(retry_with="fresh_token_same_idempotency_key")
    pay(world)
    pay(world)
    assert len({effect.idempotency_key for effect in world.effects}) == 2


def test_no_token_no_presentation_and_so_refused_not_unknown():
    world = ready("immediate", retries=1)
    world.database.refresh_tokens.clear()
    assert pay(world) == CallResult("refused", None, 0)


def test_no_fresh_token_leaves_the_call_as_unknown_as_it_was():
    world = ready("immediate", retries=3, retry_with="fresh_token")
    flow = world.client.call_once(*PAY)
    answer = None
    while len(presented(world)) < 1:
        answer = world.answer(flow.send(answer))
    world.database.refresh_tokens.clear()
    flow_result = finish(world, flow, UNKNOWN)
    assert flow_result == CallResult("unknown", None, 1)


def finish(world: World, flow, answer):
    """Drive a flow that was begun to its end."""
    try:
        while True:
            answer = world.answer(flow.send(answer))
    except StopIteration as stop:
        return stop.value


def test_a_lost_token_response_is_asked_for_again_for_it_consumes_nothing():
    world = ready("immediate", retries=1)
    flow = world.client.single_use("payments", "payments")
    first = next(flow)
    again = flow.send(UNKNOWN)
    assert first == again
    result = finish(world, flow, world.answer(again))
    assert (result.kind, result.attempts) == ("served", 2)


def test_a_token_request_is_not_hedged_and_not_repeated_without_a_policy():
    world = ready("hedged")
    flow = world.client.single_use("payments", "payments")
    assert getattr(next(flow), "hedge_after_s", 0) is None
    assert finish(world, flow, UNKNOWN) == CallResult("unknown", None, 1)


@pytest.mark.clause("RFC 6749 4.1.2 once, client")
def test_6749_4_1_2_a_code_is_never_sent_twice():
    world = World(knows={"retry": RetryPolicy("immediate", retries=3)})
    world.run(world.client.authorize(("payments",)))
    flow = world.client.obtain("payments")
    next(flow)
    assert finish(world, flow, UNKNOWN) == CallResult("unknown", None, 1)
    assert world.run(world.client.obtain("payments")) == CallResult("refused", None, 0)


@pytest.mark.clause("RFC 6749 3.2.1 public")
@pytest.mark.clause("RFC 6749 6 discard, client")
def test_a_public_client_names_itself_and_follows_rotation():
    world = World("lodderstedt", client=PUBLIC)
    world.run(world.client.authorize(("email", "payments")))
    for server in ("email", "payments"):
        assert world.run(world.client.obtain(server)).kind == "served"
    assert world.sent[-1].request.form()[-1] == ("client_id", "app")
    assert world.sent[-1].request.header("Authorization") is None
    assert world.client.wallet.refresh_token == "rt-2"


@pytest.mark.clause("RFC 6749 3.1 repeated, client")
@pytest.mark.clause("RFC 6749 10.12 state")
@pytest.mark.clause("RFC 9207 2.4 mismatch")
@pytest.mark.clause("RFC 9700 4.4 mix-up")
@pytest.mark.parametrize(
    "reply",
    [
        "code=c&state=other&iss=https%3A%2F%2Fas.example.com",
        "code=c&iss=https%3A%2F%2Fas.example.com",
        "code=c&state=state-1&iss=https%3A%2F%2Fevil.example.com",
        "code=c&state=state-1",
        "error=access_denied&state=state-1&iss=https%3A%2F%2Fas.example.com",
        "error=access_denied&code=c&state=state-1&iss=https%3A%2F%2Fas.example.com",
        "code=c&code=d&state=state-1&iss=https%3A%2F%2Fas.example.com",
        "code=c&code=&state=state-1&iss=https%3A%2F%2Fas.example.com",
        "code=c&state=other&state=state-1&iss=https%3A%2F%2Fas.example.com",
    ],
)
def test_rfc9207_2_4_an_authorization_response_not_to_us_is_refused(reply):
    assert redirected(World().client, f"{CALLBACK}?{reply}").kind == "refused"


GOOD = "code=c&state=state-1&iss=https://as.example.com"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example.com/", f"{CALLBACK}.evil.example", f"{CALLBACK}/other", f"{CALLBACK}#"],
)
def test_a_redirect_to_somebody_else_is_not_ours(elsewhere):
    assert redirected(World().client, f"{elsewhere}?{GOOD}").kind == "refused"


@pytest.mark.clause("RFC 6749 3.1.2 query")
@pytest.mark.parametrize("own_query", ["", "tenant=1&"])
def test_6749_3_1_2_a_redirect_uri_may_have_a_query_of_its_own(own_query):
    about = ClientConfig("app", f"{CALLBACK}?{own_query}".rstrip("?&"), TARGETS)
    client = Client(about, World().new_id)
    assert redirected(client, f"{CALLBACK}?{own_query}{GOOD}").kind == "served"


def redirected(client: Client, to: str) -> CallResult:
    """What a client makes of an authorization response that redirects there."""
    flow = client.authorize(("payments",))
    next(flow)
    with pytest.raises(StopIteration) as stopped:
        flow.send(Response(302, (("Location", to),)))
    result: CallResult = stopped.value.value
    return result


def test_without_tokens_nothing_is_sent():
    world = World()
    for flow in (world.client.obtain("email"), world.client.call("email", "GET /mail")):
        assert world.run(flow) == CallResult("refused", None, 0)
    assert world.sent == []


@pytest.mark.parametrize("name", ["policy", "retry_with"])
def test_an_unknown_name_is_refused(name):
    wrong: Any = {name: "nonsense"}
    with pytest.raises(ValueError, match=f"{name} is 'nonsense'; allowed: "):
        RetryPolicy(**wrong)


def test_the_payment_story_asks_for_consent_only_when_there_is_none():
    world = World()
    story = STORIES["single_use_payment"]
    for requests in (4, 2):
        world.sent.clear()
        assert world.run(story(world.client, ("payments",))).kind == "served"
        assert len(world.sent) == requests
    assert len(world.effects) == 2


@pytest.mark.parametrize("story", STORIES)
def test_a_story_without_consent_is_refused(story):
    about = ClientConfig("nobody", CALLBACK, TARGETS)
    world = World()
    result = world.run(STORIES[story](Client(about, world.new_id), ("payments",)))
    assert (result.kind, result.attempts) == ("refused", 0)


@pytest.mark.parametrize("clicks", [1, 3])
def test_the_burst_story_presents_one_token_several_times(clicks):
    world = World(knows={"clicks": clicks, "spread_s": 0.5})
    world.run(world.client.authorize(("payments",)))
    world.run(world.client.obtain("payments"))
    result = world.run(STORIES["single_use_burst"](world.client, ("payments",)))
    assert (result.kind, result.attempts, len(world.effects)) == ("served", clicks, 1)
    assert presented(world) == presented(world)[:1] * clicks
    assert world.waits[:clicks] == [Wait(0.5, jitter=True)] * clicks
    assert world.wallet_actions()[-1] == "restore payments"


def test_the_calling_story_ends_with_the_first_call_that_is_not_served():
    world = World()
    world.fates = ["response lost"]
    result = world.run(STORIES["consent_then_call_all"](world.client, ("email", "voip")))
    assert (result.kind, result.attempts, len(world.effects)) == ("unknown", 1, 1)
