"""Action tokens and the pages behind mailed links: no confusion, one use, who may act."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.action_endpoint import MAILBOX, ActionConfig, ActionEndpoint, used_by
from oauth_model.action_tokens import ACTION_TOKEN_TYPE, CLAIMS, KINDS, action_claims
from oauth_model.errors import InvalidToken
from oauth_model.flows import Effect, Flow, OneTimeKey, StoreCall, run
from oauth_model.messages import FORM, Request, Response, form_post
from oauth_model.replay import State
from tests.oauth_model.parties import ISSUER, World

URL = "https://account.example.com"
ALICE, BOB = "alice@example.com", "bob@example.com"
ACCOUNTS = {ALICE: "alice", BOB: "bob"}


class Pages:
    """The pages with real stores and keys, and a mailbox that keeps the links."""

    def __init__(self, strategy: str = "shared_atomic", **config: Any) -> None:
        self.world = World(strategy=strategy, algorithm=config.pop("algorithm", "symbolic"))
        self.links: list[str] = []
        self.sessions: dict[str, str] = {}
        self.endpoint = ActionEndpoint(
            ActionConfig(URL, ACCOUNTS, ISSUER, **config),
            self.world.keys,
            self.world.strategy,
            self.sessions,
            self.world.clock,
            self.world.new_id,
        )
        self.world.handlers[MAILBOX] = self.receive

    def receive(self, request: Request) -> Flow[Response]:
        yield from ()
        self.links.append(request.body)
        return Response(201)

    def say(self, request: Request) -> Response:
        return self.world.run(self.endpoint.handle(request))

    def link(self, address: str = ALICE) -> str:
        self.say(form_post(f"{URL}/links", [("email", address)]))
        return self.links[-1]

    def open(self, link: str, method: str = "GET", cookie: str = "") -> Response:
        headers = (("Cookie", cookie),) if cookie else ()
        return self.say(Request(method, link, headers))

    def submit(self, link: str) -> Response:
        return self.say(form_post(f"{URL}/action", Request("GET", link).query()))

    def signed(self, claims: dict[str, Any], typ: str) -> str:
        return f"{URL}/action?token={self.token(claims, typ)}".replace("+", "%2B")

    def token(self, claims: dict[str, Any], typ: str) -> str:
        return self.world.keys.sign(claims, key="as", typ=typ)

    @property
    def done(self) -> list[str]:
        return [effect.operation for effect in self.world.effects]


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good magic link for Alice, with changes; None leaves one out."""
    good = action_claims(ISSUER, "magic_link", sub="alice", jti="link-1", issued_at_s=1_000_000)
    return {name: value for name, value in (good | changes).items() if value is not None}


# --- confusion with access tokens -----------------------------------------------------------------


@pytest.mark.clause("RFC 8725 3.11 typ")
@pytest.mark.clause("RFC 8725 3.12 exclusive")
def test_an_action_token_is_no_access_token_although_one_key_signs_both():
    pages = Pages()
    (token,) = (value for _, value in Request("GET", pages.link()).query())
    response = pages.world.call("payments", token)
    assert (response.status, pages.done) == (401, [])
    assert "not an access token" in (response.header("WWW-Authenticate") or "")


@pytest.mark.clause("RFC 8725 3.11 typ")
@pytest.mark.clause("RFC 8725 3.12 exclusive")
def test_an_access_token_is_no_action_token_although_one_key_signs_both():
    pages = Pages()
    token = pages.world.redeem(pages.world.code()).json()["access_token"]
    response = pages.say(form_post(f"{URL}/action", [("token", token)]))
    assert (response.status, pages.done) == (400, [])
    assert "not an action token" in response.body


@pytest.mark.clause("RFC 8725 3.12 exclusive")
@pytest.mark.parametrize("server", ["payments", "email"])
def test_the_claims_of_an_action_token_fail_the_access_tokens_rules_under_its_typ(server: str):
    pages = Pages()
    assert pages.world.call(server, pages.token(claims(), "at+jwt")).status == 401
    aimed = claims(aud=f"https://{server}.example.com")  # and now only client_id is missing
    assert pages.world.call(server, pages.token(aimed, "at+jwt")).status == 401
    aimed |= {"client_id": "app", "scope": server}
    assert pages.world.call(server, pages.token(aimed, "at+jwt")).status == 200


@pytest.mark.clause("RFC 8725 3.12 exclusive")
def test_the_claims_of_an_access_token_fail_the_action_tokens_rules_under_its_typ():
    pages = Pages()
    access = pages.world.claims(pages.world.redeem(pages.world.code()))
    for aimed in (
        access,
        access | {"aud": ISSUER},
        access | {"aud": ISSUER, "action": "magic_link"},
    ):
        assert pages.open(pages.signed(aimed, ACTION_TOKEN_TYPE)).status == 400
    complete = access | {"aud": ISSUER, "action": "magic_link", "use": "single"}
    assert pages.open(pages.signed(complete, ACTION_TOKEN_TYPE)).status == 200


@pytest.mark.clause("RFC 8725 3.11 typ")
@pytest.mark.parametrize("typ", ["action+jwt", "Action+JWT", "application/action+jwt"])
def test_the_type_is_read_as_a_media_type(typ: str):
    pages = Pages()
    assert pages.open(pages.signed(claims(), typ)).status == 200


@pytest.mark.clause("RFC 8725 3.11 typ")
@pytest.mark.parametrize("typ", ["JWT", "", "action", "at+jwt", "dpop+jwt", "x/action+jwt"])
def test_any_other_type_is_refused_and_uses_nothing_up(typ: str):
    pages = Pages()
    assert pages.open(pages.signed(claims(), typ)).status == 400
    assert pages.world.stores["shared"].records == {}


@pytest.mark.clause("RFC 8725 3.8 iss")
@pytest.mark.clause("RFC 8725 3.8 sub")
@pytest.mark.clause("RFC 8725 3.9 aud")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example.com"},
        {"aud": "https://payments.example.com"},
        {"aud": [ISSUER]},
        {"use": "many"},
        {"use": None},
        {"action": "delete_account"},
        {"exp": "1000600"},
        {"exp": 1_000_600.5},
        {"exp": True},
        {"exp": 1_000_000},
        *({name: None} for name in CLAIMS),
    ],
    ids=str,
)
def test_a_claim_that_is_wrong_or_missing_is_refused_and_uses_nothing_up(changes: dict[str, Any]):
    pages = Pages()
    assert pages.open(pages.signed(claims(**changes), ACTION_TOKEN_TYPE)).status == 400
    assert (pages.done, pages.world.stores["shared"].records) == ([], {})


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_a_link_works_under_real_signatures_and_one_changed_letter_spoils_it(algorithm: str):
    pages = Pages(algorithm=algorithm)
    link = pages.link()
    spoilt = link[:-9] + ("A" if link[-9] != "A" else "B") + link[-8:]
    assert [pages.open(each).status for each in (spoilt, link)] == [400, 200]


# --- one use --------------------------------------------------------------------------------------


@pytest.mark.clause("interim-2025-01-20 action tokens")
@pytest.mark.parametrize("kind", [name for name in KINDS if not KINDS[name].signed_in])
def test_a_link_acts_once_and_then_it_is_gone(kind: str):
    pages = Pages(kind=kind)
    link = pages.link()
    assert [pages.open(link).status for _ in range(3)] == [200, 410, 410]
    assert pages.done == [f"action:{kind}"]


def test_the_key_names_issuer_action_and_token_and_an_allow_list_hears_of_it_at_issuance():
    pages = Pages("shared_allow_list", kind="password_reset")
    link = pages.link()
    key = OneTimeKey("action_token", ISSUER, "password_reset", "password_reset-1")
    assert pages.world.stores["shared"].records[key].state is State.AVAILABLE
    assert [pages.open(link).status for _ in range(2)] == [200, 410]


def test_link_and_form_are_one_use_between_them():
    pages = Pages()
    link = pages.link()
    assert [pages.submit(link).status, pages.open(link).status] == [200, 410]


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_lives_as_long_as_its_kind_says(kind: str):
    pages = Pages(kind=kind, confirmation="explicit")
    link, made_s = pages.link(), int(pages.world.now_s)
    statuses = []
    for at_s in (made_s + KINDS[kind].lifetime_s - 1, made_s + KINDS[kind].lifetime_s):
        pages.world.now_s = at_s
        pages.sessions["s"] = "alice"
        statuses.append(pages.open(link, cookie="session=s").status)
    assert statuses == [200, 400]


def test_a_link_that_expires_while_the_store_is_asked_does_nothing_and_is_given_back():
    pages = Pages("reserve_commit")
    request = Request("GET", pages.link())
    pages.world.now_s += KINDS["magic_link"].lifetime_s - 1

    def slowly(effect: Effect) -> Any:
        answer = pages.world.answer(effect)
        if isinstance(effect, StoreCall) and effect.operation == "reserve":
            pages.world.now_s += 1
        return answer

    assert run(pages.endpoint.handle(request), slowly).status == 400
    assert (pages.done, pages.world.stores["shared"].records) == ([], {})


def test_a_link_that_nobody_can_decide_on_may_be_tried_again():
    pages = Pages()
    link = pages.link()
    pages.world.stores_answer = False
    response = pages.open(link)
    assert (response.status, response.header("Retry-After"), pages.done) == (503, "1", [])
    pages.world.stores_answer = True
    assert pages.open(link).status == 200


def test_a_link_that_is_being_used_may_be_tried_again():
    pages = Pages("reserve_commit")
    link = Request("GET", pages.link())
    first = pages.endpoint.handle(link)
    pages.world.answer(next(first))  # it holds the lease and has not gone on
    response = pages.say(link)
    assert (response.status, response.header("Retry-After"), pages.done) == (409, "1", [])


def test_two_clicks_at_once_get_one_effect_from_a_test_and_set_and_two_from_look_then_act():
    for strategy, effects in (("shared_atomic", 1), ("shared_check_then_act", 2)):
        pages = Pages(strategy)
        link = Request("GET", pages.link())
        pages.world.interleave(pages.endpoint.handle(link), pages.endpoint.handle(link))
        assert len(pages.done) == effects


# --- who acts -------------------------------------------------------------------------------------


@pytest.mark.clause("RFC 9110 9.2.1")
def test_on_click_the_scanner_is_signed_in_and_the_user_is_told_that_the_link_was_used():
    pages = Pages(confirmation="on_click")
    link = pages.link()
    scanner, user = pages.open(link), pages.open(link)
    assert (scanner.status, user.status) == (200, 410)
    assert (scanner.header("Set-Cookie") or "").startswith("session=session-1;")
    assert pages.sessions == {"session-1": "alice"}
    assert user.header("Set-Cookie") is None


@pytest.mark.clause("RFC 9110 9.2.1")
def test_explicit_confirmation_shows_the_scanner_a_page_and_serves_the_user():
    pages = Pages(confirmation="explicit")
    link = pages.link()
    assert [pages.open(link).status for _ in range(5)] == [200] * 5
    assert (pages.done, pages.sessions, pages.world.stores["shared"].records) == ([], {}, {})
    assert [pages.submit(link).status for _ in range(2)] == [200, 410]
    assert pages.sessions == {"session-1": "alice"}


def test_the_page_of_explicit_confirmation_has_a_form_that_posts_the_very_token():
    pages = Pages(confirmation="explicit")
    link = pages.link()
    form = pages.open(link).body
    assert '<form method="post" action="/action">' in form
    assert f'name="token" value="{dict(Request("GET", link).query())["token"]}"' in form


@pytest.mark.clause("RFC 9110 9.3.2")
@pytest.mark.parametrize("confirmation", ["on_click", "explicit"])
def test_a_head_uses_nothing_up_and_carries_no_body(confirmation: str):
    pages = Pages(confirmation=confirmation)
    link = pages.link()
    head = pages.open(link, method="HEAD")
    assert (head.status, head.body, pages.done) == (200, "", [])
    assert pages.open(link).status == 200


def test_an_idempotent_answer_hands_the_scanners_session_to_the_user():
    """Served, but with one session between them: what is stored is the answer, cookie included."""
    pages = Pages("idempotent_response", confirmation="on_click")
    link = pages.link()
    scanner, user = pages.open(link), pages.open(link)
    assert user == scanner
    assert (user.status, len(pages.sessions), len(pages.done)) == (200, 1, 1)


@pytest.mark.clause("interim-2025-01-20 action tokens")
@pytest.mark.parametrize(
    ("cookie", "status"),
    [
        ("", 403),
        ("session=b", 403),
        ("xsession=a", 403),
        ("session=a", 200),
        ("x=1; session=a", 200),
    ],
)
def test_an_invitation_takes_the_browser_of_its_user_and_a_scanner_burns_nothing(
    cookie: str, status: int
):
    pages = Pages(kind="organisation_invitation", confirmation="on_click")
    pages.sessions |= {"a": "alice", "b": "bob"}
    link = pages.link()
    assert pages.open(link, cookie=cookie).status == status
    assert len(pages.world.stores["shared"].records) == len(pages.done) == (status == 200)


# --- the pages ------------------------------------------------------------------------------------


@pytest.mark.clause("RFC 9700 4.2")
def test_every_page_forbids_its_address_to_be_told_to_others_or_kept():
    pages = Pages(confirmation="explicit")
    link = pages.link()
    for answer in (pages.open(link), pages.submit(link), pages.submit(link), pages.open(URL)):
        if answer.status != 404:
            assert answer.header("Referrer-Policy") == "no-referrer"
            assert answer.header("Cache-Control") == "no-store"


def test_asking_for_a_link_tells_nobody_who_has_an_account():
    pages = Pages()
    known, unknown = (
        pages.say(form_post(f"{URL}/links", [("email", address)]))
        for address in (ALICE, "mallory@example.com")
    )
    assert (known.status, known.json().keys()) == (unknown.status, unknown.json().keys())
    assert len(pages.links) == 1


def test_mail_that_nobody_acknowledges_does_not_change_the_answer():
    pages = Pages()
    pages.world.fates = ["request lost"]
    assert pages.say(form_post(f"{URL}/links", [("email", ALICE)])).status == 202
    assert pages.links == []


@pytest.mark.clause("interim-2025-01-20 action tokens")
def test_the_issue_of_a_link_is_in_the_trace_with_its_claims_and_no_refresh_token():
    pages = Pages()
    link = pages.link()
    (issued,) = pages.world.issued("action_token")
    assert (issued["claims"], issued["token"]) == (claims(jti="magic_link-1"), "magic_link-1")
    assert issued["with_refresh_token"] is False
    assert issued["value"] == dict(Request("GET", link).query())["token"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/action", 400),
        ("GET", "/action?token=a&token=b", 400),
        ("POST", "/action?token=a", 400),
        ("DELETE", "/action", 405),
        ("GET", "/links", 404),
        ("POST", "/links", 400),
        ("POST", "/payments", 404),
    ],
)
def test_what_is_malformed_or_elsewhere_is_answered_and_performs_nothing(
    method: str, path: str, status: int
):
    pages = Pages()
    assert pages.say(Request(method, f"{URL}{path}")).status == status
    assert pages.done == []


@pytest.mark.parametrize(
    ("method", "on_click", "explicit"), [("GET", True, False), ("POST", True, True), ("HEAD", 0, 0)]
)
def test_which_requests_ask_to_use_a_token_up(method: str, on_click: bool, explicit: bool):
    parts = urlsplit(f"{URL}/action?token=t")
    request = Request(method, parts.geturl())
    if method == "POST":
        request = form_post(f"{URL}/action", [("token", "t")])
    for confirmation, expected in (("on_click", on_click), ("explicit", explicit)):
        assert used_by(request, confirmation) == ("t" if expected else "")
    assert used_by(request._replace(url=f"{URL}/elsewhere?token=t"), "on_click") == ""


@pytest.mark.parametrize("field", ["kind", "confirmation"])
def test_an_unknown_setting_is_refused_by_name(field: str):
    with pytest.raises(ValueError, match=f"{field} is 'nonsense'; allowed: "):
        ActionConfig(URL, ACCOUNTS, **{field: "nonsense"})  # type: ignore[arg-type]


words = st.text(alphabet="ab.=&%+;{}<>\"' \n\x00é", max_size=12)
bodies = st.tuples(st.sampled_from(["token", "email", ""]), words)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT"]),
    st.sampled_from(["/action", "/links", "/action?token=", "/action?"]),
    words,
    st.lists(bodies, max_size=3),
    st.booleans(),
)
def test_whatever_is_sent_is_answered_without_an_effect(method, path, tail, pairs, is_form):
    pages = Pages()
    body = "&".join(f"{name}={value}" for name, value in pairs)
    headers = (("Content-Type", FORM if is_form else "text/plain"), ("Cookie", tail))
    response = pages.say(Request(method, f"{URL}{path}{tail}", headers, body))
    assert response.status in (202, 400, 404, 405)
    assert (pages.done, pages.world.stores["shared"].records) == ([], {})


def test_a_token_signed_by_a_key_that_is_not_ours_is_refused():
    pages = Pages()
    token = pages.world.keys.sign(claims(), key="as-payments", typ=ACTION_TOKEN_TYPE)
    with pytest.raises(InvalidToken, match="not trusted"):
        pages.world.keys.verifier("as").verify(token)
    assert pages.say(form_post(f"{URL}/action", [("token", token)])).status == 400
