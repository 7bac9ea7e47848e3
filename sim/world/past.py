"""The past: what belongs to intentions that ended long ago, which a long run lets go of.

Rule: only what nobody can present any more is forgotten, so that no row would be another one: the
client has ended, what it was issued has expired, and what was under way has long arrived. Nothing
is forgotten where somebody may come late with what was seen, or where faults hold messages back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from oauth_model.action_stories import ACTION_STORIES
from sim.clocks import microseconds
from sim.scenario import Scenario
from sim.world.timed import Environment

#: For how long, at most, a message is under way or a server busy with it, in seconds.
UNDER_WAY_S = 600.0


class Past:
    """The intentions that ended, the oldest first; `forget(intention)` is called for each in time.

    `keep_us`: how long what an intention was issued may still be known to somebody.
    """

    def __init__(self, env: Environment, keep_us: int, forget: Callable[[int], None]) -> None:
        self._env, self._keep_us, self._forget = env, keep_us, forget
        self._ended: deque[tuple[int, int]] = deque()

    def add(self, intention: int) -> None:
        """It ended now; what ended long enough ago is forgotten."""
        now_us = self._env.now_us
        self._ended.append((now_us + self._keep_us, intention))
        while self._ended[0][0] <= now_us:
            self._forget(self._ended.popleft()[1])


def somebody_comes_late(scenario: Scenario) -> bool:
    """Whether somebody may present at any time what was seen, or messages be held for any time."""
    seen = scenario.thief.probability > 0 or scenario.malicious.server is not None
    return seen or bool(scenario.faults) or scenario.story in ACTION_STORIES


def keep_us(scenario: Scenario) -> int:
    """For how long after its end an intention is remembered, in µs."""
    part = scenario.authorization_server
    longest_s = max(part.access_token_lifetime_s, part.single_use_lifetime_s)
    return microseconds(longest_s + max(each.leeway_s for each in scenario.servers) + UNDER_WAY_S)
