"""JWT access tokens: RFC 9068's own example, the payloads of RFC 8707, and every refusal."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.claims import AccessToken, check_lifetime, read_access_token
from oauth_model.errors import InvalidToken
from oauth_model.jose import Verified

HEADER = {"typ": "at+JWT", "alg": "RS256", "kid": "RjEwOwOA"}
EXP = 1639528912
FIGURE_2: dict[str, Any] = {
    "iss": "https://authorization-server.example.com/",
    "sub": "5ba552d67",
    "aud": "https://rs.example.com/",
    "exp": EXP,
    "iat": 1618354090,
    "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
    "client_id": "s6BhdRkqt3",
    "scope": "openid profile reademail",
}
REQUIRED = ("iss", "exp", "aud", "sub", "client_id", "iat", "jti")  # RFC 9068 2.2


def check(
    changes: dict[str, Any] | None = None,
    *,
    typ: Any = "at+jwt",
    audience: str = "https://rs.example.com/",
    now_s: float = 1618354091,
    leeway_s: float = 0.0,
) -> AccessToken:
    """Figure 2 with changes, checked by its resource server."""
    token = read_access_token(
        Verified(HEADER | {"typ": typ}, FIGURE_2 | (changes or {})),
        issuer="https://authorization-server.example.com/",
        audience=audience,
    )
    check_lifetime(token, now_s=now_s, leeway_s=leeway_s)
    return token


def accepted(changes: dict[str, Any] | None = None, *, now_s: float, leeway_s: float = 0.0) -> bool:
    try:
        check(changes, now_s=now_s, leeway_s=leeway_s)
    except InvalidToken:
        return False
    return True


def test_figure_2_is_accepted_as_published():
    assert check(typ=HEADER["typ"]) == AccessToken(
        sub="5ba552d67",
        client_id="s6BhdRkqt3",
        jti="dbe39bf3a3ba4238a513f51d6e1691c4",
        issuer="https://authorization-server.example.com/",
        audiences=("https://rs.example.com/",),
        scopes=frozenset({"openid", "profile", "reademail"}),
        expires_at_s=1639528912.0,
        issued_at_s=1618354090.0,
    )


def test_the_trace_calls_a_token_by_its_jti():
    assert check().reference == "dbe39bf3a3ba4238a513f51d6e1691c4"


@pytest.mark.clause("RFC 9068 4 typ")
@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT"])
def test_section_4_typ_compares_without_case(typ: str):
    assert check(typ=typ).sub == "5ba552d67"


@pytest.mark.clause("RFC 9068 4 typ")
@pytest.mark.clause("RFC 8725 3.12 exclusive")
@pytest.mark.parametrize("typ", ["JWT", "dpop+jwt", "jwt", "", None, 1, "text/at+jwt"])
def test_section_4_any_other_typ_is_refused(typ: object):
    with pytest.raises(InvalidToken, match="not an access token"):
        check(typ=typ)


@pytest.mark.clause("RFC 8725 3.11 typ")
@pytest.mark.clause("RFC 9068 4 typ")
def test_rfc8725_3_11_a_token_without_typ_is_no_access_token():
    with pytest.raises(InvalidToken, match="not an access token"):
        read_access_token(Verified({"alg": "RS256"}, FIGURE_2), issuer="", audience="")


@pytest.mark.clause("RFC 9068 4 iss")
@pytest.mark.parametrize(
    "issuer",
    [
        "https://authorization-server.example.com",
        "https://Authorization-Server.example.com/",
        "",
        None,
        ["https://authorization-server.example.com/"],
    ],
)
def test_section_4_iss_must_match_exactly(issuer: object):
    with pytest.raises(InvalidToken, match="issuer is not trusted"):
        check({"iss": issuer})


@pytest.mark.parametrize("aud", [["https://rs.example.com/"], ["a", "https://rs.example.com/"]])
def test_rfc7519_4_1_3_aud_may_be_an_array(aud: list[str]):
    assert check({"aud": aud}).audiences == tuple(aud)


@pytest.mark.clause("RFC 9068 4 aud")
@pytest.mark.clause("RFC 8725 3.9 aud")
@pytest.mark.parametrize(
    "aud", ["https://rs.example.com", "https://rs.example.com/a", [], ["https://other.example/"]]
)
def test_section_4_aud_must_contain_this_server(aud: object):
    with pytest.raises(InvalidToken, match="another audience"):
        check({"aud": aud})


@pytest.mark.parametrize("aud", [None, 1, {"https://rs.example.com/": 1}, [1]])
def test_rfc7519_4_1_3_a_malformed_aud_is_refused(aud: object):
    with pytest.raises(InvalidToken, match="claim aud"):
        check({"aud": aud})


@pytest.mark.clause("RFC 8707 4 and 6 payloads")
@pytest.mark.parametrize(
    ("exp", "scope", "aud"),
    [
        (1588420800, "calendar", "https://cal.example.com/"),  # RFC 8707 figure 4
        (1588420826, "contacts", "https://contacts.example.com/"),  # RFC 8707 figure 6
    ],
)
def test_rfc8707_figures_4_and_6_are_good_at_their_audience_only(exp: int, scope: str, aud: str):
    payload = {"sub": "__b_c", "exp": exp, "scope": scope, "aud": aud}
    token = check(payload, audience=aud, now_s=exp - 60)
    assert token.audiences == (aud,)
    assert token.scopes == frozenset({scope})
    other = {"https://cal.example.com/", "https://contacts.example.com/"} - {aud}
    with pytest.raises(InvalidToken, match="another audience"):
        check(payload, audience=other.pop(), now_s=exp - 60)


@pytest.mark.clause("RFC 9068 2.2 claims, server")
@pytest.mark.clause("RFC 8725 3.8 sub")
@pytest.mark.parametrize("name", REQUIRED)
def test_section_2_2_every_required_claim_must_be_there(name: str):
    claims = {claim: value for claim, value in FIGURE_2.items() if claim != name}
    with pytest.raises(InvalidToken):
        read_access_token(
            Verified(HEADER, claims), issuer=FIGURE_2["iss"], audience=FIGURE_2["aud"]
        )


@pytest.mark.clause("RFC 8725 3.8 sub")
@pytest.mark.parametrize("name", ["sub", "client_id", "jti", "scope"])
@pytest.mark.parametrize("value", [None, 1, ["a"], {}])
def test_rfc7519_4_1_a_claim_that_should_be_text_and_is_not_is_refused(name: str, value: object):
    with pytest.raises(InvalidToken, match=f"claim {name}"):
        check({name: value})


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", [None, "1639528912", True, [], float("nan"), float("inf"), float("-inf"), 10**400]
)
def test_rfc7519_2_a_claim_that_should_be_a_numeric_date_and_is_not_is_refused(
    name: str, value: object
):
    with pytest.raises(InvalidToken, match=f"claim {name}"):
        check({name: value})


@pytest.mark.clause("RFC 9396 9.1 array")
@pytest.mark.parametrize("value", [None, "x", 1, {}])
def test_rfc9396_9_1_authorization_details_are_an_array(value: object):
    with pytest.raises(InvalidToken, match="authorization_details"):
        check({"authorization_details": value})


@pytest.mark.clause("RFC 9396 9.1 understood")
@pytest.mark.parametrize("entry", [{"type": "unheard-of"}, {"type": "access", "more": 1}, 5, {}])
def test_rfc9396_9_1_details_that_are_not_understood_give_no_right(entry: object):
    known = {"type": "access", "actions": ["read"]}
    details = check({"authorization_details": [entry, known]}).authorization_details
    assert [detail.members for detail in details] == [known]


@pytest.mark.parametrize("value", [None, "x", [], {}, {"jkt": ""}, {"jkt": None, "x5t#S256": "a"}])
def test_rfc7800_3_1_a_malformed_confirmation_is_refused(value: object):
    with pytest.raises(InvalidToken, match="claim"):
        check({"cnf": value})


@pytest.mark.clause("RFC 9068 4 exp")
@pytest.mark.parametrize(("now_s", "good"), [(EXP - 1, True), (EXP, False), (EXP + 1, False)])
def test_rfc7519_4_1_4_refused_on_or_after_exp(now_s: float, good: bool):
    assert accepted(now_s=now_s) is good


@pytest.mark.clause("RFC 9068 4 exp")
@pytest.mark.parametrize(("now_s", "good"), [(EXP + 4, True), (EXP + 5, False), (EXP + 6, False)])
def test_rfc7519_4_1_4_leeway_moves_exp_later(now_s: float, good: bool):
    assert accepted(now_s=now_s, leeway_s=5) is good


@pytest.mark.parametrize(("now_s", "good"), [(999, False), (1000, True), (1001, True)])
def test_rfc7519_4_1_5_refused_before_nbf(now_s: float, good: bool):
    assert accepted({"nbf": 1000}, now_s=now_s) is good


@pytest.mark.parametrize(("now_s", "good"), [(994, False), (995, True), (996, True)])
def test_rfc7519_4_1_5_leeway_moves_nbf_earlier(now_s: float, good: bool):
    assert accepted({"nbf": 1000}, now_s=now_s, leeway_s=5) is good


def test_a_clock_far_behind_the_issuer_accepts_what_has_no_nbf():
    assert accepted(now_s=-1.0)


@settings(derandomize=True, deadline=None)
@given(
    exp=st.integers(0, 100),
    nbf=st.integers(0, 100),
    leeway_s=st.integers(0, 20),
    now_s=st.integers(-30, 130),
)
def test_the_window_of_acceptance_is_half_open(exp: int, nbf: int, leeway_s: int, now_s: int):
    inside = nbf - leeway_s <= now_s < exp + leeway_s
    assert accepted({"exp": exp, "nbf": nbf}, now_s=now_s, leeway_s=leeway_s) is inside


def test_optional_claims_are_read():
    details = [{"type": "card_details", "actions": ["read"], "identifier": "card-1"}]
    token = check(
        {"use": "single", "authorization_details": details, "cnf": {"jkt": "0ZcO"}, "nbf": 5}
    )
    assert token.use == "single"
    assert [detail.members for detail in token.authorization_details] == details
    assert (token.confirmation, token.not_before_s) == ((("jkt", "0ZcO"),), 5.0)


def test_rfc7519_4_unknown_claims_are_ignored():
    assert check({"unheard_of": object}) == check()


def test_a_confirmation_is_read_whatever_its_method():
    assert check({"cnf": {"x5t#S256": "abc"}}).confirmation == (("x5t#S256", "abc"),)


def test_section_4_order_typ_then_iss_then_aud_then_claims_then_exp():
    wrong: dict[str, Any] = {"iss": "?", "aud": "?", "sub": None}
    repairs = ["typ", "iss", "aud", "sub", "now_s"]
    said = []
    for done in range(len(repairs)):
        changes = {name: value for name, value in wrong.items() if name not in repairs[:done]}
        with pytest.raises(InvalidToken) as refusal:
            check(changes, typ="at+jwt" if done else "JWT", now_s=EXP)
        said.append(str(refusal.value).split()[-1])
    assert said == ["token", "trusted", "audience", "malformed", "expired"]
