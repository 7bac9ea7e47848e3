"""Clocks: simulation time in whole microseconds, and what a node believes it is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clocks import EPOCH_S, US_PER_S, Clock, microseconds

INSTANTS = st.integers(0, 10**13)
OFFSETS = st.integers(-(10**9), 10**9)
DRIFTS = st.floats(-100_000, 100_000)


def test_a_clock_that_is_right_starts_in_2026():
    assert Clock().read_s(0) == EPOCH_S
    assert datetime.fromtimestamp(EPOCH_S, UTC) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "t_us", "reads_s"),
    [
        (Clock(), 1_500_000, 1.5),
        (Clock(offset_us=60_000_000), 0, 60),
        (Clock(offset_us=-250_000), 1_000_000, 0.75),
        (Clock(drift_ppm=40), 1_000_000_000_000, 1_000_040),  # 40 µs gained in every second
        (Clock(drift_ppm=-40), 1_000_000_000_000, 999_960),
        (Clock(5_000_000, 100), 10_000_000, 15.001),
    ],
)
def test_a_clock_is_ahead_by_its_offset_and_gains_by_its_drift(clock, t_us, reads_s):
    assert clock.read_s(t_us) - EPOCH_S == pytest.approx(reads_s, abs=1e-6)


@settings(derandomize=True, deadline=None)
@given(st.builds(Clock, OFFSETS, DRIFTS), INSTANTS, st.integers(1, 10**9))
def test_no_clock_goes_backwards(clock: Clock, t_us: int, later_us: int):
    assert clock.read_s(t_us + later_us) >= clock.read_s(t_us)


@settings(derandomize=True, deadline=None)
@given(OFFSETS, OFFSETS, INSTANTS)
def test_clocks_without_drift_stay_apart_by_the_difference_of_their_offsets(one, other, t_us):
    apart_s = Clock(one).read_s(t_us) - Clock(other).read_s(t_us)
    assert apart_s == pytest.approx((one - other) / US_PER_S, abs=1e-5)


def test_a_clock_that_is_set_ahead_or_back_drifts_on_as_before():
    clock = Clock(1_000_000, 40)
    later = clock.jumped(250_000).jumped(-1_000_000)
    assert later == Clock(250_000, 40)
    assert clock.jumped(-5_000_000).read_s(9_000_000) < clock.read_s(8_000_000)


@settings(derandomize=True, deadline=None)
@given(OFFSETS, INSTANTS)
def test_a_clock_tells_microseconds_apart(offset_us: int, t_us: int):
    """Seconds since 1970 as a float have room for a microsecond until the year 2100 and beyond."""
    clock = Clock(offset_us)
    read = clock.read_s(t_us)
    assert round((read - EPOCH_S) * US_PER_S) == t_us + offset_us
    assert clock.read_s(t_us + 1) > read


@pytest.mark.parametrize(
    ("duration_s", "us"),
    [(0, 0), (1, 1_000_000), (0.1, 100_000), (2.5e-7, 0), (7.5e-7, 1), (1e9, 10**15)],
)
def test_a_duration_becomes_whole_microseconds_to_the_nearest(duration_s: float, us: int):
    assert microseconds(duration_s) == us
    assert type(microseconds(duration_s)) is int


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 10**15))
def test_microseconds_come_back_from_seconds_unchanged(us: int):
    """Half a microsecond is never lost or won on the way through a float of seconds."""
    assert microseconds(us / US_PER_S) == us
