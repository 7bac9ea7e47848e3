"""The workload: intentions begin one after the other, each with a client of its own."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from oauth_model.client import Client
from oauth_model.connection import Connection
from oauth_model.retry import CallResult
from oauth_model.stories import OWN_SESSION, STORIES
from sim.choices import Cause, Copy, Fate, Law, new_cause, new_copy
from sim.clocks import US_PER_MS, microseconds
from sim.distributions import Distribution
from sim.scenario_parties import ClientPart
from sim.trace import Row
from sim.world.jobs import Job
from sim.world.node import Node
from sim.world.past import Past
from sim.world.timed import Happening
from sim.world.world import World


class Workload:
    """Begins every intention at its instant and records how it ended.

    Each intention is that of a user of its own, with a copy of the session client's wallet: what
    one intention swaps in is not seen by another. What a user's tabs share is up to its story.
    Where a story uses up its refresh token, each user has signed in by itself (`sign_in`).
    """

    def __init__(self, world: World, node: Node, sign_in: Callable[[], Client]) -> None:
        self.world, self.node, self.sign_in = world, node, sign_in
        self.session = sign_in()
        self.intentions = world.scenario.workload.intentions
        self.story = STORIES[world.scenario.story]
        self.own_session = world.scenario.story in OWN_SESSION
        connection = _below(world.scenario.client)
        self.below = None if connection.transparent else connection
        self.servers = tuple(self.session.targets)
        self.open: dict[int, Job] = {}
        self.past: Past | None = None  #: what is let go of, if anything
        self.begun = 0
        self.warm_up_us = microseconds(world.scenario.workload.warm_up_s)
        self.warm = not self.warm_up_us  #: nothing that is begun now is left out of the measures
        self.gap = _gap(world.scenario.workload.gap)
        self._await()

    def _await(self) -> None:
        """The next intention begins after a gap, if there is another."""
        if self.begun < self.intentions:
            fate = self.world.choices.fate(self.gap, new_cause(Cause, self.begun, "user", 0, 0))
            self.world.env.post(Happening(self._begin), fate[0].delay_us)

    def _begin(self, _: Happening) -> None:
        if not self.warm and self.world.env.now_us >= self.warm_up_us:
            self._end_warm_up()
        intention, self.begun = self.begun, self.begun + 1
        flow = self.story(self._client(), self.servers)
        if self.below is not None:
            flow = self.below.carry(flow)
        job = Job(self.world, self.node, flow, self._ended, intention, "client")
        self.open[intention] = job
        job.resume(None)
        self._await()

    def _end_warm_up(self) -> None:
        self.warm, detail = True, {"first": self.begun}
        self.world.recorder.sink(Row(self.world.env.now_us, "warm_up", detail=detail))

    def _client(self) -> Client:
        if self.own_session:
            self.world.running = None  # what is issued now is for no intention yet
            return self.sign_in()
        return self.session.with_wallet(self.session.wallet.copied())

    def _ended(self, job: Job, result: CallResult) -> None:
        del self.open[job.intention]
        self._outcome(job, result.kind, result.attempts)
        if self.past is not None:
            self.past.add(job.intention)

    def close(self) -> None:
        """The run is over: nobody will learn how the open intentions went."""
        for job in self.open.values():
            self._outcome(job, "unknown", job.presentations(), cut_off=True)
        self.open.clear()
        if not self.warm:
            self._end_warm_up()

    def _outcome(self, job: Job, kind: str, attempts: int, *, cut_off: bool = False) -> None:
        latency_us = self.world.env.now_us - job.started_us
        detail = {"kind": kind, "latency_us": latency_us, "attempts": attempts}
        if cut_off:
            detail["cut_off"] = True
        self.world.recorder.row("outcome", job, "", detail)


def _gap(gap: Distribution) -> Law:
    gap_ms = gap.sampler()

    def draw(random: Random) -> Fate:
        return (new_copy(Copy, int(gap_ms(random) * US_PER_MS + 0.5), 0),)

    return Law("gap", draw)


def _below(client: ClientPart) -> Connection:
    after_s = client.hidden_retry_after_ms / 1000
    return Connection(client.hidden_retries, after_s, client.rotation_result_discarded)
