"""Protocol errors: the bodies of RFC 6749 5.2 and the challenges of RFC 6750 3."""

import re
from inspect import isclass

import pytest

from oauth_model import errors
from oauth_model.errors import (
    InsufficientScope,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    Unauthenticated,
)

REGISTERED = [
    kind
    for kind in vars(errors).values()
    if isclass(kind) and issubclass(kind, OAuthError) and kind is not OAuthError
]


@pytest.mark.clause("RFC 6749 5.2 status")
def test_rfc6749_5_2_the_example_response():
    assert InvalidRequest().token_response().wire() == (
        "HTTP/1.1 400 Bad Request\n"
        "Content-Type: application/json\n"
        "Cache-Control: no-store\n"
        "Pragma: no-cache\n"
        "\n"
        '{"error": "invalid_request"}'
    )


def test_rfc6749_5_2_the_description_and_more_members_follow_the_error():
    response = InvalidGrant(
        "the code was used before", error_uri="https://e.example"
    ).token_response()
    assert list(response.json().items()) == [
        ("error", "invalid_grant"),
        ("error_description", "the code was used before"),
        ("error_uri", "https://e.example"),
    ]


@pytest.mark.clause("RFC 6750 3.1 no credentials")
def test_rfc6750_3_no_credentials_no_error_code():
    response = Unauthenticated("not said").challenge_response("example")
    assert response.wire() == 'HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer realm="example"'


@pytest.mark.clause("RFC 6750 3 challenge")
def test_rfc6750_3_an_expired_token():
    response = InvalidToken("The access token expired").challenge_response("example")
    assert response.status == 401
    assert response.header("WWW-Authenticate") == (
        'Bearer realm="example", error="invalid_token", '
        'error_description="The access token expired"'
    )


@pytest.mark.clause("RFC 6750 3.1 insufficient_scope")
def test_rfc6750_3_1_insufficient_scope_may_name_the_scope():
    response = InsufficientScope(scope="payments").challenge_response("example")
    assert response.status == 403
    assert response.header("WWW-Authenticate") == (
        'Bearer realm="example", error="insufficient_scope", scope="payments"'
    )


def test_rfc9449_7_1_the_scheme_of_a_challenge_may_be_dpop():
    header = InvalidToken().challenge_response("example", "DPoP").header("WWW-Authenticate")
    assert header == 'DPoP realm="example", error="invalid_token"'


@pytest.mark.clause("RFC 6750 3 attributes")
@pytest.mark.parametrize("kind", REGISTERED)
def test_rfc6750_3_each_attribute_appears_once(kind: type[OAuthError]):
    challenge = kind("why", realm="other", scope="a").challenge_response("example").headers[0][1]
    names = re.findall(r'(\w+)="', challenge)
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("kind", REGISTERED)
def test_every_error_names_its_clause_and_a_client_error_status(kind: type[OAuthError]):
    assert re.match(r"RFC \d+ \d|draft-", kind.clause)
    assert 400 <= kind.status < 500
    assert re.fullmatch(r"[a-z_]*", kind.error)


def test_rfc6750_3_1_the_three_codes_have_their_statuses():
    statuses = {
        kind.error: kind.status for kind in (InvalidRequest, InvalidToken, InsufficientScope)
    }
    assert statuses == {"invalid_request": 400, "invalid_token": 401, "insufficient_scope": 403}


def test_every_code_has_one_class():
    codes = [kind.error for kind in REGISTERED]
    assert len(codes) == len(set(codes))
