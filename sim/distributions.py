"""Named distributions of durations, as they stand in a scenario file.

Each knows how to make a sampler: a function of a `random.Random` that returns milliseconds. The
draw itself is only ever made by `sim.choices`. Units last: every parameter in ms says so.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sampler = Callable[[Random], float]
#: No duration is given as longer than 30 years; then no draw, however unlikely, overflows.
LONGEST_MS = 1e12
NonNegative = Annotated[float, Field(strict=True, ge=0, le=LONGEST_MS, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, le=LONGEST_MS, allow_inf_nan=False)]


class _Distribution(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Constant(_Distribution):
    """Always the same duration."""

    distribution: Literal["constant"]
    value_ms: NonNegative

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        value = self.value_ms
        return lambda random: value


class Uniform(_Distribution):
    """Equally likely anywhere between two bounds."""

    distribution: Literal["uniform"]
    low_ms: NonNegative = 0.0
    high_ms: NonNegative

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.high_ms < self.low_ms:
            raise ValueError(f"high_ms {self.high_ms:g} is below low_ms {self.low_ms:g}")
        return self

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        low, width = self.low_ms, self.high_ms - self.low_ms
        return lambda random: low + width * random.random()


class Exponential(_Distribution):
    """Memoryless, with a mean, on top of a least duration."""

    distribution: Literal["exponential"]
    mean_ms: Positive
    least_ms: NonNegative = 0.0

    def sampler(self) -> Sampler:
        """Milliseconds from a generator; `mean_ms` is the mean of what is added to `least_ms`."""
        mean, least = self.mean_ms, self.least_ms
        return lambda random: least - mean * log(1.0 - random.random())


class Lognormal(_Distribution):
    """The usual shape of a network round trip: a median and a spread (sigma of the logarithm)."""

    distribution: Literal["lognormal"]
    median_ms: Positive
    sigma: Annotated[float, Field(strict=True, ge=0, le=10)]

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        mu, sigma = log(self.median_ms), self.sigma
        return lambda random: random.lognormvariate(mu, sigma)


class Pareto(_Distribution):
    """A heavy tail: least duration x_m and index alpha (as in PBS, Bailis et al. 2012)."""

    distribution: Literal["pareto"]
    least_ms: Positive
    alpha: Annotated[float, Field(strict=True, ge=0.1, le=1000)]

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        least, exponent = self.least_ms, -1.0 / self.alpha
        return lambda random: float(least * (1.0 - random.random()) ** exponent)


class Empirical(_Distribution):
    """Measured durations, each as likely as the next."""

    distribution: Literal["empirical"]
    values_ms: tuple[NonNegative, ...] = Field(min_length=1)

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        values, count = self.values_ms, len(self.values_ms)
        return lambda random: values[int(random.random() * count)]


class Part(_Distribution):
    """One component of a mixture and its share."""

    weight: Positive
    of: Annotated[
        Constant | Uniform | Exponential | Lognormal | Pareto | Empirical,
        Field(discriminator="distribution"),
    ]


class Mixture(_Distribution):
    """One of several distributions, by weight (the weights need not sum to 1)."""

    distribution: Literal["mixture"]
    parts: tuple[Part, ...] = Field(min_length=1)

    def sampler(self) -> Sampler:
        """Milliseconds from a generator; one extra draw chooses the component."""
        total = sum(part.weight for part in self.parts)
        bounds, passed = [], 0.0
        for part in self.parts:
            passed += part.weight / total
            bounds.append((passed, part.of.sampler()))
        last = bounds[-1][1]

        def sample(random: Random) -> float:
            u = random.random()
            return next((draw for bound, draw in bounds if u < bound), last)(random)

        return sample


Distribution = Annotated[
    Constant | Uniform | Exponential | Lognormal | Pareto | Empirical | Mixture,
    Field(discriminator="distribution"),
]
#: name → class, for lists and help texts.
DISTRIBUTIONS: dict[str, type[_Distribution]] = {
    "constant": Constant,
    "uniform": Uniform,
    "exponential": Exponential,
    "lognormal": Lognormal,
    "pareto": Pareto,
    "empirical": Empirical,
    "mixture": Mixture,
}
