"""Mail: where links arrive, and the gateway that opens every link before its reader does.

The scanner is no thief, but to the link's one use it is one: its presentations are those of another
actor, `scanner`, never the client's. Each mail is scanned with a probability, after a delay.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from oauth_model.flows import Flow, Wait
from oauth_model.messages import Request, Response
from sim.choices import Cause, Copy, Fate, Law
from sim.clocks import US_PER_MS, US_PER_S
from sim.distributions import Distribution
from sim.scenario_world import Action
from sim.world.attackers import replay, start_later
from sim.world.node import Node
from sim.world.world import World


class _Mail(NamedTuple):
    """A mail: the link that it holds, and when its reader gets to it."""

    link: str
    read_us: int


class Mailbox:
    """Takes a mail with a link (POST) and gives it to its reader (GET), once they get to it.

    `page` is the server that the links lead to.
    """

    def __init__(self, world: World, node: Node, page: str, action: Action) -> None:
        self.world, self.node, self.page = world, node, page
        self._mails: dict[str, _Mail] = {}
        self._delay_ms = action.scanner.delay.sampler()
        self._probability = action.scanner.probability
        often = {0.0: (0,), 1.0: (1,)}.get(self._probability, (0, 1))
        self._scanner = Law("mail > scanner", self._scan, often)
        self._reader = Law("mail > reader", _after(action.read_after))

    def handle(self, request: Request) -> Flow[Response]:
        """Answer the page that sends a mail, or the person who looks for it."""
        path = urlsplit(request.url).path
        if request.method == "POST":
            self._take(path, request.body)
            return Response(201)
        mail = self._mails.get(path)
        if mail is None:
            return Response(404)
        yield Wait(max(0, mail.read_us - self.world.env.now_us) / US_PER_S)
        return Response(200, (("Content-Type", "text/plain"),), mail.link)

    def _take(self, path: str, link: str) -> None:
        job = self.world.running
        assert job is not None, "a mail comes with a request"
        if path in self._mails:  # the network doubled it
            return
        cause = Cause(job.intention, "mail", job.attempt, 0)
        delay_us = self.world.choices.fate(self._reader, cause)[0].delay_us
        self._mails[path] = _Mail(link, self.world.env.now_us + delay_us)
        for opened in self.world.choices.fate(self._scanner, cause):
            flow = replay(self.page, Request("GET", link))
            start_later(self.world, self.node, flow, job, "scanner", opened.delay_us, 0)

    def _scan(self, random: Random) -> Fate:
        scanned, delay_ms = random.random() < self._probability, self._delay_ms(random)
        return (Copy(int(delay_ms * US_PER_MS + 0.5), 0),) if scanned else ()


def _after(duration: Distribution) -> Callable[[Random], Fate]:
    sampler = duration.sampler()
    return lambda random: (Copy(int(sampler(random) * US_PER_MS + 0.5), 0),)
