"""The parties behind real HTTP: an ASGI 3 application, for real clients.

Rule: it translates and nothing else. Whatever a client sends becomes a `Request` that a party
answers; what is no text is made one (U+FFFD stands for what is not UTF-8, as it does for
percent-encoded bytes), so that the party refuses it and nothing fails on the way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from oauth_model.messages import Request, Response

#: The types of the ASGI specification.
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: What a party answers to a request.
Answer = Callable[[Request], Awaitable[Response]]

#: The longest body that is read, in bytes; no OAuth request comes near it.
MOST_BYTES = 1 << 20
#: RFC 9110 15.5.14: the rest of the body is not read, so the connection is of no more use.
TOO_LARGE = Response(413, (("Connection", "close"),))
#: RFC 9112 3.2: neither a path nor a URI that has one (`*`, or an authority alone).
NO_PATH = Response(400)


class Site:
    """Several parties behind one address.

    `base` is the URL of the site as clients know it, without a slash at its end. It stands in every
    request in place of the Host field, which anybody can write. `mounts`: path prefix → who answers
    below it; the longest that fits wins, and "" fits always.
    """

    def __init__(self, base: str, mounts: Mapping[str, Answer]) -> None:
        self.base = base
        self.mounts = mounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's lifespan.

        Raises ValueError for another protocol, as ASGI wants it.
        """
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            body = await _body(receive)
            if body is not None:
                await _respond(await self._answer(scope, body), send)
        else:
            raise ValueError(f"{scope['type']!r} is not spoken here")

    async def _answer(self, scope: Scope, body: bytes) -> Response:
        path = _path(scope)
        if not path.startswith("/"):
            return NO_PATH
        if len(body) > MOST_BYTES:
            return TOO_LARGE
        query = _text(scope.get("query_string", b""))
        request = Request(
            scope["method"],
            f"{self.base}{path}?{query}" if query else f"{self.base}{path}",
            tuple((_text(name), _text(value)) for name, value in scope["headers"]),
            body.decode("utf-8", "replace"),
        )
        return await self.mounts[self._mount(path)](request)

    def _mount(self, path: str) -> str:
        above = [mount for mount in self.mounts if f"{path}/".startswith(f"{mount}/")]
        return max(above, key=len)


def _path(scope: Scope) -> str:
    """The path as it was sent, percent-encoding and all."""
    raw = scope.get("raw_path")  # ASGI: optional, and not there under every server
    target = quote(scope["path"], errors="replace") if raw is None else _text(raw)
    if target.startswith("/"):
        return target
    _, is_uri, rest = target.partition("://")  # RFC 9112 3.2.2: a server must accept that too
    return f"/{rest.partition('/')[2]}" if is_uri else ""


def _text(octets: bytes) -> str:
    """What stands in the head of a message; every byte is a character (RFC 9110 5.5)."""
    return octets.decode("latin-1")


async def _body(receive: Receive) -> bytes | None:
    """The body, or a little more than `MOST_BYTES` of it; None when the client has gone."""
    body = bytearray()
    while len(body) <= MOST_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def _respond(response: Response, send: Send) -> None:
    content = response.body.encode()
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in (*response.headers, ("Content-Length", str(len(content))))
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _live(receive: Receive, send: Send) -> None:
    """There is nothing to prepare and nothing to tidy up."""
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return
