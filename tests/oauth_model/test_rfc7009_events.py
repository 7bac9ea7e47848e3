"""How resource servers are told of revocations (RFC 7009 2.1, RFC 8417, RFC 8935)."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.errors import InvalidToken
from oauth_model.flows import UNKNOWN, Send, run
from oauth_model.grants.revocation import EVENT_TRIES
from oauth_model.jose import Keys, Verified
from oauth_model.messages import Request, Response, form_post
from oauth_model.revocation_events import (
    EVENT_TYPE,
    TOKENS_REVOKED,
    RevocationEvent,
    RevokedToken,
    event_request,
    read_event,
)
from tests.oauth_model.parties import ISSUER, PUBLIC, redemption
from tests.oauth_model.whole_server import OWN, WholeServer

MAIL = "https://email.example.com"
EVENT = RevocationEvent(ISSUER, MAIL, "e1", 1_000_000, (RevokedToken("at-1", 1_003_600.0),))


class Told(WholeServer):
    """Servers that are told: they answer with what is in `answers`, then acknowledge."""

    def __init__(self, design: str = "fat", **config: Any) -> None:
        super().__init__(design, revocation_events=True, **config)
        self.answers: list[Response | None] = []
        self.told: list[tuple[str, Request]] = []

    def answer(self, effect: Any) -> Any:
        if isinstance(effect, Send):
            self.told.append((effect.to, effect.request))
            answer = self.answers.pop(0) if self.answers else Response(202)
            return UNKNOWN if answer is None else answer
        return super().answer(effect)

    def events(self) -> dict[str, RevocationEvent]:
        """server → what it was told last."""
        trusted = self.keys.verifier("as", *(s.signing_key for s in self.settings.resource_servers))
        return {
            to: read_event(
                trusted.verify(request.body), issuer=ISSUER, audience=f"https://{to}.example.com"
            )
            for to, request in self.told
        }


def test_every_server_of_the_token_is_told_and_no_other():
    world = Told()
    members = world.tokens("email webdav")
    world.post("/revoke", OWN, token=members["access_token"])
    assert sorted(to for to, _ in world.told) == ["email", "webdav"]
    assert {event.tokens[0].jti for event in world.events().values()} == {"at-1"}


def test_the_message_is_a_security_event_token_below_the_identifier():
    world = Told()
    world.post("/revoke", OWN, token=world.tokens()["access_token"])
    (_, request) = world.told[0]
    assert (request.method, request.url) == ("POST", f"{MAIL}/revoked")
    assert request.header("Content-Type") == "application/secevent+jwt"
    assert world.keys.verifier("as").verify(request.body).header["typ"] == EVENT_TYPE


def test_a_refresh_token_takes_all_access_tokens_that_are_still_good():
    world = Told(access_token_lifetime_s=60.0)
    first = world.tokens()
    world.now_s += 45
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    world.token(**again)
    world.now_s += 30
    world.token(**again)
    world.post("/revoke", OWN, token=first["refresh_token"])
    assert [token.jti for token in world.events()["email"].tokens] == ["at-2", "at-3"]


def test_the_event_says_how_long_it_has_to_be_remembered():
    world = Told()
    response = world.redeem(world.code(scope="email"))
    world.post("/revoke", OWN, token=response.json()["access_token"])
    assert world.events()["email"].tokens[0].expires_at_s == world.claims(response)["exp"]


def test_a_replayed_code_is_told():
    world = Told()
    code = world.code(scope="email")
    world.redeem(code)
    world.redeem(code)
    world.redeem(code)
    assert [to for to, _ in world.told] == ["email"]


def test_a_replayed_refresh_token_is_told():
    world = Told()
    refresh_token = world.refresh_token(PUBLIC, scope="email")
    again = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    for _ in range(2):
        world.token(client=PUBLIC, **again)
    assert {token.jti for token in world.events()["email"].tokens} == {"at-1", "at-2"}


def test_a_rotated_refresh_token_that_asks_for_a_single_use_is_told():
    world = Told()
    refresh_token = world.refresh_token(PUBLIC, scope="email")
    again = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    world.token(client=PUBLIC, **again)
    world.token(client=PUBLIC, **again, scope="email", token_use="single")
    assert {token.jti for token in world.events()["email"].tokens} == {"at-1", "at-2"}


def test_a_replay_with_a_wrong_verifier_is_not_told():
    world = Told()
    code = world.code(scope="email")
    world.redeem(code)
    world.redeem(code, code_verifier="x" * 43)
    assert world.told == []


@pytest.mark.parametrize("answer", [None, Response(500), Response(503)])
def test_it_is_told_again_until_it_acknowledges(answer: Response | None):
    world = Told()
    world.answers = [answer, answer]
    world.post("/revoke", OWN, token=world.tokens()["access_token"])
    assert [to for to, _ in world.told] == ["email"] * 3
    assert len({request for _, request in world.told}) == 1
    assert len(world.waits) == 2


def test_it_is_given_up_in_the_end():
    world = Told()
    world.answers = [None] * (2 * EVENT_TRIES)
    world.post("/revoke", OWN, token=world.tokens()["access_token"])
    assert len(world.told) == EVENT_TRIES


@pytest.mark.parametrize("status", [200, 202, 400, 404])
def test_a_refusal_is_final(status: int):
    world = Told()
    world.answers = [Response(status)]
    world.post("/revoke", OWN, token=world.tokens()["access_token"])
    assert len(world.told) == 1


def test_the_answer_does_not_wait_for_the_servers():
    world = Told()
    token = world.tokens()["access_token"]
    flow = world.handlers["as"](form_post(f"{ISSUER}/revoke", [("token", token)], (OWN,)))
    kinds: list[str] = []
    response = run(flow, lambda effect: kinds.append(type(effect).__name__))
    assert (kinds, response.status) == (["Note", "Start"], 200)


def test_nobody_is_told_unless_the_as_does_so():
    world = WholeServer()
    world.post("/revoke", OWN, token=world.tokens()["access_token"])
    assert world.sent == []


def test_userinfo_needs_no_telling():
    world = Told()
    members = world.tokens("openid")
    world.post("/revoke", OWN, token=members["access_token"])
    assert world.told == []


def test_under_a_key_of_its_own_each_server_trusts_its_message():
    world = Told("lodderstedt")
    more = {"scopes": "1", "scope.1": "email", "scope": ""}
    code = world.code(response_type="code_advanced", **more)
    advanced = redemption(code) | {"grant_type": "authorization_code_advanced", "scope": "email"}
    world.post("/revoke", OWN, token=world.token(**advanced).json()["access_token"])
    ((_, request),) = world.told
    assert world.keys.verifier("as:email").verify(request.body)


@pytest.fixture(scope="module", params=["symbolic", "EdDSA"])
def keys(request: pytest.FixtureRequest) -> Keys:
    return Keys(request.param, 7)


def test_what_was_written_is_read(keys: Keys):
    message = event_request(keys, "as", EVENT)
    verified = keys.verifier("as").verify(message.body)
    assert read_event(verified, issuer=ISSUER, audience=MAIL) == EVENT


GOOD = Verified(
    {"typ": EVENT_TYPE},
    {
        "iss": ISSUER,
        "aud": MAIL,
        "iat": 1_000_000,
        "jti": "e1",
        "events": {TOKENS_REVOKED: {"tokens": [{"jti": "at-1", "exp": 1_003_600.0}]}},
    },
)


@pytest.mark.parametrize("typ", ["secevent+jwt", "application/secevent+jwt", "SecEvent+JWT"])
def test_the_type_compares_as_a_media_type(typ: str):
    assert read_event(GOOD._replace(header={"typ": typ}), issuer=ISSUER, audience=MAIL) == EVENT


@pytest.mark.clause("RFC 8725 3.12 exclusive")
@pytest.mark.parametrize("header", [{}, {"typ": "JWT"}, {"typ": "at+jwt"}, {"typ": None}])
def test_another_kind_of_jwt_is_no_event(header: dict[str, Any]):
    with pytest.raises(InvalidToken):
        read_event(GOOD._replace(header=header), issuer=ISSUER, audience=MAIL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example.com"},
        {"aud": "https://voip.example.com"},
        {"aud": None},
        {"iat": "now"},
        {"jti": None},
        {"events": None},
        {"events": {}},
        {"events": {TOKENS_REVOKED: None}},
        {"events": {TOKENS_REVOKED: {"tokens": "at-1"}}},
        {"events": {TOKENS_REVOKED: {"tokens": ["at-1"]}}},
        {"events": {TOKENS_REVOKED: {"tokens": [{"jti": "at-1"}]}}},
        {"events": {TOKENS_REVOKED: {"tokens": [{"jti": 1, "exp": 2}]}}},
    ],
)
def test_a_malformed_or_foreign_event_is_refused(wrong: dict[str, Any]):
    claims = dict(GOOD.claims) | wrong
    with pytest.raises(InvalidToken):
        read_event(GOOD._replace(claims=claims), issuer=ISSUER, audience=MAIL)


@pytest.mark.clause("RFC 8725 3.12 exclusive")
def test_an_event_is_no_access_token():
    world = Told()
    world.post("/revoke", OWN, token=world.tokens()["access_token"])
    (_, request) = world.told[0]
    assert world.call("email", request.body).status == 401
