"""PBS by quadrature is right to 1e-4 of itself: against closed forms, and against SciPy's adaptive
integration of other formulas for the same figures.

With four exponential legs of mean 1, a look of one member ends after Erlang's law of two, and
P(W > y + R, R + S ≤ m) is e^−y (1 − e^−m)² / 2: what is left are integrals of one variable.
"""

from functools import partial
from itertools import pairwise
from math import comb, exp

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import fftconvolve
from scipy.stats import gamma

from sim.theory.legs import Exponential, Leg, sum_of
from sim.theory.pbs import RELATIVE_ERROR, Quorum, Wars, _unseen
from sim.theory.pbs_paper import STORES

ONE = Leg(((1.0, Exponential(1.0)),))
ALIKE = Wars(ONE, ONE, ONE, ONE)
right = partial(pytest.approx, rel=RELATIVE_ERROR, abs=1e-16)


def integral(f, *ends):
    """Adaptive, piece by piece."""
    return sum(quad(f, *piece, epsabs=0, epsrel=1e-10, limit=400)[0] for piece in pairwise(ends))


def erlang_stale(members, reads, writes, t):
    """P(stale) where all legs are exponential with mean 1."""
    others = members - reads

    def reading(m):
        first_other = others * ((1 + m) * exp(-m)) ** (others - 1) * m * exp(-m)
        return ((1 - exp(-m)) ** 2 / 2) ** reads * first_other

    def writing(c):
        before = 1 - (1 + c) * exp(-c)
        rest = before ** (writes - 1) * (1 - before) ** (others - writes)
        return writes * comb(others, writes) * rest * c * exp(-c) * exp(-reads * (c + t))

    sides = integral(reading, 0, 5, 60), integral(writing, 0, 5, 60)
    return comb(members, reads) * sides[0] * sides[1]


@pytest.mark.parametrize("t", [0, 0.3, 1, 5, 20])
def test_two_members_and_exponential_legs_have_a_closed_form(t):
    assert Quorum(ALIKE, 2, 1, 1).stale(t) == right(11 / 72 * exp(-t))


@pytest.mark.parametrize(
    "sizes", [(3, 1, 1), (3, 2, 1), (5, 1, 1), (5, 2, 2), (5, 3, 2), (5, 1, 4)]
)
def test_exponential_legs_and_more_members(sizes):
    for t in (0, 1, 4):
        members, reads, writes = sizes
        assert Quorum(ALIKE, *sizes).stale(t) == right(erlang_stale(members, reads, writes, t))


@pytest.mark.parametrize("q", [0.5, 0.999])
def test_latencies_of_one_member_are_erlangs(q):
    alone = Quorum(ALIKE, 1, 1, 1)
    assert alone.read_latency(q) == right(gamma.ppf(q, 2))
    assert alone.write_latency(q) == right(gamma.ppf(q, 2))
    slowest = Quorum(ALIKE, 5, 5, 1).read_latency(q)
    assert slowest == right(gamma.ppf(q ** (1 / 5), 2))


def test_visibility_is_where_the_closed_form_is():
    assert Quorum(ALIKE, 2, 1, 1).visibility(0.999) == right(np.log(11 / 72 / 0.001))


def test_a_second_presentation_of_two_members_has_a_closed_form():
    """Long after the first: e^−y times 11/18 on the reading side, over the minimum of two looks."""
    gap = 60.0
    early = 2 * integral(lambda x: exp(x) * (1 + x) * exp(-x) * x * exp(-x), 0, 5, 55)
    again = Quorum(ALIKE, 2, 1, 1).accepted_again(gap)
    assert again == right(11 / 18 * exp(-gap) * early)


# the laws of the paper, integrated in another way


def piecewise(leg, most):
    return sorted({0.0, most, *(each for each in leg.corners if each < most)})


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("x", [0.4, 4.0, 40.0, 1000.0])
def test_the_sum_of_two_legs(store, x):
    write, ack = STORES[store].write, STORES[store].ack
    ends = sorted({*piecewise(ack, x), *(x - each for each in write.corners if each < x)})

    def both(a):
        return float(ack.density(np.array(a)) * write.beyond(np.array(x - a)))

    expected = float(ack.beyond(np.array(x))) + integral(both, *ends)
    assert float(sum_of(ack, write, Leg.beyond, np.array(x))) == right(expected)


def on_a_lattice(leg, step, cells):
    """The leg's probability in each cell, and the middles of the cells."""
    ends = step * np.arange(cells + 1)
    return -np.diff(leg.beyond(ends)), (ends[1:] + ends[:-1]) / 2


@pytest.mark.parametrize(
    ("store", "y", "step"),
    [("LNKD-SSD", 0.1, 5e-4), ("LNKD-DISK", 2.0, 5e-4), ("YMMR", 30.0, 5e-3)],
)
@pytest.mark.parametrize("members", [3, 5])
def test_the_reading_side_of_one_answer_on_a_lattice(store, y, step, members):
    """The first to respond has not the write; the others respond later: two convolutions."""
    wars = STORES[store]
    read, r = on_a_lattice(wars.read, step, 1 << 18)
    response, _ = on_a_lattice(wars.response, step, 1 << 18)
    first = fftconvolve(read * wars.write.beyond(y + r), response)
    one = fftconvolve(read, response)
    later = 1 - np.cumsum(one) + one / 2
    assert _unseen(wars, members, 1, y) == right(members * first @ later ** (members - 1))
