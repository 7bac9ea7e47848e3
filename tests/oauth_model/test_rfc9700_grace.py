"""RFC 9700 4.14.2 and FAPI 2.0 5.3.2.1-9: a rotated refresh token that comes again, excused or not.

`chain` refreshes so many times, each with the token of the last answer.
"""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.authorization_server import AuthorizationServerConfig
from oauth_model.flows import UNKNOWN, StoreCall
from oauth_model.messages import Response
from tests.oauth_model.parties import PUBLIC, SERVERS, World, error, token_request

MINT_NEW: dict[str, Any] = {"rotation_grace": "mint_new", "grace_s": 10.0}
SAME: dict[str, Any] = {"rotation_grace": "same_successor", "grace_s": 10.0}
UNTIL_USED: dict[str, Any] = {"rotation_grace": "until_successor_used"}
KINDS = [MINT_NEW, SAME, UNTIL_USED]
ANY: dict[str, Any] = {"grace_generations": "any"}


def refresh(world: World, token: str, **more: str) -> Response:
    return world.token(client=PUBLIC, grant_type="refresh_token", refresh_token=token, **more)


def chain(world: World, length: int) -> list[str]:
    tokens = [world.refresh_token(PUBLIC)]
    for _ in range(length):
        tokens.append(refresh(world, tokens[-1]).json()["refresh_token"])
    return tokens


def request(token: str) -> Any:
    return token_request(client=PUBLIC, grant_type="refresh_token", refresh_token=token)


@pytest.mark.parametrize("kind", KINDS)
def test_whose_answer_was_lost_is_served_again_and_the_family_lives(kind: dict[str, Any]):
    world = World(**kind)
    first, _ = chain(world, 1)
    again = refresh(world, first)
    assert again.status == 200
    assert refresh(world, again.json()["refresh_token"]).status == 200


def test_minting_again_leaves_two_living_successors():
    world = World(**MINT_NEW)
    first, second = chain(world, 1)
    other = refresh(world, first).json()["refresh_token"]
    assert other != second
    assert [refresh(world, token).status for token in (second, other)] == [200, 200]


@pytest.mark.parametrize("kind", [SAME, UNTIL_USED])
def test_one_successor_stays_the_only_one(kind: dict[str, Any]):
    world = World(**kind)
    first, second = chain(world, 1)
    answers = [refresh(world, first).json() for _ in range(3)]
    assert {answer["refresh_token"] for answer in answers} == {second}
    assert len({answer["access_token"] for answer in answers}) == 3


@pytest.mark.parametrize("kind", [MINT_NEW, SAME])
@pytest.mark.parametrize(("after_s", "status"), [(9.75, 200), (10, 400)])
def test_a_grace_ends_by_the_clock(kind: dict[str, Any], after_s: float, status: int):
    world = World(**kind)
    first, _ = chain(world, 1)
    world.now_s += after_s
    assert refresh(world, first).status == status


def test_a_reuse_does_not_begin_the_grace_anew():
    world = World(**MINT_NEW)
    first, _ = chain(world, 1)
    world.now_s += 6
    assert refresh(world, first).status == 200
    world.now_s += 6
    assert error(refresh(world, first)) == (400, "invalid_grant")


def test_until_the_successor_is_used_no_clock_runs():
    world = World(**UNTIL_USED)
    first, second = chain(world, 1)
    world.now_s += 86_400
    assert refresh(world, first).json()["refresh_token"] == second


@pytest.mark.parametrize("kind", KINDS)
def test_a_used_successor_acknowledges_and_ends_the_grace(kind: dict[str, Any]):
    world = World(**kind)
    first, _, third = chain(world, 2)
    assert error(refresh(world, first)) == (400, "invalid_grant")
    assert refresh(world, third).status == 400


@pytest.mark.parametrize("kind", KINDS)
def test_outside_of_the_grace_reuse_revokes_the_family(kind: dict[str, Any]):
    world = World(**kind, refresh_token_lifetime_s=1e6)
    first, _, third = chain(world, 2)
    world.now_s += 100
    assert refresh(world, first).status == 400
    assert refresh(world, third).status == 400


def test_no_grace_is_the_default():
    world = World()
    first, second = chain(world, 1)
    assert [refresh(world, token).status for token in (first, second)] == [400, 400]


def test_django_oauth_toolkit_1617_any_generation_is_good_again():
    world = World(**MINT_NEW, **ANY)
    first, _, _, fourth = chain(world, 3)
    assert refresh(world, first).status == 200
    assert refresh(world, fourth).status == 200
    world.now_s += 10
    assert refresh(world, first).status == 400


def test_an_older_generation_is_led_to_the_end_of_the_chain():
    world = World(**SAME, **ANY)
    first, second, third = chain(world, 2)
    assert refresh(world, first).json()["refresh_token"] == third
    assert refresh(world, second).json()["refresh_token"] == third


def test_supabase_the_parent_at_any_time_and_older_ones_for_a_while():
    world = World(**UNTIL_USED, **ANY, grace_s=10.0)
    first, second, third = chain(world, 2)
    assert refresh(world, first).json()["refresh_token"] == third
    world.now_s += 3600
    assert refresh(world, second).json()["refresh_token"] == third
    assert refresh(world, first).status == 400


@pytest.mark.parametrize("kind", KINDS)
def test_so_many_reuses_and_no_more(kind: dict[str, Any]):
    world = World(**kind, grace_reuses=2)
    first, _ = chain(world, 1)
    assert [refresh(world, first).status for _ in range(3)] == [200, 200, 400]


def test_each_generation_has_its_own_count():
    world = World(**MINT_NEW, grace_reuses=1)
    first, _ = chain(world, 1)
    second = refresh(world, first).json()["refresh_token"]
    assert [refresh(world, second).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("kind", KINDS)
def test_a_revoked_family_has_no_grace(kind: dict[str, Any]):
    world = World(**kind)
    first, _ = chain(world, 1)
    world.database.refresh_tokens[first].grant.revoked = True
    assert error(refresh(world, first)) == (400, "invalid_grant")


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_that_is_revoked_while_the_store_is_asked_has_no_grace(kind: dict[str, Any]):
    world = World(**kind)
    first, _ = chain(world, 1)
    flow = world.handlers["as"](request(first))
    answer_on_its_way = world.answer(next(flow))
    world.database.refresh_tokens[first].grant.revoked = True
    assert error(world.run(resumed(flow, answer_on_its_way))) == (400, "invalid_grant")


def test_a_narrower_retry_gets_what_it_asks_for():
    world = World(**SAME)
    first, second = chain(world, 1)
    again = refresh(world, first, scope="email")
    assert world.claims(again)["scope"] == "email"
    assert again.json()["refresh_token"] == second


def test_a_single_use_request_with_an_excused_token_is_served_and_counts_for_nothing():
    world = World(**SAME, grace_reuses=1)
    first, _ = chain(world, 1)
    for _ in range(2):
        assert refresh(world, first, scope="payments", token_use="single").status == 200
    assert refresh(world, first).status == 200


@pytest.mark.parametrize("kind", [SAME, UNTIL_USED])
def test_nocturne_391_two_tabs_at_once_end_with_one_token(kind: dict[str, Any]):
    world = World(**kind)
    sent, handle = request(world.refresh_token(PUBLIC)), world.handlers["as"]
    answers = world.interleave(handle(sent), handle(sent), handle(sent))
    [successor] = {answer.json()["refresh_token"] for answer in answers}
    assert refresh(world, successor).status == 200


def test_hydra_3860_two_tabs_at_once_have_a_token_each():
    world = World(**MINT_NEW)
    sent, handle = request(world.refresh_token(PUBLIC)), world.handlers["as"]
    one, other = world.interleave(handle(sent), handle(sent))
    tokens = [answer.json()["refresh_token"] for answer in (one, other)]
    assert [refresh(world, token).status for token in tokens] == [200, 200]


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_the_store_has_seen_and_nobody_rotated_is_excused(kind: dict[str, Any]):
    """The store's answer to the first use was lost: 503, and the client comes again."""
    world = World(**kind)
    token, handle = world.refresh_token(PUBLIC), world.handlers["as"]
    flow = handle(request(token))
    effect = next(flow)
    while not isinstance(effect, StoreCall):
        effect = flow.send(world.answer(effect))
    world.answer(effect)
    flow.send(UNKNOWN)
    flow.close()
    assert refresh(world, token).status == 200


def test_who_was_overtaken_by_the_second_gets_its_successor():
    world = World(**SAME)
    sent, handle = request(world.refresh_token(PUBLIC)), world.handlers["as"]
    late = handle(sent)
    answer_on_its_way = world.answer(next(late))
    second = world.run(handle(sent)).json()["refresh_token"]
    answer = world.run(resumed(late, answer_on_its_way))
    assert answer.json()["refresh_token"] == second


def resumed(flow: Any, given: Any) -> Any:
    """The rest of a flow whose last effect is answered with `given`."""
    try:
        while True:
            given = yield flow.send(given)
    except StopIteration as stop:
        return stop.value


def test_a_successor_that_is_being_minted_is_waited_for():
    """An allow-list registers the successor, which takes time; 409 says: come again."""
    world = World(strategy="shared_allow_list", **SAME)
    token, handle = world.refresh_token(PUBLIC), world.handlers["as"]
    flow = handle(request(token))
    effect = next(flow)
    while not (isinstance(effect, StoreCall) and effect.operation == "add"):
        effect = flow.send(world.answer(effect))
    assert refresh(world, token).status == 409
    first = world.run(resumed(flow, world.answer(effect)))
    assert refresh(world, token).json()["refresh_token"] == first.json()["refresh_token"]


@pytest.mark.parametrize("field", ["rotation_grace", "grace_generations"])
def test_an_unknown_setting_is_refused_with_what_is_allowed(field: str):
    wrong: dict[str, Any] = {field: "often"}
    with pytest.raises(ValueError, match=f"{field} is 'often'; allowed: "):
        AuthorizationServerConfig(SERVERS, (PUBLIC,), **wrong)
