"""RFC 7009: a client gives a token back, and what dies with it at the AS."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.flows import StoreCall
from oauth_model.messages import Request, Response
from tests.oauth_model.parties import (
    ISSUER,
    PUBLIC,
    VERIFIER,
    basic,
    error,
    redemption,
    token_request,
)
from tests.oauth_model.whole_server import OWN, WholeServer, credentials


def members_of(world: WholeServer) -> tuple[str, str]:
    members = world.tokens()
    return members["access_token"], members["refresh_token"]


@pytest.mark.clause("RFC 7009 2.1 immediate")
def test_2_1_a_revoked_access_token_is_inactive_at_once():
    world = WholeServer()
    access_token, _ = members_of(world)
    assert world.post("/revoke", OWN, token=access_token).status == 200
    assert not world.active(access_token)


@pytest.mark.clause("RFC 7009 2.1 access token")
def test_2_1_a_revoked_access_token_leaves_its_refresh_token_alone():
    world = WholeServer()
    access_token, refresh_token = members_of(world)
    world.post("/revoke", OWN, token=access_token)
    again = world.token(grant_type="refresh_token", refresh_token=refresh_token)
    assert world.active(again.json()["access_token"])


@pytest.mark.clause("RFC 7009 2.1 refresh token")
def test_2_1_a_revoked_refresh_token_takes_all_of_its_grant_with_it():
    world = WholeServer()
    access_token, refresh_token = members_of(world)
    later = world.token(grant_type="refresh_token", refresh_token=refresh_token, scope="email")
    world.post("/revoke", OWN, token=refresh_token)
    assert not world.active(access_token)
    assert not world.active(later.json()["access_token"])
    refused = world.token(grant_type="refresh_token", refresh_token=refresh_token)
    assert error(refused) == (400, "invalid_grant")


def test_2_1_other_grants_of_the_same_client_live_on():
    world = WholeServer()
    (_, refresh_token), (other, _) = members_of(world), members_of(world)
    world.post("/revoke", OWN, token=refresh_token)
    assert world.active(other)


@pytest.mark.clause("RFC 7009 2.2 unknown")
def test_2_2_an_unknown_token_is_200_and_so_is_one_that_was_revoked():
    world = WholeServer()
    access_token, _ = members_of(world)
    for token in ("unknown", access_token, access_token):
        response = world.post("/revoke", OWN, token=token)
        assert (response.status, response.body) == (200, "")


@pytest.mark.clause("RFC 7009 2.1 own")
def test_2_1_another_clients_token_is_refused_and_lives():
    world = WholeServer()
    for token in members_of(world):
        refused = world.post("/revoke", credentials("other"), token=token)
        assert error(refused) == (400, "invalid_grant")
        assert world.active(token, by="s6BhdRkqt3")


@pytest.mark.clause("RFC 7009 2.1 authentication")
@pytest.mark.parametrize("who", [basic("s6BhdRkqt3", "wrong"), basic("email", "email-secret")])
def test_2_1_the_client_authenticates(who: tuple[str, str]):
    world = WholeServer()
    access_token, _ = members_of(world)
    assert error(world.post("/revoke", who, token=access_token)) == (401, "invalid_client")
    assert world.active(access_token)


def test_2_1_a_public_client_says_who_it_is():
    world = WholeServer()
    refresh_token = world.refresh_token(PUBLIC)
    assert world.post("/revoke", token=refresh_token, client_id="app").status == 200
    again = world.token(client=PUBLIC, grant_type="refresh_token", refresh_token=refresh_token)
    assert error(again) == (400, "invalid_grant")


@pytest.mark.clause("RFC 7009 2.2.1 unsupported_token_type")
def test_2_2_1_a_code_is_known_and_cannot_be_revoked():
    world = WholeServer()
    code = world.code()
    assert error(world.post("/revoke", OWN, token=code)) == (400, "unsupported_token_type")
    assert world.redeem(code).status == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_2_1_a_wrong_hint_decides_nothing(hint: str):
    world = WholeServer()
    access_token, _ = members_of(world)
    assert world.post("/revoke", OWN, token=access_token, token_type_hint=hint).status == 200
    assert not world.active(access_token)


def test_2_1_token_is_required_in_a_form():
    world = WholeServer()
    assert error(world.post("/revoke", OWN)) == (400, "invalid_request")
    no_form = Request("POST", f"{ISSUER}/revoke", (OWN,), "token=x")
    assert error(world.ask(no_form)) == (400, "invalid_request")


@pytest.mark.clause("RFC 7009 2.1 immediate")
def test_2_1_a_server_that_reads_tokens_itself_does_not_know():
    world = WholeServer()
    access_token, _ = members_of(world)
    world.post("/revoke", OWN, token=access_token)
    assert world.call("email", access_token).status == 200


# The tombstone: what a replayed code leaves behind (RFC 6749 4.1.2, 10.5; OAuth 2.1 4.1.3).


@pytest.mark.clause("RFC 6749 10.5 access tokens")
@pytest.mark.clause("RFC 6749 4.1.2 revoke")
@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 second")
def test_a_replayed_code_kills_what_the_first_use_brought():
    world = WholeServer()
    code = world.code(scope="email")
    members = world.redeem(code).json()
    assert error(world.redeem(code)) == (400, "invalid_grant")
    assert not world.active(members["access_token"])
    assert not world.active(members["refresh_token"], by="s6BhdRkqt3")


@pytest.mark.clause("RFC 6749 10.5 access tokens")
@pytest.mark.clause("RFC 6749 10.5 once")
def test_the_winner_of_a_race_holds_dead_tokens():
    world = WholeServer()
    request = token_request(**redemption(world.code(scope="email")))
    answers = world.interleave(*(world.handlers["as"](request) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 400]
    (winner,) = [answer.json() for answer in answers if answer.status == 200]
    assert not world.active(winner["access_token"])
    dead = world.token(grant_type="refresh_token", refresh_token=winner["refresh_token"])
    assert error(dead) == (400, "invalid_grant")


class Interrupted(WholeServer):
    """A replay of the code comes while the access token of its first use is being registered."""

    refused: Response | None = None

    def answer(self, effect: Any) -> Any:
        registers = isinstance(effect, StoreCall) and effect.key.kind == "access_token"
        if registers and self.refused is None:
            self.refused = self.redeem("code-1")
        return super().answer(effect)


def test_a_token_that_is_issued_while_the_replay_comes_is_dead_too():
    world = Interrupted(strategy="shared_allow_list")
    winner = world.redeem(world.code(scope="email", token_use="single"))
    assert world.refused is not None
    assert [error(answer) for answer in (world.refused, winner)] == [(400, "invalid_grant")] * 2
    assert not any(map(world.active, world.database.access_tokens))


@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 invalid replay")
@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": ""},
        {"redirect_uri": "https://elsewhere.example.com/cb"},
        {"redirect_uri": ""},
    ],
)
def test_a_replay_with_wrong_parameters_revokes_nothing(wrong: dict[str, str]):
    world = WholeServer()
    code = world.code(scope="email")
    members = world.redeem(code).json()
    assert error(world.redeem(code, **wrong)) == (400, "invalid_grant")
    assert world.active(members["access_token"])
    assert world.active(members["refresh_token"], by="s6BhdRkqt3")


@pytest.mark.clause("draft-ietf-oauth-v2-1 4.1.3 invalid replay")
@pytest.mark.parametrize(
    ("who", "named"),
    [(credentials("other"), {}), (basic("s6BhdRkqt3", "wrong"), {}), (None, {"client_id": "app"})],
)
def test_a_replay_by_somebody_else_revokes_nothing(
    who: tuple[str, str] | None, named: dict[str, str]
):
    world = WholeServer()
    code = world.code(scope="email")
    access_token = world.redeem(code).json()["access_token"]
    assert world.post("/token", *filter(None, [who]), **redemption(code), **named).status >= 400
    assert world.active(access_token)


@pytest.mark.clause("RFC 6749 4.1.2 reuse")
@pytest.mark.parametrize("after_s", [0, 1, 30])
def test_the_certification_clock(after_s: int):
    world = WholeServer(code_lifetime_s=600.0)
    code = world.code(scope="email")
    access_token = world.redeem(code).json()["access_token"]
    world.now_s += after_s
    assert error(world.redeem(code)) == (400, "invalid_grant")
    assert not world.active(access_token)


def test_the_certification_clock_also_when_the_code_expired_meanwhile():
    world = WholeServer(code_lifetime_s=10.0)
    code = world.code(scope="email")
    world.redeem(code)
    world.now_s += 30
    assert error(world.redeem(code)) == (400, "invalid_grant")


@pytest.mark.clause("draft-ietf-oauth-v2-1 refresh replay")
@pytest.mark.clause("RFC 9700 4.14.2 replay")
def test_a_rotated_refresh_token_that_comes_again_kills_the_family():
    world = WholeServer()
    stolen = world.refresh_token(PUBLIC, scope="email")
    grant_type = "refresh_token"
    honest = world.token(client=PUBLIC, grant_type=grant_type, refresh_token=stolen).json()
    world.token(client=PUBLIC, grant_type=grant_type, refresh_token=stolen)
    assert not world.active(honest["access_token"])
