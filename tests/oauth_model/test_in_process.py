"""Flows of parties that share one process: effects answered from memory, turns given to others."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest

from oauth_model.flows import (
    Effect,
    Flow,
    Note,
    OneTimeKey,
    Perform,
    Performed,
    Send,
    Start,
    StoreCall,
    Wait,
)
from oauth_model.in_process import InProcess
from oauth_model.messages import Request, Response
from oauth_model.strategies import LOCAL, SHARED, regional

KEY = OneTimeKey("access_token", "https://as.example.com", "", "at-1")
CALL = Request("GET", "https://rs.example.com/mail")


class House:
    """A process whose clock stands, and whose sleeping is written down."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept: list[float] = []
        self.told: list[tuple[str, Note]] = []
        self.left: list[Coroutine[Any, Any, Any]] = []
        self.process = InProcess(
            lambda: self.now_s,
            self.sleep,
            self.left.append,
            lambda replica, note: self.told.append((replica.name, note)),
        )

    async def sleep(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        await asyncio.sleep(0)

    def join(self, party: str, *effects: Effect, replicas: Iterable[str] = ("r1",)) -> list[Any]:
        """A party whose replicas yield these effects; the list gets the answers to them."""
        answers: list[Any] = []

        def handle(request: Request) -> Flow[Response]:
            for effect in effects:
                answer = yield effect
                answers.append(answer)
            return Response(200, (), party)

        self.process.join(party, dict.fromkeys(replicas, handle))
        return answers

    def ask(self, party: str, times: int = 1) -> list[Response]:
        async def all_at_once() -> list[Response]:
            return await asyncio.gather(*(self.process.ask(party, CALL) for _ in range(times)))

        return asyncio.run(all_at_once())


@pytest.fixture
def house() -> House:
    return House()


def claim(store: str) -> StoreCall:
    return StoreCall(store, "insert", KEY, keep_until_s=2000.0)


def granted(answers: list[Any]) -> list[bool]:
    return [answer.granted for answer in answers]


def test_a_request_to_another_party_is_answered_by_its_flow(house):
    house.join("email")
    answers = house.join("as", Send("email", CALL, timeout_s=1.0))
    house.ask("as")
    assert answers == [Response(200, (), "email")]


def test_a_party_that_did_not_join_is_an_error_of_ours(house):
    with pytest.raises(KeyError, match="voip"):
        house.ask("voip")


def test_replicas_take_turns(house):
    house.join("email", Note("decide", {}), replicas=("r1", "r2"))
    house.ask("email", times=3)
    assert [name for name, _ in house.told] == ["r1", "r2", "r1"]


@pytest.mark.parametrize("store", [SHARED, regional("eu")])
def test_a_store_with_a_name_is_the_same_for_all_parties(house, store):
    first, second = house.join("email", claim(store)), house.join("voip", claim(store))
    house.ask("email")
    house.ask("voip")
    assert granted(first + second) == [True, False]


def test_stores_of_two_regions_are_two(house):
    answers = house.join("email", claim(regional("eu")), claim(regional("us")))
    house.ask("email")
    assert granted(answers) == [True, True]


def test_the_local_store_is_each_replicas_own(house):
    answers = house.join("email", claim(LOCAL), replicas=("r1", "r2"))
    house.ask("email", times=3)
    assert granted(answers) == [True, True, False]


def test_a_store_forgets_by_the_clock_that_was_handed_in(house):
    answers = house.join("email", claim(SHARED))
    house.ask("email")
    house.now_s = 2000.0
    house.ask("email")
    assert granted(answers) == [True, True]


def test_an_effect_consumes_its_key_once_for_all_replicas(house):
    effect = Perform("POST /payments", consume=KEY)
    answers = house.join("payments", effect, replicas=("r1", "r2"))
    house.ask("payments", times=2)
    assert answers == [Performed(executed=True), Performed(executed=False, consumed_before=True)]


def test_an_idempotency_key_executes_once_at_each_server(house):
    effect = Perform("POST /payments", idempotency_key="k")
    answers = house.join("payments", effect, effect), house.join("voip", effect)
    house.ask("payments")
    house.ask("voip")
    assert [[done.executed for done in each] for each in answers] == [[True, False], [True]]


@pytest.mark.parametrize("wait", [Wait(2.5), Wait(2.5, jitter=True)])
def test_to_wait_is_to_sleep(house, wait):
    house.join("email", wait)
    house.ask("email")
    assert house.slept == [2.5]


def test_what_was_started_runs_apart_at_the_same_replica(house):
    later: list[Any] = []

    def work() -> Flow[None]:
        later.append((yield claim(LOCAL)))

    answers = house.join("email", Start(work()), claim(LOCAL))
    assert house.ask("email")[0].body == "email"
    assert (answers[0], granted(answers[1:]), later) == (None, [True], [])
    asyncio.run(house.left.pop())
    assert granted(later) == [False]


def test_a_note_reaches_the_listener_and_gives_nobody_a_turn(house):
    note = Note("decide", {"outcome": "first"})
    answers = house.join("email", note)
    house.ask("email")
    assert (answers, house.told, house.slept) == ([None], [("r1", note)], [])


def test_between_look_and_write_somebody_else_may_come(house):
    look = StoreCall(SHARED, "look", KEY)
    answers = house.join("email", look, claim(SHARED))
    house.ask("email", times=2)
    assert [answer.before.value for answer in answers] == ["absent", "absent", "absent", "used"]
