"""Below the client: what an HTTP library or a proxy sends again, and what it loses."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.connection import Connection
from oauth_model.flows import UNKNOWN, Effect, Flow, Send, Start, Wait, run
from oauth_model.messages import Request, Response, form_post, json_response
from tests.oauth_model.parties import PUBLIC, World

CALL = Send("payments", Request("POST", "https://payments.example.com/payments"), 1.0, 0.2)
DONE = Response(200)
REFRESH = Send(
    "as", form_post("https://as.example.com/token", [("grant_type", "refresh_token")]), 1
)
CODE = Send("as", form_post("https://as.example.com/token", [("grant_type", "code")]), 1)
ANSWER = json_response(200, {"access_token": "at-2", "refresh_token": "rt-2"})


def asking(send: Send) -> Flow[Any]:
    return (yield send)


def carried(connection: Connection, flow: Flow[Any], *answers: Any) -> tuple[Any, list[Any]]:
    """What the flow returns with this below it, and what was sent; no answer after the last."""
    sent: list[Any] = []
    left = list(answers)

    def answer(effect: Effect) -> Any:
        sent.append(effect)
        return left.pop(0) if left else UNKNOWN

    return run(connection.carry(flow), answer), sent


@pytest.mark.parametrize("retries", [0, 1, 2, 3])
def test_the_very_same_bytes_are_sent_so_often_while_the_client_waits(retries: int):
    heard, sent = carried(Connection(retries, 0.25), asking(CALL))
    assert heard is UNKNOWN
    assert [send.request for send in sent] == [CALL.request] * (retries + 1)
    assert [send.timeout_s for send in sent] == [0.25] * retries + [1.0 - 0.25 * retries]
    assert {send.hedge_after_s for send in sent} == {0.2}


def test_nothing_is_sent_once_the_client_has_given_up():
    _, sent = carried(Connection(20, 0.25), asking(CALL))
    assert sum(send.timeout_s for send in sent) == 1.0
    assert len(sent) == 4
    _, sent = carried(Connection(20, 2.0), asking(CALL))
    assert sent == [CALL]


def test_the_first_answer_that_is_heard_is_the_clients():
    refused = Response(401)
    assert carried(Connection(3, 0.1), asking(CALL), UNKNOWN, refused) == (
        refused,
        [CALL._replace(timeout_s=0.1)] * 2,
    )


def test_what_a_flow_starts_and_waits_for_goes_over_the_same_connection():
    def story() -> Flow[str]:
        yield Wait(0.5)
        yield Start(asking(CALL))
        return "told"

    told, (wait, start) = carried(Connection(1, 0.25), story())
    assert (told, wait) == ("told", Wait(0.5))
    assert isinstance(start, Start)
    assert next(start.flow) == CALL._replace(timeout_s=0.25)


@pytest.mark.parametrize(
    ("send", "answer", "members"),
    [
        (REFRESH, ANSWER, {"access_token": "at-2"}),
        (CODE, ANSWER, ANSWER.json()),
        (CALL, ANSWER, ANSWER.json()),
        (REFRESH, json_response(400, {"error": "invalid_grant"}), {"error": "invalid_grant"}),
    ],
    ids=["refresh", "code", "call", "refusal"],
)
def test_of_all_answers_those_to_a_refresh_lose_their_refresh_token(send, answer, members):
    heard, _ = carried(Connection(discards_rotated=True), asking(send), answer)
    assert heard.json() == members
    assert (heard.status, heard.headers) == (answer.status, answer.headers)
    assert carried(Connection(), asking(send), answer)[0] == answer


def test_what_is_not_answered_has_nothing_to_lose():
    assert carried(Connection(discards_rotated=True), asking(REFRESH))[0] is UNKNOWN


def test_a_client_that_never_gets_the_successor_is_taken_for_a_thief():
    world = World(client=PUBLIC)
    world.run(world.client.authorize(("payments",)))
    world.run(world.client.obtain("payments"))
    kinds = []
    for _ in range(2):
        world.client.wallet.tokens.clear()
        below = Connection(discards_rotated=True)
        kinds.append(world.run(below.carry(world.client.obtain("payments"))).kind)
    assert kinds == ["served", "refused"]
    assert world.client.wallet.refresh_token == ""


@pytest.mark.clause("RFC 9110 9.2.2 not repeated")
@pytest.mark.parametrize(
    ("connection", "transparent"),
    [(Connection(), True), (Connection(1), False), (Connection(discards_rotated=True), False)],
)
def test_a_connection_is_transparent_when_it_does_nothing(connection, transparent):
    assert connection.transparent is transparent
    assert carried(Connection(), asking(CALL), DONE) == (DONE, [CALL])
