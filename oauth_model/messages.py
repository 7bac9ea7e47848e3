"""HTTP as frozen data: what the parties of the model say to each other.

A message carries only what would be on the wire. Who sent it, for which intention and in which
attempt is the envelope's business (the world's), never the protocol's.

Named tuples rather than frozen dataclasses: a run creates millions of them, and a frozen dataclass
costs four times as much to make (docs/decisions.md).
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from oauth_model.short_texts import LONGEST, REMEMBERED, remembered

Headers = tuple[tuple[str, str], ...]

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
#: RFC 6749 5.1: both headers on every response that holds a token.
NO_STORE: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))

#: For answers that promise nothing happened; in seconds (RFC 9110 10.2.3).
RETRY_SOON: Headers = (("Retry-After", "1"),)


class Request(NamedTuple):
    """An HTTP request (RFC 9110): method, absolute URI, header fields in order, body text.

    `certificate` is what the TLS connection says about its client, beside the message: the SHA-256
    thumbprint of the certificate whose key it proved to hold (RFC 8705 3.1), empty for none.
    """

    method: str
    url: str
    headers: Headers = ()
    body: str = ""
    certificate: str = ""

    def header(self, name: str) -> str | None:
        """The value of a header field, or None; names compare without case (RFC 9110 5.1)."""
        return header(self.headers, name)

    def query(self) -> list[tuple[str, str]]:
        """The parameters of the query component, in order and with repetitions."""
        return parsed(urlsplit(self.url).query)

    def form(self) -> list[tuple[str, str]]:
        """The parameters of a form body, in order and with repetitions."""
        return parsed(self.body)

    def is_form(self) -> bool:
        """Whether the body is called a form; media types compare without case (RFC 9110 8.3.1)."""
        media_type, _, _ = (self.header("Content-Type") or "").partition(";")
        return media_type.strip().lower() == FORM

    def wire(self) -> str:
        """The text an HTTP/1.1 connection would carry, laid out as in the figures of the RFCs."""
        parts = urlsplit(self.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{self.method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
        return _wire(lines, self.headers, self.body)


#: `new_request(Request, …)` is `Request(…)` in less than half the time: no class is called, which
#: would ask by name for what makes its objects, each time. So are others made of which a run makes
#: one for each message.
new_request = Request.__new__


class Response(NamedTuple):
    """An HTTP response: status code, header fields in order, body text."""

    status: int
    headers: Headers = ()
    body: str = ""

    def header(self, name: str) -> str | None:
        """The value of a header field, or None; names compare without case (RFC 9110 5.1)."""
        return header(self.headers, name)

    def json(self) -> dict[str, Any]:
        """The members of a JSON object body; an empty dict when the body is no JSON object."""
        try:
            members = json.loads(self.body)
        except ValueError:
            return {}
        return members if isinstance(members, dict) else {}

    def wire(self) -> str:
        """The text an HTTP/1.1 connection would carry, laid out as in the figures of the RFCs."""
        return _wire([f"HTTP/1.1 {self.status} {REASONS[self.status]}"], self.headers, self.body)


REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header field, or None; names compare without case."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def form_post(url: str, parameters: list[tuple[str, str]], headers: Headers = ()) -> Request:
    """A POST with a form body, as every request to a token endpoint is (RFC 6749 3.2)."""
    return Request("POST", url, (*headers, ("Content-Type", FORM)), written(parameters))


def json_response(status: int, members: dict[str, Any], headers: Headers = ()) -> Response:
    """A response with a JSON object as its body; members keep their order."""
    return Response(status, (("Content-Type", JSON), *headers), json.dumps(members))


def with_query(url: str, parameters: list[tuple[str, str]]) -> str:
    """The URL with the parameters added to its query component (RFC 6749 appendix B)."""
    return f"{url}{'&' if urlsplit(url).query else '?'}{written(parameters, errors='replace')}"


def written(parameters: list[tuple[str, str]], errors: str = "strict") -> str:
    """The parameters as a form or a query component (application/x-www-form-urlencoded)."""
    pairs = tuple(parameters)
    short = sum(len(value) for _, value in pairs) < LONGEST
    return (_written if short else urlencode)(pairs, errors=errors)


def parsed(text: str) -> list[tuple[str, str]]:
    """The parameters in a form or a query component; a name without a value has an empty one."""
    return list(_parsed(text))


@remembered
def _parsed(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(text, keep_blank_values=True))


_written = lru_cache(maxsize=REMEMBERED)(urlencode)


def repeated(parameters: list[tuple[str, str]]) -> bool:
    """Whether one of the parameters comes twice, which OAuth forbids (RFC 6749 3.1, 3.2)."""
    return len(dict(parameters)) != len(parameters)


def _wire(lines: list[str], headers: Headers, body: str) -> str:
    lines.extend(f"{name}: {value}" for name, value in headers)
    return "\n".join([*lines, "", body] if body else lines)
