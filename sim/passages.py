"""Passages: what becomes of a message on a link, drawn plainly or tilted towards what is rare.

Rule: a tilted draw comes with the likelihood ratio by which it must be weighed, so that a weighted
mean over tilted runs is, without bias, the mean over plain ones (Owen, Monte Carlo, chapter 9).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import log
from random import Random
from typing import NamedTuple

from sim.choices import LOST, Cause, Copy, Fate, Law, Seeded, new_copy
from sim.clocks import US_PER_MS
from sim.distributions import Distribution, sum_of


class Passage:
    """How loss and delay are drawn: lost, or delayed by the sum of two durations.

    Every draw takes the same numbers from the generator, whatever comes out, so that raising a
    probability in a sweep loses more messages and delays none.
    """

    __slots__ = ("_delay_ms", "delays", "loss")

    def __init__(self, loss: float, latency: Distribution, extra: Distribution) -> None:
        self.loss, self.delays = loss, (latency, extra)
        self._delay_ms = sum_of(latency, extra)

    def __call__(self, random: Random) -> Fate:
        """A fate from a generator."""
        lost = random.random() < self.loss
        copy = new_copy(Copy, int(self._delay_ms(random) * US_PER_MS + 0.5), random.getrandbits(16))
        return LOST if lost else (copy,)


def _fate(delay_ms: float, random: Random, *, lost: bool) -> Fate:
    copy = new_copy(Copy, int(delay_ms * US_PER_MS + 0.5), random.getrandbits(16))
    return LOST if lost else (copy,)


@dataclass(frozen=True)
class Tilt:
    """Which links draw otherwise, and how: what they lose, and by what their delays stretch.

    `link` is a pattern for names such as `payments eu > store us` (requests) and `store us <
    payments eu` (answers), `actor` one for whoever acts (client, thief): the fewer draws are
    tilted, the less the weights scatter. A link that loses nothing, or a delay without a density,
    stays as it is. Raises ValueError for a probability or a factor that cannot be.
    """

    link: str
    loss_probability: float | None = None
    stretch: float = 1.0
    actor: str = "*"

    def __post_init__(self) -> None:
        loss = self.loss_probability
        if loss is not None and not 0 < loss < 1:
            raise ValueError(f"loss_probability: {loss:g}; allowed: more than 0 and less than 1")
        if not 1 <= self.stretch <= 1e6:
            raise ValueError(f"stretch: {self.stretch:g}; allowed: at least 1 and at most 1000000")

    def of(self, law: Law, cause: Cause) -> bool:
        """Whether it is about this draw."""
        return fnmatchcase(cause.actor, self.actor) and fnmatchcase(law.name, self.link)


class Weighed(NamedTuple):
    """A fate, and the logarithm of how much likelier it was plainly than as it was drawn."""

    fate: Fate
    log_weight: float


def tilted(passage: Passage, tilt: Tilt) -> Callable[[Random], Weighed] | None:
    """How a passage is drawn under a tilt; None when the tilt leaves it as it is."""
    plain, heavy = passage.delays, tuple(each.stretched(tilt.stretch) for each in passage.delays)
    loss = tilt.loss_probability
    if loss is None or passage.loss in (0.0, 1.0):
        loss = passage.loss
    if loss == passage.loss and heavy == plain:
        return None
    samplers = [each.sampler() for each in heavy]
    pairs = [(p, h, place) for place, (p, h) in enumerate(zip(plain, heavy, strict=True)) if p != h]

    def draw(random: Random) -> Weighed:
        lost = random.random() < loss
        delays_ms = [sample(random) for sample in samplers]
        fate = _fate(sum(delays_ms), random, lost=lost)
        if lost:  # then no delay was looked at
            return Weighed(fate, log(passage.loss) - log(loss))
        arrived = 0.0 if loss == passage.loss else log(1 - passage.loss) - log(1 - loss)
        stretched = (p.log_density(delays_ms[i]) - h.log_density(delays_ms[i]) for p, h, i in pairs)
        return Weighed(fate, arrived + sum(stretched))

    return draw


class Tilted(Seeded):
    """Choices from a seed, some of them tilted; `log_weight` is for the run as far as it has come.

    A draw is weighed when it is first asked for: what nobody asked for has happened to nobody.
    """

    def __init__(self, seed: int, tilts: tuple[Tilt, ...]) -> None:
        super().__init__(seed)
        self.tilts = tilts
        self.log_weight = 0.0
        self.links: set[str] = set()  #: every link that was asked about
        self._laws: dict[tuple[Law, Tilt], Callable[[Random], Weighed] | None] = {}
        self._drawn: dict[tuple[Law, Cause], Fate] = {}

    def fate(self, law: Law, cause: Cause) -> Fate:
        """The fate drawn for this cause, the same however often it is asked."""
        known = self._drawn.get((law, cause))
        if known is not None:
            return known
        draw = self._tilted(law, cause)
        if draw is None:
            return super().fate(law, cause)
        fate, log_weight = draw(self.generator("tilted", law.name, *cause))
        self.log_weight += log_weight
        self._drawn[law, cause] = fate
        return fate

    @property
    def tilted_draws(self) -> int:
        """How many draws were tilted."""
        return len(self._drawn)

    def _tilted(self, law: Law, cause: Cause) -> Callable[[Random], Weighed] | None:
        if not isinstance(law.draw, Passage):
            return None
        self.links.add(law.name)
        tilt = next((each for each in self.tilts if each.of(law, cause)), None)
        if tilt is None:
            return None
        if (law, tilt) not in self._laws:
            self._laws[law, tilt] = tilted(law.draw, tilt)
        return self._laws[law, tilt]
