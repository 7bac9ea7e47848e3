"""RFC 7523: private_key_jwt, and the dispute about what names the authorization server in `aud`."""

from functools import cache
from typing import Any

import pytest

from oauth_model.client_assertion import (
    ASSERTION_AUDIENCE,
    LONGEST_LIFETIME_S,
    Assertion,
    assertion_key,
    audiences,
    check_assertion,
    claimed_client,
    make_assertion,
)
from oauth_model.dpop import make_proof
from oauth_model.errors import InvalidClient
from oauth_model.flows import StoreCall
from oauth_model.jose import ALGORITHMS, Keys
from oauth_model.replay import ReplayStore

HONEST, EVIL = "https://as.example.com", "https://evil.example.net"
TOKEN_ENDPOINT = f"{HONEST}/token"
NOW_S = 1_700_000_000.5
CLAIMS: dict[str, Any] = {
    "iss": "mail-client",
    "sub": "mail-client",
    "aud": HONEST,
    "jti": "assertion-1",
    "iat": 1_700_000_000,
    "exp": 1_700_000_060,
}
TYPE = "client-authentication+jwt"


@cache
def ring(algorithm: str = "EdDSA") -> Keys:
    return Keys(algorithm, 7)


def signed(claims: dict[str, Any] = CLAIMS, *, key: str = "client", typ: str = TYPE) -> str:
    return ring().sign(claims, key=key, typ=typ)


def checked(assertion: str, policy: str = "issuer", **changes: Any) -> Assertion:
    """What the honest server says to an assertion of its client."""
    expected: dict[str, Any] = {"client_id": "mail-client", "now_s": NOW_S, "policy": policy}
    expected["audiences"] = audiences(policy, HONEST, TOKEN_ENDPOINT)
    return check_assertion(assertion, ring().verifier("client").verify, **(expected | changes))


def made(audience: str, policy: str, algorithm: str = "EdDSA") -> str:
    who: dict[str, Any] = {"client_id": "mail-client", "audience": audience, "jti": "assertion-1"}
    return make_assertion(ring(algorithm), "client", **who, now_s=NOW_S, policy=policy)


@pytest.mark.clause("RFC 7523 3 identity", "RFC 7523 3 aud", "RFC 7523 3 signature")
@pytest.mark.parametrize("policy", ASSERTION_AUDIENCE)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_the_client_makes_the_server_accepts(algorithm: str, policy: str):
    accepted = audiences(policy, HONEST, TOKEN_ENDPOINT)
    asked: dict[str, Any] = {"client_id": "mail-client", "now_s": NOW_S, "policy": policy}
    verify = ring(algorithm).verifier("client").verify
    read = check_assertion(
        made(accepted[-1], policy, algorithm), verify, audiences=accepted, **asked
    )
    assert read == ("mail-client", "assertion-1", 1_700_000_060.0)


#: A claim that has to be there, and the topic that says so.
MEMBERS = [
    ("identity", "iss"),
    ("identity", "sub"),
    ("aud", "aud"),
    ("exp", "exp"),
    ("jti", "jti"),
]
#: clause, what is wrong, the assertion, and what the server says of it.
FAULTS: list[tuple[str, str, str, str]] = [
    ("identity", "other iss", signed(CLAIMS | {"iss": "other"}), "not the client's"),
    ("identity", "other sub", signed(CLAIMS | {"sub": "other"}), "not the client's"),
    *(
        (clause, f"no {name}", signed({k: v for k, v in CLAIMS.items() if k != name}), name)
        for clause, name in MEMBERS
    ),
    ("aud", "other server", signed(CLAIMS | {"aud": EVIL}), "another audience"),
    ("aud", "none of several", signed(CLAIMS | {"aud": []}), "another audience"),
    ("aud", "a number", signed(CLAIMS | {"aud": 1}), "aud"),
    ("aud", "one slash more", signed(CLAIMS | {"aud": f"{HONEST}/"}), "another audience"),
    ("exp", "now", signed(CLAIMS | {"exp": NOW_S}), "expired"),
    ("exp", "for ever", signed(CLAIMS | {"exp": NOW_S + LONGEST_LIFETIME_S + 1}), "too long"),
    ("exp", "no number", signed(CLAIMS | {"exp": "1800000000"}), "exp"),
    ("exp", "nbf", signed(CLAIMS | {"nbf": NOW_S + 1}), "not valid yet"),
    ("jti", "a number", signed(CLAIMS | {"jti": 1}), "jti"),
    ("signature", "other key", signed(key="other-key"), "key is not trusted"),
    ("signature", "none", f"{signed().rsplit('.', 1)[0]}.", "signature is not valid"),
    ("signature", "no JWT", "assertion", "malformed"),
]


@pytest.mark.clause("RFC 7523 3.2 invalid_client")
@pytest.mark.parametrize("policy", ASSERTION_AUDIENCE)
@pytest.mark.parametrize(
    ("assertion", "says"),
    [
        pytest.param(
            *(assertion, says),
            id=f"{topic}: {fault}",
            marks=pytest.mark.clause(f"RFC 7523 3 {topic}"),
        )
        for topic, fault, assertion, says in FAULTS
    ],
)
def test_one_fault_is_an_invalid_client(assertion: str, says: str, policy: str):
    with pytest.raises(InvalidClient, match=says):
        checked(assertion, policy)


@pytest.mark.clause("RFC 7523 3 exp")
def test_the_leeway_goes_both_ways():
    late, early = {"exp": NOW_S - 4.0}, {"nbf": NOW_S + 5.0}
    for claims in (late, early):
        assert checked(signed(CLAIMS | claims), leeway_s=5.0).jti == "assertion-1"
        with pytest.raises(InvalidClient):
            checked(signed(CLAIMS | claims), leeway_s=3.0)


@pytest.mark.clause("RFC 8725 3.12 exclusive")
@pytest.mark.parametrize(
    ("typ", "accepted_by"),
    [
        (TYPE, {"issuer", "token_endpoint"}),
        (f"application/{TYPE.upper()}", {"issuer", "token_endpoint"}),
        ("JWT", {"token_endpoint"}),
        ("at+jwt", set()),
        ("dpop+jwt", set()),
    ],
)
def test_the_type_keeps_other_tokens_out(typ: str, accepted_by: set[str]):
    for policy in ASSERTION_AUDIENCE:
        if policy in accepted_by:
            assert checked(signed(typ=typ), policy).client_id == "mail-client"
        else:
            with pytest.raises(InvalidClient, match="not a client assertion"):
                checked(signed(typ=typ), policy)


def test_a_dpop_proof_under_the_same_key_is_no_assertion():
    about: dict[str, Any] = {"method": "POST", "url": TOKEN_ENDPOINT, "jti": "1", "now_s": NOW_S}
    with pytest.raises(InvalidClient, match="key is not trusted"):
        checked(make_proof(ring(), "client", **about))


@pytest.mark.clause("RFC 7523 3 aud")
@pytest.mark.parametrize("named", [[HONEST], [HONEST, EVIL], [EVIL, TOKEN_ENDPOINT]])
def test_an_array_is_read_by_rfc7523_and_refused_by_its_successor(named: list[str]):
    assertion = signed(CLAIMS | {"aud": named})
    assert checked(assertion, "token_endpoint").jti == "assertion-1"
    with pytest.raises(InvalidClient, match=r"sole audience|another audience"):
        checked(assertion, "issuer")


@pytest.mark.clause("RFC 7523 3 aud")
@pytest.mark.parametrize(
    ("client", "server", "served"),
    [
        ("issuer", "issuer", True),
        ("issuer", "token_endpoint", True),
        ("token_endpoint", "token_endpoint", True),
        ("token_endpoint", "issuer", False),  # the price: clients change before servers do
    ],
)
def test_who_understands_whom_while_the_field_changes(client: str, server: str, served: bool):
    assertion = made(audiences(client, HONEST, TOKEN_ENDPOINT)[-1], client)
    try:
        checked(assertion, server)
    except InvalidClient:
        assert not served
    else:
        assert served


@pytest.mark.clause("RFC 7523 3 aud")
@pytest.mark.parametrize("server", ASSERTION_AUDIENCE)
@pytest.mark.parametrize("client", ASSERTION_AUDIENCE)
def test_audience_confusion_needs_both_sides_to_accept_the_endpoint(client: str, server: str):
    """A malicious server names the honest one's token endpoint and gets the assertion at its PAR.

    The client is registered at both under one name. It compares the metadata's issuer with the one
    that it configured (RFC 8414 3.3), so that is the one member the server cannot choose.
    """
    metadata = {
        "issuer": EVIL,
        "token_endpoint": TOKEN_ENDPOINT,
        "pushed_authorization_request_endpoint": f"{EVIL}/par",
    }
    audience = audiences(client, metadata["issuer"], metadata["token_endpoint"])[-1]
    stolen = made(audience, client)  # sent to the PAR endpoint, as the metadata say
    if client == server == "token_endpoint":
        assert checked(stolen, server).client_id == "mail-client"
    else:
        with pytest.raises(InvalidClient, match=r"another audience|not a client assertion"):
            checked(stolen, server)


@pytest.mark.clause("RFC 7523 3 signature")
def test_one_client_cannot_sign_for_another():
    forged = signed(key="other-key")
    assert claimed_client(forged, ring().verifier("client", "other-key").verify) == "mail-client"
    with pytest.raises(InvalidClient, match="key is not trusted"):
        checked(forged)


@pytest.mark.clause("RFC 7523 3.2 invalid_client")
@pytest.mark.parametrize(
    "assertion", ["", "a.b.c", signed({}), signed({"sub": 1}), signed(key="x")]
)
def test_an_assertion_that_names_nobody_is_an_invalid_client(assertion: str):
    with pytest.raises(InvalidClient):
        claimed_client(assertion, ring().verifier("client").verify)


@pytest.mark.clause("RFC 7523 3 jti")
def test_an_assertion_is_good_once_per_client_and_server():
    store, read = ReplayStore(), checked(signed())
    keys = [assertion_key(HONEST, read)] * 2 + [
        assertion_key(EVIL, read),
        assertion_key(HONEST, read._replace(client_id="other-client")),
        assertion_key(HONEST, read._replace(jti="assertion-2")),
    ]
    calls = [StoreCall("shared", "insert", key, read.expires_at_s) for key in keys]
    assert [store.apply(call, NOW_S).granted for call in calls] == [True, False, True, True, True]
    assert keys[0].kind == "client_assertion"
