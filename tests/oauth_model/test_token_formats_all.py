"""Every token format, under every suite: the same claims come out, for the right reader only."""

import hmac
import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth_model.claims import read_access_token
from oauth_model.errors import InvalidToken
from oauth_model.jose import ALGORITHMS, Keys, b64url
from oauth_model.token_formats import FORMATS, nested
from oauth_model.token_formats.base import LONGEST, armoured, unarmoured

repeatable = settings(derandomize=True, deadline=None, max_examples=40)
#: RFC 6750 2.1: what a bearer token may look like.
B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
READABLE = [name for name, each in FORMATS.items() if each.self_contained]
CLAIMS: dict[str, Any] = {
    "iss": "https://as.example.com",
    "sub": "robin",
    "aud": "https://email.example.com",
    "client_id": "s6BhdRkqt3",
    "scope": "email drafts",
    "iat": 1_700_000_000,
    "exp": 1_700_000_030,
    "jti": "at-1",
}
#: Names that a format has for itself, or that look like the mark of nested claims.
TAKEN = ["Issuer", "ExpiresOn", "HMACSHA256", "Subject/NameID", "@IssueInstant", "v.json", ".json"]

texts = st.text(max_size=12)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(TAKEN) | st.text(max_size=8).filter(str.isprintable)
changes = st.fixed_dictionaries(
    {},
    optional={
        "aud": texts | st.lists(texts, max_size=3),
        "exp": numbers,
        "nbf": numbers,
        "iat": json_values,
        "sub": json_values,
        "use": st.just("single"),
        "cnf": st.dictionaries(st.sampled_from(["jkt", "x5t#S256"]), texts, min_size=1),
        "authorization_details": st.lists(st.dictionaries(texts, json_values), max_size=2),
    },
)


@cache
def ring(algorithm: str = "EdDSA") -> Keys:
    return Keys(algorithm, 7)


def issued(name: str, keys: Keys | None = None, key: str = "as:email", **more: Any) -> str:
    return FORMATS[name].issue(keys or ring(), CLAIMS | more, key=key)


def refused(name: str, token: str, keys: Keys | None = None) -> bool:
    try:
        FORMATS[name].reader(keys or ring(), "as:email")(token)
    except InvalidToken:
        return True
    return False


def test_the_draft_names_these_formats():
    assert list(FORMATS) == ["jwt", "opaque", "swt", "saml"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", READABLE)
def test_what_was_issued_is_read_by_the_checks_of_rfc9068(name: str, algorithm: str):
    keys = ring(algorithm)
    verified = FORMATS[name].reader(keys, "as:voip", "as:email")(issued(name, keys))
    token = read_access_token(verified, issuer=CLAIMS["iss"], audience=CLAIMS["aud"])
    assert (verified.claims, verified.header["kid"]) == (CLAIMS, "as:email")
    assert (token.sub, token.expires_at_s, token.jti) == ("robin", 1_700_000_030.0, "at-1")


@pytest.mark.parametrize("name", READABLE)
@repeatable
@given(changed=changes, more=st.dictionaries(names, json_values, max_size=3))
def test_every_claim_comes_back_as_it_was(name: str, changed: dict, more: dict):
    claims = CLAIMS | more | changed
    token = FORMATS[name].issue(ring(), claims, key="as:email")
    assert FORMATS[name].reader(ring(), "as:email")(token).claims == claims


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("aud", ["a", ["a"], ["a", "b"], [], ["a\nb", "c"], ""])
def test_rfc7519_4_1_3_an_audience_and_an_array_of_one_are_not_mixed_up(name: str, aud: object):
    read = FORMATS[name].reader(ring(), "as:email")(issued(name, aud=aud))
    assert read.claims["aud"] == aud


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("exp", [True, "1700000030", 1_700_000_030.5])
def test_a_claim_of_another_type_stays_of_that_type(name: str, exp: object):
    claims = FORMATS[name].reader(ring(), "as:email")(issued(name, exp=exp)).claims
    assert (claims["exp"], type(claims["exp"])) == (exp, type(exp))


@pytest.mark.clause("RFC 6750 2.1 b64token")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", FORMATS)
def test_rfc6750_2_1_a_token_of_any_format_can_be_a_bearer_token(name: str, algorithm: str):
    token = issued(name, ring(algorithm), sub="<Ærø> & Søn", authorization_details=[{"a": "&%"}])
    assert B64TOKEN.fullmatch(token.replace(":", ""))  # a symbolic handle names its key: as:email


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", READABLE)
def test_a_key_of_another_server_opens_nothing(name: str, algorithm: str):
    keys = ring(algorithm)
    assert refused(name, issued(name, keys, key="as:voip"), keys)
    assert not refused(name, issued(name, keys), keys)


@pytest.mark.parametrize("name", READABLE)
def test_a_key_of_the_same_name_from_another_ring_is_refused(name: str):
    assert refused(name, issued(name, Keys("EdDSA", 8)))


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA"])
@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("other", FORMATS)
def test_a_token_of_one_format_is_none_of_another(name: str, other: str, algorithm: str):
    keys = ring(algorithm)
    token = issued(other, keys)
    try:
        verified = FORMATS[name].reader(keys, "as:email")(token)
        read_access_token(verified, issuer=CLAIMS["iss"], audience=CLAIMS["aud"])
    except InvalidToken:
        assert name != other
    else:
        assert name == other


@pytest.mark.parametrize("name", FORMATS)
@repeatable
@given(token=st.text(st.characters(), max_size=60))
def test_whatever_is_presented_is_refused_as_an_invalid_token(name: str, token: str):
    assert refused(name, token)


@pytest.mark.parametrize("name", FORMATS)
@repeatable
@given(text=st.text(max_size=60) | st.just("<a/>") | st.just("&HMACSHA256="))
def test_whatever_is_inside_is_refused_as_an_invalid_token(name: str, text: str):
    assert refused(name, armoured(text))


@pytest.mark.parametrize("name", ["swt", "saml"])
def test_what_is_too_long_is_refused_before_it_is_parsed(name: str):
    with pytest.raises(InvalidToken, match="too long"):
        FORMATS[name].reader(ring(), "as:email")("A" * (LONGEST + 1))


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_claim_that_is_not_json_cannot_be_issued(name: str, value: float):
    with pytest.raises(ValueError, match="JSON compliant"):
        issued(name, weight=value)


@pytest.mark.parametrize("name", READABLE)
def test_a_token_is_checked_once(name: str):
    read, token = FORMATS[name].reader(ring(), "as:email"), issued(name)
    assert read(token).claims is read(token[:5] + token[5:]).claims


# --- the handle -------------------------------------------------------------------------------


def test_a_handle_is_read_by_nobody():
    with pytest.raises(InvalidToken, match="only the authorization server"):
        FORMATS["opaque"].reader(ring(), "as:email")(issued("opaque"))


@pytest.mark.clause("RFC 6749 10.10")
def test_rfc6749_10_10_a_handle_depends_on_a_secret_that_no_server_shares():
    handle = issued("opaque")
    assert len(handle) == 43  # 256 bits
    assert handle not in {
        issued("opaque", key="as:voip"),
        issued("opaque", Keys("EdDSA", 8)),
        issued("opaque", jti="at-2"),
    }
    shared = ring().secret("as:email")  # with the server that reads SWTs under this key
    assert handle != b64url(hmac.digest(shared, b"at-1", "sha256"))


def test_a_handle_is_the_same_in_every_run_and_suite():
    assert {issued("opaque", Keys(name, 7)) for name in ALGORITHMS} == {issued("opaque")}
    assert issued("opaque", scope="other", sub="somebody") == issued("opaque")


def test_a_handle_needs_a_jti():
    with pytest.raises(ValueError, match="jti"):
        FORMATS["opaque"].issue(ring(), {"iss": "a"}, key="as:email")


# --- signed, then encrypted -------------------------------------------------------------------


@pytest.mark.clause("RFC 7519 5.2")
@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA"])
@pytest.mark.parametrize("name", READABLE)
def test_rfc7519_5_2_what_is_encrypted_to_a_server_only_that_server_reads(
    name: str, algorithm: str
):
    keys = ring(algorithm)
    sealed = keys.encrypt(issued(name, keys), key="enc:email")
    reader = FORMATS[name].reader(keys, "as:email")
    assert nested(reader, keys.decrypter("enc:email"))(sealed).claims == CLAIMS
    with pytest.raises(InvalidToken, match="somebody else"):
        nested(reader, keys.decrypter("enc:voip"))(sealed)


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA"])
@pytest.mark.parametrize("name", READABLE)
def test_a_server_that_demands_encryption_takes_nothing_that_is_only_signed(
    name: str, algorithm: str
):
    keys = ring(algorithm)
    reader = nested(FORMATS[name].reader(keys, "as:email"), keys.decrypter("enc:email"))
    with pytest.raises(InvalidToken):
        reader(issued(name, keys))


@pytest.mark.parametrize("algorithm", ["symbolic", "EdDSA"])
def test_encryption_stands_for_no_signature(algorithm: str):
    keys = ring(algorithm)
    reader = nested(FORMATS["jwt"].reader(keys, "as:email"), keys.decrypter("enc:email"))
    with pytest.raises(InvalidToken, match="key is not trusted"):
        reader(keys.encrypt(issued("jwt", keys, key="as:voip"), key="enc:email"))


@pytest.mark.parametrize("token", ["AB=", "A", "é", "/w", unarmoured("QQ") + "\n"])
def test_an_armour_has_one_spelling(token: str):
    with pytest.raises(InvalidToken, match="malformed"):
        unarmoured(token)
