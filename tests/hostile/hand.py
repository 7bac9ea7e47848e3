"""How a request is taken apart and put together again: raw, so that nothing is mended."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote_plus

from oauth_model.messages import FORM, Headers, Request


class Part(NamedTuple):
    """`name=value` as it stands in a query or a form; `sign` is empty where there is none."""

    name: str
    sign: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}{self.sign}{self.value}"


def in_body(request: Request) -> bool:
    """Whether the parameters of this request stand in its body."""
    return request.method == "POST"


def raw(request: Request) -> str:
    """The text of the parameters as it was sent."""
    return request.body if in_body(request) else request.url.partition("?")[2]


def with_raw(request: Request, text: str) -> Request:
    """The request with these parameters, at the place where it has them."""
    if in_body(request):
        return request._replace(body=text)
    return request._replace(url=f"{request.url.partition('?')[0]}?{text}")


def parts(request: Request) -> list[Part]:
    """The parameters, still encoded."""
    return [Part(*piece.partition("=")) for piece in raw(request).split("&") if piece]


def with_parts(request: Request, pieces: list[Part]) -> Request:
    """The request with these parameters in this order."""
    return with_raw(request, "&".join(map(str, pieces)))


@lru_cache(maxsize=1024)
def encoded(text: str) -> str:
    """A value as a form carries it; what has no UTF-8 goes as the octets it would have had."""
    return quote_plus(text.encode("utf-8", "surrogatepass"))


def pair(name: str, value: str) -> Part:
    """A parameter, encoded."""
    return Part(encoded(name), "=", encoded(value))


def with_header(request: Request, name: str, *values: str) -> Request:
    """The request with one header field for each value in the place of all of this name."""
    kept = tuple(field for field in request.headers if field[0].lower() != name.lower())
    return request._replace(headers=(*kept, *((name, value) for value in values)))


def headers(request: Request, name: str) -> list[str]:
    """All values of a header field."""
    return [value for key, value in request.headers if key.lower() == name.lower()]


def credentials(field: str) -> tuple[str, str]:
    """Scheme, which has no case (RFC 9110 11.1), and credentials of an Authorization field."""
    scheme, _, rest = field.partition(" ")
    return scheme.lower(), rest.strip(" ")


def substituted(request: Request, old: str, new: str) -> Request:
    """The request with one thing in the place of another, where it shows it first."""
    fields: Headers = tuple((name, value.replace(old, new, 1)) for name, value in request.headers)
    url = request.url.replace(encoded(old), encoded(new), 1)
    body = request.body.replace(encoded(old), encoded(new), 1)
    return request._replace(headers=fields, url=url, body=body)


def shows(request: Request, thing: str) -> bool:
    """Whether a thing stands in the request."""
    fields = any(thing in value for _, value in request.headers)
    return fields or encoded(thing) in request.url or encoded(thing) in request.body


def as_form(request: Request) -> Request:
    """The request with its body called a form."""
    return with_header(request, "Content-Type", FORM)
