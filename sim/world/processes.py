"""The processes of servers: each begins when it is first asked, and after a crash anew.

Rule: a process knows nothing of what the one before it knew. A run in which a server is never asked
never pays for making it.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.flows import Flow
from oauth_model.messages import Request, Response
from oauth_model.strategies import Strategy
from sim.world.node import Node

#: What a party does with a request.
Handle = Callable[[Request], Flow[Response]]


class Processes(dict[Node, Handle]):
    """What a server's process does with a request; it begins when it is asked for the first time.

    `makers`: of what a process keeps, which is nothing that it would know before.
    """

    def __init__(self) -> None:
        super().__init__()
        self.makers: dict[Node, Callable[[], Handle]] = {}

    def __missing__(self, node: Node) -> Handle:
        handle = self[node] = self.makers[node]()
        return handle


class Guards(dict[str, Strategy]):
    """The strategies that one store runs, by name; `make(name)` is asked for each once."""

    def __init__(self, make: Callable[[str], Strategy]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, name: str) -> Strategy:
        strategy = self[name] = self.make(name)
        return strategy
