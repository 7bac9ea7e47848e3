"""The bench: the parties of a scenario at one instant, for whoever wants to try something on them.

Rule: they are the parties that a run has, made by the same hand; only the network between them is
missing, so that who comes first is what the experiment says and no chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from oauth_model.client import Client
from oauth_model.flows import Flow
from oauth_model.issuance import DESIGNS, ProtectedResource, Target
from oauth_model.jose import Keys
from oauth_model.messages import Request, Response
from sim.choices import Seeded
from sim.scenario import Scenario
from sim.trace import Row
from sim.world.instant import Handle, drive
from sim.world.recorder import Recorder
from sim.world.simulation import Builder
from sim.world.timed import Timed
from sim.world.world import World

Claims = dict[str, Any]
ACCEPTED = Response(200)


class Shown(NamedTuple):
    """What the client presented to a server, and what that said."""

    request: Request
    response: Response


class Bench:
    """A scenario's parties; one server may be `corrupt`: it keeps what it is shown, unused."""

    def __init__(self, scenario: Scenario, corrupt: str = "") -> None:
        self._rows: list[Row] = []
        env = Timed()
        self.keys = Keys(scenario.crypto, scenario.seed)
        recorder = Recorder(env, self._rows.append, full=False)
        self._world = World(scenario, env, Seeded(scenario.seed), recorder)
        build = Builder(self._world, self.keys)
        self.client: Client = build.everything().session
        self.design = DESIGNS[scenario.issuance]
        self.resources: tuple[ProtectedResource, ...] = build.resources
        self.targets: dict[str, Target] = self.client.targets
        self._heard: list[Shown] = []
        handles: dict[str, Handle] = build.handlers | ({corrupt: _keep} if corrupt else {})
        self._handlers = {party: self._listening(handle) for party, handle in handles.items()}

    def run(self, flow: Flow[Any]) -> Any:
        """What a flow comes to that the client, or an attacker, begins."""
        nodes = self._world.nodes.values()
        node = next(node for node in nodes if node.role == "client")
        return drive(self._world, node, flow, self._handlers)

    def ask(self, party: str, request: Request) -> Response:
        """The answer of a party to a request."""
        node = self._world.parties[party][0]
        response: Response = drive(self._world, node, self._handlers[party](request), {})
        return response

    def visit(self, names: Sequence[str] = ()) -> dict[str, Shown]:
        """One consent, then a token and a call at each server (all when none is named).

        Whom the client got no token for is left out; a refusal ends nothing.
        """
        names = names or list(self.targets)
        self.run(self.client.authorize(names))
        shown = {}
        for name in names:
            obtained = self.run(self.client.obtain(name)).kind == "served"
            if obtained and (presented := self.present(name)):
                shown[name] = presented
        return shown

    def present(self, name: str) -> Shown | None:
        """The client calls a server with the token that it holds, if it holds one."""
        before = len(self._heard)
        self.run(self.client.call(name, self.targets[name].operation))
        return self._heard[-1] if len(self._heard) > before else None

    def issued(self) -> dict[str, Claims]:
        """Every access token that was issued: its value → its claims."""
        kinds = {row.token: row.detail["kind"] for row in self._rows if row.kind == "issue"}
        book = self._world.recorder.book.issued
        return {v: claims for v, (ref, claims) in book.items() if kinds.get(ref) == "access_token"}

    def _listening(self, handle: Handle) -> Handle:
        def heard(request: Request) -> Flow[Response]:
            response = yield from handle(request)
            self._heard.append(Shown(request, response))
            return response

        return heard


def party_of(target: Target) -> str:
    """Who answers at a target."""
    return target.party or target.name


def _keep(request: Request) -> Flow[Response]:
    yield from ()
    return ACCEPTED
