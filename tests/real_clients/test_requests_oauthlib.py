"""requests-oauthlib as the client, over a loopback connection: the same answers on a real wire."""

from __future__ import annotations

import re
import socket
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from oauthlib.oauth2 import (
    BackendApplicationClient,
    InvalidClientError,
    InvalidGrantError,
    InvalidScopeError,
)
from requests_oauthlib import OAuth2Session

EVERYTHING = ["email", "webdav", "voip"]


def confidential(service: Any, scope: list[str] = EVERYTHING) -> OAuth2Session:
    return OAuth2Session(
        service.client_id, redirect_uri=service.redirect_uri, scope=scope, pkce="S256"
    )


def public(service: Any) -> OAuth2Session:
    return OAuth2Session(
        service.public_client_id, redirect_uri=service.redirect_uri, scope=EVERYTHING, pkce="S256"
    )


def authorization_response(session: OAuth2Session, service: Any) -> str:
    """Where the browser is sent, once the user has said yes."""
    url, _ = session.authorization_url(service.authorize)
    redirect = requests.get(url, allow_redirects=False, timeout=30)
    assert redirect.status_code == 302, redirect.text
    return redirect.headers["Location"]


def sign_in(session: OAuth2Session, service: Any, **more: Any) -> dict[str, Any]:
    response = authorization_response(session, service)
    return dict(session.fetch_token(service.token, authorization_response=response, **more))


def by_secret(service: Any) -> dict[str, Any]:
    return {"client_secret": service.client_secret}


def for_itself(service: Any, secret: str, **more: Any) -> OAuth2Session:
    """A client that acts for itself, with its token."""
    session = OAuth2Session(client=BackendApplicationClient(service.client_id))
    session.fetch_token(service.token, client_secret=secret, **more)
    return session


@pytest.mark.clause("RFC 6749 4.1.3 valid")
def test_a_code_and_its_verifier_buy_a_token_that_every_server_takes(on_loopback):
    service = on_loopback()
    session = confidential(service)
    sign_in(session, service, **by_secret(service))
    calls = {"email": "/mail", "webdav": "/files", "voip": "/calls"}
    answers = [session.get(service.servers[name] + path) for name, path in calls.items()]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json() == {"status": "done"}


@pytest.mark.clause("RFC 6749 4.1.2 reuse")
def test_a_code_is_good_once(on_loopback):
    service = on_loopback()
    session = confidential(service)
    response = authorization_response(session, service)
    again = {"authorization_response": response, **by_secret(service)}
    session.fetch_token(service.token, **again)
    with pytest.raises(InvalidGrantError):
        session.fetch_token(service.token, **again)


@pytest.mark.clause("RFC 6749 4.1.2.1 invalid_scope")
@pytest.mark.clause("RFC 6749 4.1.2.1 state")
@pytest.mark.clause("RFC 9207 2 error")
def test_what_goes_wrong_once_the_client_is_known_comes_back_to_it(on_loopback):
    service = on_loopback()
    session = confidential(service, ["unknown"])
    response = authorization_response(session, service)
    assert parse_qs(urlsplit(response).query)["iss"] == [service.issuer]
    with pytest.raises(InvalidScopeError):
        session.fetch_token(service.token, authorization_response=response)


@pytest.mark.clause("RFC 9700 4.14.2 replay")
def test_the_refresh_token_of_a_public_client_rotates_and_its_old_one_is_dead(on_loopback):
    service = on_loopback()
    session = public(service)
    old = sign_in(session, service, include_client_id=True)["refresh_token"]
    identity = {"client_id": service.public_client_id}
    new = session.refresh_token(service.token, **identity)["refresh_token"]
    assert new != old
    with pytest.raises(InvalidGrantError):
        session.refresh_token(service.token, refresh_token=old, **identity)


@pytest.mark.clause("RFC 6749 4.4.3 no refresh token")
def test_a_client_acts_for_itself(on_loopback):
    service = on_loopback()
    session = for_itself(service, service.client_secret)
    assert session.get(f"{service.servers['email']}/mail").status_code == 200
    assert "refresh_token" not in session.token


@pytest.mark.clause("RFC 6749 5.2 invalid_client")
@pytest.mark.parametrize("include_client_id", [False, True])
def test_a_wrong_secret_is_an_invalid_client(on_loopback, include_client_id):
    service = on_loopback()
    with pytest.raises(InvalidClientError):
        for_itself(service, "wrong", include_client_id=include_client_id)


@pytest.mark.clause("RFC 9068 4 aud")
def test_a_token_for_one_server_is_refused_by_the_others(on_loopback):
    service = on_loopback()
    session = confidential(service, ["email"])
    sign_in(session, service, **by_secret(service))
    answer = session.get(f"{service.servers['voip']}/calls")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.clause("interim-2025-01-20 reuse")
def test_a_single_use_token_is_good_once(on_loopback):
    service = on_loopback()
    session = for_itself(service, service.client_secret, scope=["email"], token_use="single")
    answers = [session.get(f"{service.servers['email']}/mail") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert 'error="invalid_token"' in answers[1].headers["WWW-Authenticate"]


@pytest.mark.clause("RFC 6750 3.1 no credentials")
def test_without_a_token_there_is_a_challenge_and_no_error_code(on_loopback):
    answer = requests.get(f"{on_loopback().servers['email']}/mail", timeout=30)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="email"')
    assert "error" not in answer.headers["WWW-Authenticate"]


@pytest.mark.clause("RFC 9728 5.1 challenge")
@pytest.mark.clause("RFC 9728 3.3 resource")
@pytest.mark.parametrize("server", EVERYTHING)
def test_a_challenge_leads_to_the_server_that_issues_tokens(on_loopback, server):
    service = on_loopback()
    challenge = requests.get(service.servers[server], timeout=30).headers["WWW-Authenticate"]
    [url] = re.findall('resource_metadata="([^"]+)"', challenge)
    about = requests.get(url, timeout=30).json()
    assert about["resource"] == service.servers[server]  # RFC 9728 3.3: MUST be identical
    assert about["authorization_servers"] == [service.issuer]
    assert about["scopes_supported"] == [server]


@pytest.mark.clause("RFC 6749 5.1 no-store")
def test_a_token_response_is_not_to_be_stored(on_loopback):
    service = on_loopback()
    form = {"grant_type": "client_credentials"}
    auth = (service.client_id, service.client_secret)
    answer = requests.post(service.token, data=form, auth=auth, timeout=30)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


HOSTILE = {
    b"GET /rs/email/mail HTTP/1.1\r\n\r\n": b"400",  # no Host
    b"GET * HTTP/1.1\r\nHost: x\r\n\r\n": b"400",
    b"GET http://evil.example.com/rs/email/mail HTTP/1.1\r\nHost: x\r\n\r\n": b"401",
    b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\xff\xfe": b"400",
    b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n": b"400",
    b"GET /authorize?client_id=%ff%00&\x01 HTTP/1.1\r\nHost: x\r\n\r\n": b"400",
    b"GET /rs/email/mail HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xe9\r\n\r\n": b"401",
    b"\x16\x03\x01\x02\x00\x01": b"400",  # a client that speaks TLS
}


@pytest.mark.parametrize("octets", HOSTILE)
def test_what_is_hardly_http_gets_a_status_of_4xx(on_loopback, octets):
    parts = urlsplit(on_loopback().issuer)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096).split()[1] == HOSTILE[octets]
