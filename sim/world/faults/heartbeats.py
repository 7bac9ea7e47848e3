"""What members of the replicated store make of each other's silence: elections, and refusals.

Rule: no heartbeat is sent. Who can talk to whom changes only when a fault begins or ends; since
when it has been so is what heartbeats would have told.
"""

from __future__ import annotations

from oauth_model.strategies import PRIMARY
from sim.clocks import microseconds
from sim.enforcers import members
from sim.world.faults.occurrence import Occurrence
from sim.world.faults.succession import depose, has_majority, heard, side_of, successor
from sim.world.timed import Happening
from sim.world.world import World


class Elections:
    """A member in charge that no majority could talk to for `election_s` is replaced."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.election_us = microseconds(world.scenario.stores.election_s)
        self.held = self.doubts = 0
        self.doubted = False  #: whether somebody's time-out is running

    def look(self) -> None:
        """A fault has begun or ended."""
        if has_majority(self.world, self.world.stores[PRIMARY]):
            self.doubted = False
        elif not self.doubted:
            self.doubted, self.doubts = True, self.doubts + 1
            number = self.doubts
            self.world.env.after(self.election_us, Happening(lambda _: self._hold(number)))

    def _hold(self, doubt: int) -> None:
        if not self.doubted or doubt != self.doubts:
            return
        self.doubted = False
        new = successor(self.world, "", (), elected=True)
        if new is not None:  # else again when a fault begins or ends: until then nothing changes
            depose(Occurrence(self.world, "election", self.held), new, side_of(self.world, new))
            self.held += 1


class Replicas:
    """A member that has not heard `min_replicas` others for `max_lag_s` refuses to write."""

    def __init__(self, world: World) -> None:
        self.world, self.least = world, world.scenario.stores.min_replicas
        self.lag_us = microseconds(world.scenario.stores.max_lag_s)

    def look(self) -> None:
        """A fault has begun or ended."""
        world, deaf_from_us = self.world, self.world.deaf_from_us
        for node in [world.stores[name] for name in members(world.scenario)]:
            if heard(world, node) - 1 < self.least:
                deaf_from_us.setdefault(node, world.env.now_us + self.lag_us)
            else:
                deaf_from_us.pop(node, None)
