"""Refresh races without a network: one after the other, but with what each remembers.

RFC 9700 4.14.2: a rotated refresh token is good for one use, and a second one kills its family.
"""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.authorization_server import RegisteredClient
from oauth_model.client import Client
from oauth_model.flows import Wait
from oauth_model.refresh_stories import ON_REFUSED
from oauth_model.retry import CallResult, RetryPolicy
from oauth_model.stories import OWN_SESSION, STORIES
from oauth_model.wallet import Wallet
from tests.oauth_model.parties import CONFIDENTIAL, PUBLIC, World

PROCESSES: dict[str, Any] = {"architecture": "processes", "clicks": 3, "spread_s": 0.5}


def tell(world: World, story: str = "concurrent_refresh") -> CallResult:
    """The story of a client that has signed in."""
    world.run(world.client.authorize(("payments",)))
    world.run(world.client.obtain("payments"))
    world.sent.clear()
    return world.run(STORIES[story](world.client, ("payments",)))


def several(
    client: RegisteredClient = PUBLIC, strategy: str = "shared_atomic", **knows: Any
) -> World:
    return World(client=client, strategy=strategy, knows=knows)


def refreshed_with(world: World) -> list[str]:
    """The refresh token of each refresh, in order."""
    forms = [dict(send.request.form()) for send in world.sent if send.to == "as"]
    return [form["refresh_token"] for form in forms if form["grant_type"] == "refresh_token"]


@pytest.mark.parametrize("architecture", ["bff", "service_worker", "tabs"])
def test_who_reads_what_is_stored_before_it_refreshes_finds_what_the_first_has_written(
    architecture: str,
):
    world = several(architecture=architecture, clicks=3)
    assert tell(world) == CallResult("served", None, 4)
    assert refreshed_with(world) == ["rt-1", "rt-2"]  # for all three, and for the last


def test_processes_send_what_they_remember_and_the_second_is_a_replay():
    world = several(**PROCESSES)
    assert tell(world) == CallResult("refused", None, 1)
    assert refreshed_with(world) == ["rt-1", "rt-1", "rt-1", "rt-2"]
    assert world.waits[:3] == [Wait(0.5, jitter=True)] * 3


def test_a_confidential_client_keeps_its_refresh_token_and_nobody_loses():
    world = several(CONFIDENTIAL, **PROCESSES)
    assert tell(world) == CallResult("served", None, 4)
    assert refreshed_with(world) == ["rt-1"] * 4


@pytest.mark.parametrize("strategy", ["idempotent_response", "no_check"])
def test_an_as_that_answers_the_second_use_too_serves_everybody(strategy: str):
    assert tell(several(strategy=strategy, **PROCESSES)) == CallResult("served", None, 4)


@pytest.mark.parametrize(
    ("on_refused", "left", "kind", "effects"),
    [
        ("give_up", "rt-2", "refused", 1),  # dead with its family, which only the last finds out
        ("wipe", "", "refused", 1),
        ("adopt", "rt-2", "refused", 3),  # the access token lives on, the family does not
        ("sign_in", "rt-5", "served", 4),  # the winner, two who sign in, and the last
    ],
)
def test_what_the_losers_do_decides_what_is_left(on_refused, left, kind, effects):
    world = several(on_refused=on_refused, **PROCESSES)
    assert (tell(world).kind, len(world.effects)) == (kind, effects)
    assert world.client.wallet.refresh_token == left


def test_a_loser_that_wipes_takes_from_the_winner_what_it_had_stored():
    kept, wiped = (several(on_refused=name, **PROCESSES) for name in ("give_up", "wipe"))
    for world in (kept, wiped):
        tell(world)
    assert refreshed_with(kept)[-1] == "rt-2"  # the last tries, and is refused
    assert refreshed_with(wiped) == ["rt-1"] * 3  # the last has nothing to try with


def test_a_loser_that_adopts_looks_no_longer_than_the_winner_may_wait():
    retry = RetryPolicy(timeout_s=3.0)
    client = Client(several(on_refused="adopt", retry=retry).client.config, str)
    world = World()
    adopt = ON_REFUSED["adopt"](Wallet({}, "old"), client, "payments", "old")
    assert world.run(adopt).kind == "refused"
    assert 3.0 <= sum(wait.duration_s for wait in world.waits) < 3.0 * 1.11


def test_one_who_adopts_goes_on_with_what_the_winner_has_by_then():
    world, stored = several(), Wallet({"payments": "at-winner"}, "rt-winner")
    adopt = ON_REFUSED["adopt"](stored, world.client, "payments", "rt-old")
    assert world.run(adopt).kind == "served"
    assert (world.client.wallet.token("payments"), world.sent) == ("at-winner", [])


def test_the_last_refreshes_when_the_access_token_has_expired_again():
    world = several(clicks=1, sleep_s=300.0)
    tell(world)
    assert Wait(300.0) in world.waits


def test_wallets_beside_each_other_share_the_refresh_token_and_copies_do_not():
    wallet = Wallet({"mail": "at"}, "rt-1")
    beside, copied = wallet.beside(), wallet.copied()
    beside.refresh_token = "rt-2"
    beside.store("mail", "at-2")
    assert (wallet.refresh_token, wallet.token("mail")) == ("rt-2", "at-2")
    assert (copied.refresh_token, copied.token("mail")) == ("rt-1", "at")
    wallet.take_over(copied)
    assert (beside.refresh_token, beside.token("mail")) == ("rt-1", "at")


def test_what_is_swapped_out_in_one_wallet_is_not_known_beside_it():
    wallet = Wallet({"mail": "own"})
    beside = wallet.beside()
    wallet.swap_in("mail", "one")
    assert (beside.token("mail"), beside.swapped("mail")) == ("one", False)


def test_a_wiped_store_is_empty_for_all_and_the_trace_is_told():
    wallet = Wallet({"mail": "at"}, "rt-1")
    beside = wallet.beside()
    note = wallet.wipe()
    assert (note.detail["action"], note.detail["before"]) == ("give_up", "rt-1")
    assert (beside.tokens, beside.refresh_token) == ({}, "")


def test_an_interrupted_client_listens_briefly_sleeps_and_presents_the_same_again():
    world = World(knows={"interrupted_after_s": 0.02, "sleep_s": 600.0})
    world.fates = ["response lost"]
    assert tell(world, "interrupted_payment") == CallResult("refused", None, 2)._replace(
        response=world_answer(world)
    )
    first, second = (send for send in world.sent if send.to == "payments")
    assert first.request == second.request
    assert (first.timeout_s, second.timeout_s) == (0.02, 1.0)
    assert world.waits == [Wait(600.0)]


def world_answer(world: World):
    """What the server says to the last presentation, once more."""
    send = world.sent[-1]
    return world.run(world.handlers[send.to](send.request))


@pytest.mark.parametrize("story", ["interrupted_payment", "interrupted_refresh"])
def test_an_answer_in_time_is_no_interruption(story: str):
    world = World(client=PUBLIC)
    assert tell(world, story).kind == "served"
    assert (len(world.effects), world.waits) == (1, [])


def test_an_interrupted_payment_gives_the_original_token_back():
    world = World()
    world.fates = ["response lost"]
    tell(world, "interrupted_payment")
    assert world.wallet_actions()[-1] == "restore payments"


@pytest.mark.parametrize("story", OWN_SESSION)
def test_a_story_with_a_session_of_its_own_uses_its_refresh_token_up(story: str):
    world = World(client=PUBLIC)
    tell(world, story)
    assert refreshed_with(world)[0] == "rt-1" != world.client.wallet.refresh_token
