"""The wallet and the temporary swap: aware clients restore their token, others lose it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.flows import Flow
from oauth_model.messages import Request, Response, form_post, json_response
from oauth_model.retry import RetryPolicy
from oauth_model.wallet import Wallet
from tests.oauth_model.parties import World

PAY = ("payments", "POST /payments", "{}")


def ready(**settings: object) -> World:
    """A world whose client holds its tokens; `settings` are what it knows."""
    world = World(knows=dict(settings))
    world.run(world.client.authorize(("email", "payments")))
    world.run(world.client.obtain("payments"))
    world.sent.clear()
    world.notes.clear()
    return world


def test_a_slot_per_server():
    wallet = Wallet()
    wallet.store("email", "at-1")
    wallet.store("voip", "at-2")
    assert (wallet.token("email"), wallet.token("voip"), wallet.token("webdav")) == (
        "at-1",
        "at-2",
        "",
    )


def test_swap_and_restore_tell_the_trace_what_stood_there_before():
    wallet = Wallet()
    notes = [wallet.store("p", "own"), wallet.swap_in("p", "one"), wallet.restore("p")]
    assert [tuple(note.detail.values()) for note in notes] == [
        ("p", "store", "own", ""),
        ("p", "swap_in", "one", "own"),
        ("p", "restore", "own", "one"),
    ]


def test_a_second_swap_keeps_the_first_original():
    wallet = Wallet()
    wallet.store("p", "own")
    wallet.swap_in("p", "one")
    wallet.swap_in("p", "two")
    wallet.restore("p")
    assert wallet.token("p") == "own"


def test_an_ordinary_token_that_comes_during_the_call_is_what_is_restored():
    wallet = Wallet({"payments": "old"})
    wallet.swap_in("payments", "single")
    wallet.store("payments", "new")
    wallet.restore("payments")
    assert wallet.token("payments") == "new"


def test_an_empty_slot_is_restored_empty():
    wallet = Wallet()
    wallet.swap_in("p", "one")
    wallet.restore("p")
    assert wallet.token("p") == ""


def test_without_a_swap_there_is_nothing_to_restore():
    with pytest.raises(KeyError):
        Wallet().restore("p")


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=5))
def test_after_any_series_of_swaps_the_original_is_back(singles):
    wallet = Wallet()
    wallet.store("p", "own")
    for single in singles:
        wallet.swap_in("p", single)
        assert wallet.swapped("p")
    wallet.restore("p")
    assert (wallet.token("p"), wallet.swapped("p")) == ("own", False)


@pytest.mark.clause("interim-2025-01-20 restored")
def test_an_aware_client_restores_its_token_after_the_call():
    world = ready()
    own = world.client.wallet.token("payments")
    assert world.run(world.client.call_once(*PAY)).kind == "served"
    assert world.wallet_actions() == ["swap_in payments", "restore payments"]
    assert world.client.wallet.token("payments") == own


@pytest.mark.clause("interim-2025-01-20 one request")
def test_the_single_use_token_is_what_was_presented():
    world = ready()
    world.run(world.client.call_once(*PAY))
    presented = world.sent[-1].request.header("Authorization")
    single = world.issued("access_token")[-1]
    assert presented == f"Bearer {single['value']}"
    assert single["claims"]["use"] == "single"


@pytest.mark.clause("interim-2025-01-20 restored")
@pytest.mark.parametrize(
    "fates", [["request lost"], ["response lost"], [Response(503)], [Response(401)]]
)
def test_the_token_is_restored_however_the_call_ended(fates):
    world = ready()
    own = world.client.wallet.token("payments")
    world.fates = fates
    assert world.run(world.client.call_once(*PAY)).kind != "served"
    assert world.client.wallet.token("payments") == own


@pytest.mark.clause("interim-2025-01-20 unaware client")
@pytest.mark.clause("RFC 6749 5.1 unknown members")
def test_an_unaware_client_overwrites_its_token():
    world = ready(use_aware=False)
    own = world.client.wallet.token("payments")
    assert world.run(world.client.call_once(*PAY)).kind == "served"
    assert "overwrite payments" in world.wallet_actions()
    assert world.client.wallet.token("payments") != own


@pytest.mark.clause("interim-2025-01-20 unaware client")
def test_an_unaware_clients_next_ordinary_call_is_refused():
    world = ready(use_aware=False)
    world.run(world.client.call_once(*PAY))
    result = world.run(world.client.call(*PAY))
    assert result.kind == "refused"
    assert result.response is not None
    assert "used before" in (result.response.header("WWW-Authenticate") or "")


def test_an_unaware_client_with_one_fat_token_loses_it_everywhere():
    world = ready(use_aware=False)
    world.run(world.client.call_once(*PAY))
    assert world.run(world.client.call("email", "GET /mail")).kind == "refused"


@pytest.mark.clause("interim-2025-01-20 not replaced")
def test_an_aware_clients_ordinary_calls_go_on():
    world = ready()
    world.run(world.client.call_once(*PAY))
    assert world.run(world.client.call(*PAY)).kind == "served"
    assert world.run(world.client.call("email", "GET /mail")).kind == "served"


@pytest.mark.clause("interim-2025-01-20 not replaced")
def test_the_refresh_token_survives_a_single_use_response():
    for aware in (True, False):
        world = ready(use_aware=aware)
        before = world.client.wallet.refresh_token
        world.run(world.client.call_once(*PAY))
        assert world.client.wallet.refresh_token == before != ""


def test_a_new_consent_drops_what_was_held():
    world = ready()
    world.run(world.client.authorize(("email",)))
    assert world.client.wallet.token("payments") == ""
    assert world.client.wallet.refresh_token == ""


@pytest.mark.clause("RFC 9068 6 opaque")
def test_rfc9068_6_the_use_is_learnt_from_the_response_and_not_from_the_token():
    world = ready()
    opaque = {"access_token": "no-jwt-at-all", "token_type": "bearer", "use": "single"}
    world.handlers["as"] = lambda request: answer_with(json_response(200, opaque))
    world.run(world.client.single_use("payments", "payments"))
    assert world.wallet_actions() == ["swap_in payments"]


def ignore_token_use(world: World) -> None:
    """From now on the AS knows no parameter `token_use`."""
    knowing = world.handlers["as"]

    def ignoring(request: Request) -> Flow[Response]:
        known = [pair for pair in request.form() if pair[0] != "token_use"]
        return knowing(form_post(request.url, known, request.headers))

    world.handlers["as"] = ignoring


def test_rfc6749_3_2_a_full_token_from_an_as_that_ignores_token_use_is_not_presented():
    world = ready()
    ignore_token_use(world)
    own = world.client.wallet.token("payments")
    result = world.run(world.client.call_once(*PAY))
    assert (result.kind, result.attempts, world.effects) == ("refused", 0, [])
    assert (world.wallet_actions(), world.client.wallet.token("payments")) == ([], own)


def test_an_unaware_client_presents_what_an_as_that_ignores_token_use_gives():
    world = ready(use_aware=False)
    ignore_token_use(world)
    assert world.run(world.client.call_once(*PAY)).kind == "served"


@pytest.mark.clause("RFC 6749 7.1 type")
def test_rfc6749_7_1_a_token_type_that_is_not_understood_is_not_used():
    world = ready()
    members = {"access_token": "x", "token_type": "mac", "use": "single"}
    world.handlers["as"] = lambda request: answer_with(json_response(200, members))
    result = world.run(world.client.call_once(*PAY))
    assert (result.kind, result.attempts, world.wallet_actions()) == ("refused", 0, [])


def test_fresh_tokens_for_retries_leave_the_original_in_the_end():
    world = ready(retry=RetryPolicy("immediate", retries=2, retry_with="fresh_token"))
    own = world.client.wallet.token("payments")
    world.fates = ["request lost", "request lost"]
    assert world.run(world.client.call_once(*PAY)).kind == "served"
    assert world.wallet_actions() == ["swap_in payments"] * 3 + ["restore payments"]
    assert world.client.wallet.token("payments") == own


def answer_with(response: Response):
    """A party that gives one answer to everything."""
    yield from ()
    return response
