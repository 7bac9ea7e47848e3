"""Late writes: draws under the condition that a write reaches so many members late.

Rule: a look t ms after a write is stale only if the write takes longer than t to as many members as
the look needs. How likely that is follows from the leg alone; how often a look is stale then is
simulated, and the product is the share that a plain simulation would show, in a fraction of its
trials. Everything else is drawn as in every other run, and every draw is keyed by its cause.
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate
from math import comb, exp
from random import Random

from sim.choices import Cause, Fate, Law, Seeded
from sim.distributions import Constant, Exponential, Mixture, Pareto, Part
from sim.passages import Passage

AT_ONCE = Constant(distribution="constant", value_ms=0)


class Late(Seeded):
    """Choices under which at least `least` of `members` writes on a link take over `after_ms`.

    `leg` is the law of that link, of Pareto's and exponential components; nothing is lost there.
    """

    def __init__(
        self, seed: int, link: str, leg: Mixture, after_ms: float, members: int, least: int
    ) -> None:
        super().__init__(seed)
        self.link, self.after_ms = link, after_ms
        self.members, self.least = members, least
        self.beyond = beyond(leg, after_ms)
        late = conditioned(leg, after_ms) if self.beyond else leg
        self._late, self._plain = (Passage(0.0, each, AT_ONCE) for each in (late, leg))

    @cached_property
    def _counts(self) -> list[float]:
        """P(k members late), from k = `least`."""
        p, n = self.beyond, self.members
        return [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(self.least, n + 1)]

    @property
    def probability(self) -> float:
        """Of the condition."""
        return sum(self._counts)

    def fate(self, law: Law, cause: Cause) -> Fate:
        """Of a write on this link under the condition; of everything else as ever."""
        if law.name != self.link:
            return super().fate(law, cause)
        random = self.generator(law.name, *cause)
        if cause.ordinal % self.members in self._those_late(cause.intention):
            return self._late(random)
        return self._in_time(random)

    def _those_late(self, intention: int) -> list[int]:
        """Which members; the same for all writes of one key."""
        return self._members_drawn(self.generator("late", intention))

    def _members_drawn(self, random: Random) -> list[int]:
        bounds = list(accumulate(self._counts))
        drawn = random.random() * bounds[-1]
        count = next((k for k, bound in enumerate(bounds) if drawn < bound), len(bounds) - 1)
        return random.sample(range(self.members), self.least + count)

    def _in_time(self, random: Random) -> Fate:
        """Drawn until it is."""
        while True:
            fate = self._plain(random)
            if fate[0].delay_us <= 1000 * self.after_ms:
                return fate


def beyond(leg: Mixture, ms: float) -> float:
    """Probability that a leg takes longer."""
    total = sum(part.weight for part in leg.parts)
    return sum(part.weight / total * _survival(part, ms) for part in leg.parts)


def conditioned(leg: Mixture, ms: float) -> Mixture:
    """The leg, given that it takes longer: of the same kinds, from there on."""
    parts = []
    for part in leg.parts:
        if weight := part.weight * _survival(part, ms):
            later = {"least_ms": max(ms, _known(part).least_ms)}
            parts.append(Part(weight=weight, of=part.of.model_copy(update=later)))
    return Mixture(distribution="mixture", parts=tuple(parts))


def _survival(part: Part, ms: float) -> float:
    law = _known(part)
    if isinstance(law, Pareto):
        return float((law.least_ms / max(ms, law.least_ms)) ** law.alpha)
    return exp(-max(0.0, ms - law.least_ms) / law.mean_ms)


def _known(part: Part) -> Pareto | Exponential:
    """The law of a component; raises TypeError for one of another kind."""
    if isinstance(part.of, (Pareto, Exponential)):
        return part.of
    raise TypeError(f"{part.of.distribution}: not known how to draw what is late")
