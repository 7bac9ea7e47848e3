"""A house, its seeds and its judge: what a hostile request comes to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from oauth_model.asgi import Site
from oauth_model.messages import Request, Response
from tests.hostile.attack import Attack
from tests.hostile.estate import Estate
from tests.hostile.exchange import Exchange
from tests.hostile.house import House
from tests.hostile.oracle import Judge
from tests.hostile.requests import attacked
from tests.hostile.residents import Settings
from tests.hostile.seed import Seed
from tests.hostile.seeds import seeds

Road = Callable[[House, str, Request], Response]


def directly(house: House, party: str, request: Request) -> Response:
    """Handed to the party as it is, but as text: lone surrogates are none."""
    fields = tuple((_text(name), _text(value)) for name, value in request.headers)
    texts = (_text(request.method), _text(request.url), fields, _text(request.body))
    return house.ask(party, Request(*texts, request.certificate))


def over_http(house: House, party: str, request: Request) -> Response:
    """As octets through the ASGI application."""
    return asyncio.run(_over_http(house, party, request))


class Siege:
    """Requests to one house; every one of them meets it in the same state."""

    def __init__(self, settings: Settings) -> None:
        self.house = House(settings)
        estate = Estate(self.house)
        estate.furnish()
        self.things = estate.things
        self.seeds = seeds(estate)
        self.judge = Judge(self.things)
        self.house.restore(self.house.snapshot())
        self.before = self.house.snapshot()
        self.counts: Counter[str] = Counter()

    def attack(
        self, name: str, chosen: list[Attack], road: Road = directly, unreachable: bool = False
    ) -> list[str]:
        """Send one hostile request; what is wrong with the answer.

        What nothing was done to after all is not sent.
        """
        seed = self.seeds[name]
        request = attacked(seed.request, chosen, self.things)
        if request == seed.request:
            return []
        exchange = self.send(seed, request, road, unreachable)
        self.counts["still valid" if self.judge.succeeded(exchange) else "refused"] += 1
        return self.judge.complaints(exchange)

    def send(
        self, seed: Seed, request: Request, road: Road = directly, unreachable: bool = False
    ) -> Exchange:
        """One exchange, after which the house is as before."""
        self.house.begin()
        self.house.cut_off(unreachable)
        answer: Response | Exception
        try:
            answer = road(self.house, seed.party, request)
        except Exception as error:
            answer = error
        after = self.house.snapshot()
        if after != self.before:
            self.house.restore(self.before)
        happened = tuple(self.house.happened())
        return Exchange(seed, request, answer, happened, self.before, after, unreachable)


@cache
def siege(settings: Settings) -> Siege:
    """The house of these settings; it is built once."""
    return Siege(settings)


def _text(text: str) -> str:
    return text if text.isascii() else octets(text, "utf-8").decode("utf-8", "replace")


def octets(text: str, coding: str) -> bytes:
    """A text as a careless client would send it."""
    try:
        return text.encode(coding)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


async def _over_http(house: House, party: str, request: Request) -> Response:
    async def answer(understood: Request) -> Response:
        return house.ask(party, understood)

    base, target = _split(request.url)
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "method": request.method,
        "path": path,
        "raw_path": octets(path, "latin-1"),
        "query_string": octets(query, "latin-1"),
        "headers": [(octets(n, "latin-1"), octets(v, "latin-1")) for n, v in request.headers],
    }
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": octets(request.body, "utf-8")}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    await Site(base, {"": answer})(scope, receive, send)
    start, content = said
    fields = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in start["headers"])
    named = tuple((_NAMES.get(name, name), value) for name, value in fields)
    return Response(start["status"], named, content["body"].decode())


_NAMES = {"content-type": "Content-Type", "location": "Location", "cache-control": "Cache-Control"}


def _split(url: str) -> tuple[str, str]:
    parts = urlsplit(url[:200])
    base = f"{parts.scheme}://{parts.netloc}"
    return base, url.removeprefix(base)
