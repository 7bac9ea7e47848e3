"""draft-lodderstedt-oauth-multiple-access-tokens-00: its figures, its rules, and our choices."""

from __future__ import annotations

import pytest

from oauth_model.errors import InvalidScope, InvalidToken
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.messages import Response
from oauth_model.parameters import Parameters
from oauth_model.stories import STORIES
from tests.oauth_model.parties import (
    CALLBACK,
    ISSUER,
    OPERATIONS,
    SERVERS,
    World,
    error,
    location,
    redemption,
)

THREE = ("email", "webdav", "voip")
DRAFT = DESIGNS["lodderstedt"]
#: The draft's figures, parameter for parameter.
FIGURE_AUTHORIZE = [
    ("response_type", "code_advanced"),
    ("client_id", "s6BhdRkqt3"),
    ("state", "xyz"),
    ("redirect_uri", CALLBACK),
    ("scopes", "3"),
    ("scope.1", "email"),
    ("scope.2", "webdav"),
    ("scope.3", "voip"),
]
FIGURE_TOKEN = [
    ("grant_type", "authorization_code_advanced"),
    ("code", "SplxlOBeZQQYbYS6WxSbIA"),
    ("redirect_uri", CALLBACK),
    ("scope", "email"),
]
FIGURE_REFRESH = [
    ("grant_type", "refresh_token"),
    ("refresh_token", "tGzv3JOkF0XG5Qx2TlKWIA"),
    ("scope", "webdav"),
]


@pytest.fixture
def world() -> World:
    """The draft's client: consent to all three, a code for email, then refresh for the rest."""
    world = World("lodderstedt")
    world.names = {
        "state": ["xyz"],
        "code": ["SplxlOBeZQQYbYS6WxSbIA"],
        "rt": ["tGzv3JOkF0XG5Qx2TlKWIA"],
    }
    assert world.run(world.client.authorize(THREE)).kind == "served"
    assert [world.run(world.client.obtain(name)).kind for name in THREE] == ["served"] * 3
    return world


def ask(world: World, **numbered: str) -> dict[str, str]:
    """The answer to an authorization request with these scope parameters; "_" stands for a dot."""
    dotted = [(name.replace("_", "."), value) for name, value in numbered.items()]
    return location(world.authorize(*dotted, response_type="code_advanced", scope=""))


def redeem(world: World, code: str, **changes: str) -> Response:
    asked = redemption(code) | {"grant_type": "authorization_code_advanced"} | changes
    return world.token(**{name: value for name, value in asked.items() if value})


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 response type")
@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 scopes")
@pytest.mark.clause("RFC 9700 2.1.1 client")
def test_figure_1_the_authorization_request(world):
    request = world.sent[0].request
    assert request.query()[: len(FIGURE_AUTHORIZE)] == FIGURE_AUTHORIZE
    assert "&scopes=3&scope.1=email&scope.2=webdav&scope.3=voip" in request.wire()
    added = [name for name, _ in request.query()[len(FIGURE_AUTHORIZE) :]]
    assert added == ["code_challenge", "code_challenge_method"]  # RFC 7636 came later


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 code")
def test_figure_2_the_authorization_response():
    world = World("lodderstedt")
    world.names = {"code": ["SplxlOBeZQQYbYS6WxSbIA"]}
    response = world.authorize(
        ("scopes", "1"), ("scope.1", "email"), response_type="code_advanced", scope=""
    )
    figure = f"{CALLBACK}?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz"
    assert (response.status, (response.header("Location") or "").partition("&iss=")[0]) == (
        302,
        figure,
    )


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 grant type")
def test_figure_3_the_token_request(world):
    request = world.sent[1].request
    assert request.url == f"{ISSUER}/token"
    assert request.headers == (
        ("Authorization", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    assert request.form()[: len(FIGURE_TOKEN)] == FIGURE_TOKEN
    assert [name for name, _ in request.form()[len(FIGURE_TOKEN) :]] == ["code_verifier"]


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 response")
@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 valid JSON")
def test_figure_4_the_token_response():
    world = World("lodderstedt")
    world.names = {"rt": ["tGzv3JOkF0XG5Qx2TlKWIA"]}
    code = ask(world, scopes="2", scope_1="email", scope_2="webdav")["code"]
    response = redeem(world, code, scope="email")
    members = response.json()
    assert list(members) == ["access_token", "token_type", "expires_in", "refresh_token"]
    assert members["refresh_token"] == "tGzv3JOkF0XG5Qx2TlKWIA"
    assert (members["token_type"].lower(), members["expires_in"]) == ("bearer", 3600)
    assert (response.header("Cache-Control"), response.header("Pragma")) == ("no-store", "no-cache")


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 further tokens")
@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 one consent")
def test_further_tokens_come_by_refresh(world):
    assert world.sent[2].request.form() == FIGURE_REFRESH
    assert [token["claims"]["scope"] for token in world.issued("access_token")] == list(THREE)
    assert len(world.issued("refresh_token")) == 1


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 signing keys")
@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 audience")
@pytest.mark.clause("RFC 9068 5 distinct")
def test_each_token_has_its_servers_audience_and_key(world):
    for name, token in world.client.wallet.tokens.items():
        verified = world.keys.verifier(f"as:{name}").verify(token)
        assert verified.header["kid"] == f"as:{name}"
        assert verified.claims["aud"] == f"https://{name}.example.com"


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 impersonation")
@pytest.mark.clause("RFC 9700 2.3 audience")
@pytest.mark.clause("RFC 9700 4.9.1 counterfeit")
@pytest.mark.clause("RFC 9700 4.9.2 compromised")
def test_each_token_works_at_its_own_server_only(world):
    works = {
        name: [other for other in THREE if world.call(other, token).status == 200]
        for name, token in world.client.wallet.tokens.items()
    }
    assert works == {name: [name] for name in THREE}


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 signing keys")
def test_another_server_refuses_by_key_alone(world):
    token = world.client.wallet.token("email")
    voip = world.keys.verifier(*DRAFT.verifier_keys(SERVERS[2]))
    with pytest.raises(InvalidToken, match="the signing key is not trusted"):
        voip.verify(token)


@pytest.mark.clause("RFC 8725 3.9 aud")
@pytest.mark.clause("RFC 9700 2.3 check")
def test_another_server_refuses_by_audience_alone(world):
    claims = dict(world.keys.verifier("as:email").verify(world.client.wallet.token("email")).claims)
    under_the_key_of_voip = world.keys.sign(claims, key="as:voip", typ="at+jwt")
    refused = world.call("voip", under_the_key_of_voip)
    assert "the token is for another audience" in (refused.header("WWW-Authenticate") or "")


def test_the_shared_key_of_the_fat_design_is_trusted_by_nobody(world):
    claims = dict(world.keys.verifier("as:voip").verify(world.client.wallet.token("voip")).claims)
    assert world.call("voip", world.keys.sign(claims, key="as", typ="at+jwt")).status == 401


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 wrong count")
@pytest.mark.parametrize(
    "numbered",
    [
        {"scopes": "2", "scope_1": "email"},
        {"scopes": "1", "scope_1": "email", "scope_2": "voip"},
        {"scopes": "2", "scope_1": "email", "scope_3": "voip"},
        {"scopes": "1", "scope_0": "email"},
        {"scopes": "01", "scope_1": "email"},
        {"scopes": "x", "scope_1": "email"},
        {"scopes": "0"},
        {"scopes": "999999999999"},
        {"scope_1": "email"},
        {"scope": "email"},
        {"scopes": "1", "scope_1": "email", "scope": "email"},
    ],
)
def test_scopes_must_be_the_number_of_scope_parameters(numbered):
    assert ask(World("lodderstedt"), **numbered)["error"] == "invalid_request"


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 what scope.N holds")
@pytest.mark.clause("RFC 9068 3 invalid_scope")
@pytest.mark.parametrize("value", ["email voip", "nonsense"])
def test_a_scope_parameter_is_for_one_server(value):
    answer = ask(World("lodderstedt"), scopes="1", scope_1=value)
    assert answer["error"] == "invalid_scope"


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 one scope")
@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 another scope")
@pytest.mark.parametrize("scope", ["voip", "email webdav", "nonsense", "email nonsense"])
def test_scope_must_be_one_out_of_those_requested(scope):
    world = World("lodderstedt")
    code = ask(world, scopes="2", scope_1="email", scope_2="webdav")["code"]
    assert error(redeem(world, code, scope=scope)) == (400, "invalid_scope")
    assert redeem(world, code, scope="webdav").status == 200


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 what scope.N holds")
def test_scopes_of_one_server_may_stand_together_but_are_not_joined_afterwards():
    servers = (ProtectedResource("email", "https://e", ("read", "send", "drop"), "as:email"),)
    asked = [("scopes", "2"), ("scope.1", "read send"), ("scope.2", "drop")]
    rights = DRAFT.rights(Parameters(asked), servers)
    assert rights.values == (("read", "send"), ("drop",))
    one = Parameters([("scope", "send read")])
    assert DRAFT.select(rights, one, servers).scopes == ("send", "read")
    with pytest.raises(InvalidScope):
        DRAFT.select(rights, Parameters([("scope", "read drop")]), servers)


@pytest.mark.clause("RFC 9068 3 ambiguous")
@pytest.mark.clause("RFC 9068 5 scopes")
def test_a_scope_that_two_servers_know_does_not_say_which():
    pair = tuple(ProtectedResource(n, f"https://{n}", ("read",), f"as:{n}") for n in "ab")
    with pytest.raises(InvalidScope):
        DRAFT.rights(Parameters([("scopes", "1"), ("scope.1", "read")]), pair)
    with pytest.raises(InvalidScope):
        DRAFT.select(DRAFT.policy(("read",), pair), Parameters([("scope", "read")]), pair)


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 no scope")
def test_scope_may_be_left_out_only_when_there_was_one():
    world = World("lodderstedt")
    several = ask(world, scopes="2", scope_1="email", scope_2="webdav")["code"]
    one = ask(world, scopes="1", scope_1="voip")["code"]
    assert error(redeem(world, several)) == (400, "invalid_scope")
    assert world.claims(redeem(world, one))["aud"] == "https://voip.example.com"


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 policy")
def test_scopes_may_be_left_to_policy():
    world = World("lodderstedt")
    response = redeem(world, ask(world)["code"], scope="payments")
    token = response.json()["refresh_token"]
    for scope in THREE:
        response = world.token(grant_type="refresh_token", refresh_token=token, scope=scope)
        assert world.claims(response)["scope"] == scope


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 refresh token")
def test_the_refresh_token_carries_all_scopes_and_no_others():
    world = World("lodderstedt")
    code = ask(world, scopes="2", scope_1="email", scope_2="webdav")["code"]
    token = redeem(world, code, scope="email").json()["refresh_token"]
    for scope, status in (("webdav", 200), ("email", 200), ("voip", 400), ("email webdav", 400)):
        response = world.token(grant_type="refresh_token", refresh_token=token, scope=scope)
        assert response.status == status


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 response type")
def test_a_plain_response_type_and_grant_type_are_not_supported():
    world = World("lodderstedt")
    assert location(world.authorize())["error"] == "unsupported_response_type"
    assert error(world.redeem("code-1")) == (400, "unsupported_grant_type")


def test_a_code_is_for_one_use_here_too():
    world = World("lodderstedt")
    code = ask(world, scopes="2", scope_1="email", scope_2="webdav")["code"]
    assert redeem(world, code, scope="email").status == 200
    assert error(redeem(world, code, scope="webdav")) == (400, "invalid_grant")


def test_a_single_use_token_under_this_design_is_its_servers(world):
    result = world.run(world.client.single_use("voip", "voip"))
    claims = world.claims(result.response or Response(500))
    assert (claims["use"], claims["aud"]) == ("single", "https://voip.example.com")


@pytest.mark.clause("draft-lodderstedt-oauth-multiple-access-tokens-00 one consent")
@pytest.mark.parametrize(("design", "token_requests"), [("fat", 1), ("lodderstedt", 3)])
def test_one_story_under_both_designs(design, token_requests):
    world = World(design)
    result = world.run(STORIES["consent_then_call_all"](world.client, THREE))
    assert (result.kind, result.attempts) == ("served", 3)
    assert [effect.operation for effect in world.effects] == [OPERATIONS[name] for name in THREE]
    asked = [send.request.url for send in world.sent if send.to == "as"]
    assert asked[1:] == [f"{ISSUER}/token"] * token_requests
