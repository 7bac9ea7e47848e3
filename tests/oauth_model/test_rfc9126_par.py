"""RFC 9126: authorization requests that are pushed first, and a `request_uri` that is used once."""

from __future__ import annotations

import pytest

from oauth_model.authorization_server import Decision, RegisteredClient, grant_registered
from oauth_model.grants.pushed import PREFIX
from oauth_model.issuance import Rights
from oauth_model.messages import NO_STORE, Request, Response, form_post, with_query
from oauth_model.pkce import challenge_s256
from tests.oauth_model.parties import CALLBACK, ISSUER, VERIFIER, basic, error, location
from tests.oauth_model.whole_server import OWN, WholeServer, credentials

REQUEST = {
    "response_type": "code",
    "state": "xyz",
    "redirect_uri": CALLBACK,
    "scope": "email",
    "code_challenge": challenge_s256(VERIFIER),
    "code_challenge_method": "S256",
}


def push(world: WholeServer, *who: tuple[str, str], **changes: str) -> Response:
    """Push a good request, with changes; "" leaves a parameter out."""
    return world.post(
        "/par", *(who or [OWN]), **{n: v for n, v in (REQUEST | changes).items() if v}
    )


def pushed(world: WholeServer, **changes: str) -> str:
    return str(push(world, **changes).json()["request_uri"])


def come(world: WholeServer, uri: str, client_id: str = "s6BhdRkqt3", **more: str) -> Response:
    """The user comes with a request that was pushed."""
    asked = {"client_id": client_id, "request_uri": uri} | more
    pairs = [(name, value) for name, value in asked.items() if value]
    return world.ask(Request("GET", with_query(f"{ISSUER}/authorize", pairs)))


def refused(response: Response) -> tuple[int, str]:
    return response.status, location(response).get("error", "")


@pytest.mark.clause("RFC 9126 2.2 response")
def test_2_2_201_with_request_uri_and_expires_in():
    response = push(WholeServer())
    assert response.status == 201
    assert response.json() == {"request_uri": f"{PREFIX}request_uri-1", "expires_in": 60}
    assert response.headers[1:] == NO_STORE


def test_4_the_user_comes_and_the_client_gets_its_code():
    world = WholeServer()
    answer = location(come(world, pushed(world)))
    assert (answer["state"], answer["iss"]) == ("xyz", ISSUER)
    assert world.redeem(answer["code"]).json()["access_token"]


@pytest.mark.clause("RFC 9101 5 only the object")
def test_4_only_what_was_pushed_counts():
    world = WholeServer()
    beside = {"scope": "payments", "state": "evil", "redirect_uri": "https://evil.example.com"}
    answer = location(come(world, pushed(world), **beside))
    assert answer["state"] == "xyz"
    assert world.claims(world.redeem(answer["code"]))["scope"] == "email"


@pytest.mark.clause("RFC 9126 2.1 authentication")
@pytest.mark.parametrize("who", [basic("s6BhdRkqt3", "wrong"), basic("nobody", "")])
def test_2_1_the_client_authenticates(who: tuple[str, str]):
    world = WholeServer()
    assert error(push(world, who)) == (401, "invalid_client")
    assert not world.database.pushed


@pytest.mark.clause("RFC 9126 2.1 authentication")
def test_2_1_a_request_uri_cannot_be_pushed():
    world = WholeServer()
    again = push(world, request_uri=pushed(world))
    assert error(again) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uri": "https://evil.example.com/cb"}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"scope": '"'}, "invalid_scope"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"token_use": "twice"}, "invalid_request"),
        ({"client_id": "other"}, "invalid_request"),
        ({"token_use": "single", "scope": ""}, "invalid_scope"),
    ],
)
def test_2_3_what_authorize_would_refuse_is_refused_as_json(changes: dict[str, str], code: str):
    world = WholeServer()
    assert error(push(world, **changes)) == (400, code)
    assert not world.database.pushed


def test_2_1_a_form_with_no_parameter_twice():
    world = WholeServer()
    twice = form_post(f"{ISSUER}/par", [*REQUEST.items(), ("state", "zyx")], (OWN,))
    assert error(world.ask(twice)) == (400, "invalid_request")
    no_form = twice._replace(headers=(OWN,))
    assert error(world.ask(no_form)) == (400, "invalid_request")


def test_2_1_a_public_client_may_push_with_pkce():
    world = WholeServer()
    response = world.post("/par", client_id="app", **REQUEST)
    assert response.status == 201
    assert "code" in location(come(world, response.json()["request_uri"], "app"))
    without = {name: value for name, value in REQUEST.items() if "challenge" not in name}
    assert error(world.post("/par", client_id="app", **without)) == (400, "invalid_request")


def test_2_the_credentials_are_not_kept():
    world = WholeServer()
    world.post("/par", client_id="s6BhdRkqt3", client_secret="gX1fBat3bV", **REQUEST)
    world.post("/par", **world.assertion(), **REQUEST)
    kept = [dict(request.pairs) for request in world.database.pushed.values()]
    assert [pairs.pop("client_id") for pairs in kept] == ["s6BhdRkqt3", "keyed"]
    assert kept == [REQUEST, REQUEST]


def test_the_resource_owner_is_not_asked_before_he_comes():
    world = WholeServer()
    asked: list[Rights] = []

    def watched(client: RegisteredClient, rights: Rights) -> Decision:
        asked.append(rights)
        return grant_registered(client, rights)

    world.authorization_server.replica.consent = watched
    uri = pushed(world)
    assert asked == []
    come(world, uri)
    assert [rights.scopes for rights in asked] == [("email",)]


@pytest.mark.clause("RFC 9101 7 invalid_request_uri")
@pytest.mark.clause("RFC 9126 4 once")
@pytest.mark.parametrize("strategy", ["shared_atomic", "shared_allow_list", "reserve_commit"])
def test_4_a_second_use_is_refused_and_told_to_the_client(strategy: str):
    world = WholeServer(strategy=strategy)
    uri = pushed(world)
    assert "code" in location(come(world, uri))
    again = come(world, uri)
    assert refused(again) == (302, "invalid_request_uri")
    assert (location(again)["state"], location(again)["iss"]) == ("xyz", ISSUER)


def test_4_a_second_use_revokes_nothing():
    world = WholeServer()
    uri = pushed(world)
    code = location(come(world, uri))["code"]
    come(world, uri)
    access_token = world.redeem(code).json()["access_token"]
    come(world, uri)
    assert world.active(access_token)


@pytest.mark.clause("RFC 9126 4 reload")
def test_4_a_strategy_that_stores_answers_lets_the_page_be_reloaded():
    world = WholeServer(strategy="idempotent_response")
    uri = pushed(world)
    first, again = come(world, uri), come(world, uri)
    assert first == again
    assert len(world.database.codes) == 1


@pytest.mark.clause("RFC 9126 4 once")
def test_4_two_at_once_bring_one_code():
    world = WholeServer()
    pairs = [("client_id", "s6BhdRkqt3"), ("request_uri", pushed(world))]
    request = Request("GET", with_query(f"{ISSUER}/authorize", pairs))
    answers = world.interleave(*(world.handlers["as"](request) for _ in range(3)))
    assert sorted("code" in location(answer) for answer in answers) == [False, False, True]


@pytest.mark.clause("RFC 6749 4.1.2.1 no redirect")
@pytest.mark.parametrize("uri", ["unknown", f"{PREFIX}x", "https://evil.example.com/request"])
def test_an_unknown_request_uri_is_told_to_the_user(uri: str):
    response = come(WholeServer(), uri, redirect_uri=CALLBACK)
    assert (response.status, response.header("Location")) == (400, None)


def test_2_2_another_clients_is_refused_and_not_used_up():
    world = WholeServer()
    uri = pushed(world)
    assert come(world, uri, "other").status == 400
    assert "code" in location(come(world, uri))


@pytest.mark.parametrize("client_id", ["", "nobody"])
def test_4_client_id_is_needed(client_id: str):
    world = WholeServer()
    uri = pushed(world)
    assert come(world, uri, client_id).status == 400
    assert "code" in location(come(world, uri))


def test_two_request_uris_are_none():
    world = WholeServer()
    pairs = [("client_id", "s6BhdRkqt3"), *(("request_uri", pushed(world)) for _ in range(2))]
    assert world.ask(Request("GET", with_query(f"{ISSUER}/authorize", pairs))).status == 400


@pytest.mark.clause("RFC 9101 7 invalid_request_uri")
@pytest.mark.parametrize(("after_s", "error"), [(89.999, ""), (90, "invalid_request_uri")])
def test_4_a_request_expires_after_its_lifetime_in_seconds(after_s: float, error: str):
    world = WholeServer(pushed_request_lifetime_s=90.0)
    response = push(world)
    world.now_s += after_s
    before = len(world.calls)
    assert response.json()["expires_in"] == 90
    assert refused(come(world, response.json()["request_uri"])) == (302, error)
    assert (len(world.calls) > before) is not bool(error)


def test_a_refusal_by_the_resource_owner_uses_nothing_up():
    world = WholeServer()
    replica = world.authorization_server.replica
    decide, replica.consent = replica.consent, lambda c, s: decide(c, s)._replace(scopes=())
    uri = pushed(world)
    before = len(world.calls)
    assert refused(come(world, uri)) == (302, "access_denied")
    assert len(world.calls) == before
    replica.consent = decide
    assert "code" in location(come(world, uri))


def test_undecided_is_503_and_uses_nothing_up():
    world = WholeServer()
    uri = pushed(world)
    world.stores_answer = False
    assert come(world, uri).status == 503
    world.stores_answer = True
    assert "code" in location(come(world, uri))


def test_5_pushed_only_refuses_what_was_not():
    world = WholeServer(pushed_only=True)
    assert refused(world.authorize()) == (302, "invalid_request")
    assert "code" in location(come(world, pushed(world)))


def test_pushing_is_no_promise_to_other_clients():
    world = WholeServer()
    uri = push(world, credentials("other"), scope="email").json()["request_uri"]
    assert come(world, uri).status == 400


def test_a_single_use_can_be_pushed():
    world = WholeServer()
    code = location(come(world, pushed(world, token_use="single")))["code"]
    assert world.redeem(code).json()["use"] == "single"
