"""The ASGI application translates, and nothing that a client sends makes it fail. No network."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from oauth_model.asgi import MOST_BYTES, Site
from oauth_model.messages import Request, Response

BASE = "http://127.0.0.1:8080"
GET = {
    "type": "http",
    "method": "GET",
    "path": "/mail",
    "raw_path": b"/mail",
    "query_string": b"",
    "headers": [],
}
OK = Response(200)
NO_BODY = {"type": "http.request", "body": b"", "more_body": False}


class Party:
    """Says whom it is, and remembers what it was asked."""

    def __init__(self, answer: Response) -> None:
        self.answer, self.asked = answer, list[Request]()

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answer


class Behind:
    """A site with two parties, and what it says to a connection."""

    def __init__(self, answer: Response = OK) -> None:
        self.server, self.email = Party(answer), Party(Response(200, (), "mail"))
        self.site = Site(BASE, {"": self.server, "/rs/email": self.email})

    def says(self, *messages: dict[str, Any], **scope: Any) -> list[dict[str, Any]]:
        incoming, said = iter(messages or [NO_BODY]), list[dict[str, Any]]()

        async def receive() -> dict[str, Any]:
            return next(incoming)

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        asyncio.run(self.site(GET | scope, receive, send))
        return said

    def asked(self, *messages: dict[str, Any], **scope: Any) -> Request:
        self.says(*messages, **scope)
        [request] = self.server.asked
        return request

    def status(self, *messages: dict[str, Any], **scope: Any) -> int:
        return int(self.says(*messages, **scope)[0]["status"])


@pytest.fixture
def behind() -> Behind:
    return Behind()


def body(*parts: bytes) -> list[dict[str, Any]]:
    last = len(parts) - 1
    return [
        {"type": "http.request", "body": part, "more_body": n < last}
        for n, part in enumerate(parts)
    ]


def test_the_party_sees_the_url_that_the_client_sees(behind):
    scope = {"path": "/a b", "raw_path": b"/a%20b", "query_string": b"x=%2F&x=2"}
    assert behind.asked(**scope).url == f"{BASE}/a%20b?x=%2F&x=2"


def test_the_host_field_is_not_believed(behind):
    request = behind.asked(headers=[(b"host", b"evil.example.com")])
    assert request.url == f"{BASE}/mail"
    assert request.header("Host") == "evil.example.com"


def test_header_fields_keep_order_repetitions_and_every_octet(behind):
    headers = [(b"x-b", b"1"), (b"X-A", b"\xe9\xff"), (b"x-b", b"2")]
    assert behind.asked(headers=headers).headers == (("x-b", "1"), ("X-A", "éÿ"), ("x-b", "2"))


def test_a_body_that_comes_in_parts_is_one(behind):
    assert behind.asked(*body(b"grant_", b"type=\xc3", b"\xa9"), method="POST").body == (
        "grant_type=é"
    )


def test_a_server_that_gives_no_raw_path_is_understood(behind):
    assert behind.asked(path="/a b/é", raw_path=None).url == f"{BASE}/a%20b/%C3%A9"


@pytest.mark.parametrize("path", ["/rs/email", "/rs/email/mail", "/rs/email/../../token"])
def test_what_is_below_a_mount_is_for_its_party(behind, path):
    behind.says(raw_path=path.encode())
    assert [request.url for request in behind.email.asked] == [BASE + path]


@pytest.mark.parametrize("path", ["/rs/emails/mail", "/rs%2Femail/mail", "/RS/email", "//rs/email"])
def test_what_only_looks_like_it_is_not(behind, path):
    behind.says(raw_path=path.encode())
    assert behind.email.asked == []
    assert [request.url for request in behind.server.asked] == [BASE + path]


@pytest.mark.clause("RFC 9112 3.2.2")
def test_an_absolute_uri_is_understood_and_its_authority_not_believed(behind):
    target = b"http://evil.example.com/rs/email/mail"
    assert behind.says(raw_path=target)[1]["body"] == b"mail"
    assert behind.email.asked[0].url == f"{BASE}/rs/email/mail"


@pytest.mark.parametrize(
    "target", [b"*", b"evil.example.com:443", b"", b"@evil.example.com", b"\xff"]
)
def test_a_target_without_a_path_is_a_bad_request(behind, target):
    assert behind.status(raw_path=target) == 400
    assert behind.server.asked == []


@pytest.mark.clause("RFC 9110 15.5.14")
def test_a_body_beyond_the_limit_is_not_read_to_its_end(behind):
    endless = body(*[b"x" * 65536] * (MOST_BYTES // 65536 + 1), b"never read")
    said = behind.says(*endless[:-1], method="POST")
    assert said[0]["status"] == 413
    assert (b"connection", b"close") in said[0]["headers"]
    assert behind.server.asked == []


def test_a_body_of_just_the_limit_is_read(behind):
    assert len(behind.asked(*body(b"x" * MOST_BYTES), method="POST").body) == MOST_BYTES


@pytest.mark.parametrize("octets", [b"\xff\xfe", b"code=\xc3", b"\xed\xa0\x80", b"\x00"])
def test_a_body_that_is_not_utf_8_becomes_text_that_can_be_refused(behind, octets):
    text = behind.asked(*body(octets), method="POST").body
    assert text == octets.decode("utf-8", "replace")
    text.encode()  # no lone surrogates


def test_whatever_octets_stand_in_path_query_and_fields_the_party_is_asked(behind):
    octets = bytes(range(256))
    behind.says(
        raw_path=b"/" + octets, query_string=octets, headers=[(octets, octets)], method="\x00"
    )
    assert len(behind.server.asked) == 1


def test_a_path_with_lone_surrogates_is_no_error(behind):
    assert behind.asked(path="/\udc80", raw_path=None).url == f"{BASE}/%3F"


def test_missing_parts_of_a_message_are_empty(behind):
    scope = {"query_string": b""}
    assert behind.asked({"type": "http.request"}, **scope) == Request("GET", f"{BASE}/mail")


def test_a_client_that_goes_away_is_not_answered_and_nobody_is_asked(behind):
    part = {"type": "http.request", "body": b"half", "more_body": True}
    assert behind.says(part, {"type": "http.disconnect"}) == []
    assert behind.server.asked == []


def test_the_answer_is_sent_as_it_is():
    answer = Response(401, (("WWW-Authenticate", "Bearer"), ("Set-Cookie", "ÿ")), "é")
    start, content = Behind(answer).says()
    assert start["status"] == 401
    assert start["headers"] == [
        (b"www-authenticate", b"Bearer"),
        (b"set-cookie", b"\xff"),
        (b"content-length", b"2"),
    ]
    assert content == {"type": "http.response.body", "body": "é".encode()}


def test_a_field_value_that_no_field_can_hold_is_no_error():
    start = Behind(Response(302, (("Location", "/\u2603"),))).says()[0]
    assert (b"location", b"/?") in start["headers"]


def test_the_lifespan_of_the_server_is_lived_through(behind):
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    assert behind.says(*events, type="lifespan") == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]


def test_another_protocol_is_refused_as_asgi_wants_it(behind):
    with pytest.raises(ValueError, match="websocket"):
        behind.says(type="websocket")
