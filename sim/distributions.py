"""Named distributions of durations, as they stand in a scenario file.

Each knows how to make a sampler: a function of a `random.Random` that returns milliseconds. The
draw itself is only ever made by `sim.choices`. Units last: every parameter in ms says so.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, pi
from random import Random
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sampler = Callable[[Random], float]
#: No duration is given as longer than 30 years; then no draw, however unlikely, overflows.
LONGEST_MS = 1e12
NonNegative = Annotated[float, Field(strict=True, ge=0, le=LONGEST_MS, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, le=LONGEST_MS, allow_inf_nan=False)]


class _Distribution(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def stretched(self, factor: float) -> Self:
        """The same kind with a longer tail, possible wherever this is.

        Nowhere is the density less than this one's over the factor (1 or more), so that no draw
        weighs more than the factor. What has no density (a constant, measured values) or no tail
        (uniform) is as it was.
        """
        return self

    def log_density(self, ms: float) -> float:
        """The logarithm of the density, per ms; raises TypeError where there is none."""
        raise TypeError(f"{type(self).__name__} has no density")


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

    def stretched(self, factor: float) -> Self:
        """With a mean so many times as long, from the same least duration."""
        return self.model_copy(update={"mean_ms": self.mean_ms * factor})

    def log_density(self, ms: float) -> float:
        """Falls with the distance from the least duration."""
        beyond = ms - self.least_ms
        return -inf if beyond < 0 else -beyond / self.mean_ms - log(self.mean_ms)


class Lognormal(_Distribution):
    """The usual shape of a network round trip: a median and a spread (sigma of the logarithm)."""

    distribution: Literal["lognormal"]
    median_ms: Positive
    sigma: Annotated[float, Field(strict=True, ge=0, le=10)]

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        mu, sigma = log(self.median_ms), self.sigma
        return lambda random: random.lognormvariate(mu, sigma)

    def stretched(self, factor: float) -> Self:
        """With the same median and so many times the spread of the logarithm."""
        return self.model_copy(update={"sigma": self.sigma * factor})

    def log_density(self, ms: float) -> float:
        """That of the normal law of the logarithm."""
        if ms <= 0 or self.sigma == 0:
            return -inf
        distance = log(ms / self.median_ms) / self.sigma
        return -distance * distance / 2 - log(ms * self.sigma) - log(2 * pi) / 2


class Pareto(_Distribution):
    """A heavy tail: least duration x_m and index alpha (as in PBS, Bailis et al. 2012)."""

    distribution: Literal["pareto"]
    least_ms: Positive
    alpha: Annotated[float, Field(strict=True, ge=0.1, le=1000)]

    def sampler(self) -> Sampler:
        """Milliseconds from a generator."""
        least, exponent = self.least_ms, -1.0 / self.alpha
        return lambda random: float(least * (1.0 - random.random()) ** exponent)

    def stretched(self, factor: float) -> Self:
        """With a tail that falls so many times more slowly, from the same least duration."""
        return self.model_copy(update={"alpha": self.alpha / factor})

    def log_density(self, ms: float) -> float:
        """Falls with a power of the duration."""
        if ms < self.least_ms:
            return -inf
        return log(self.alpha / ms) - self.alpha * log(ms / self.least_ms)


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

    def stretched(self, factor: float) -> Self:
        """Every component stretched, with the same weights; as it was if one has no density."""
        parts = [each.model_copy(update={"of": each.of.stretched(factor)}) for each in self.parts]
        if any(new.of == old.of for new, old in zip(parts, self.parts, strict=True)):
            return self
        return self.model_copy(update={"parts": tuple(parts)})

    def log_density(self, ms: float) -> float:
        """That of the weighted sum of the components' densities."""
        total = sum(part.weight for part in self.parts)
        density = sum(part.weight / total * exp(part.of.log_density(ms)) for part in self.parts)
        return log(density) if density else -inf


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

#: No duration at all.
NOTHING = Constant(distribution="constant", value_ms=0.0)


def sum_of(duration: Distribution, more: Distribution) -> Sampler:
    """Milliseconds of both together; of one alone where there is never more."""
    first, second = duration.sampler(), more.sampler()
    return first if more == NOTHING else lambda random: first(random) + second(random)
