"""Instants, durations and text: the same in every view."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.trace import NodeInfo
from sim.views.words import (
    ascii_line,
    clip,
    clock_note,
    columns,
    counted,
    labels_ms,
    milliseconds,
    roughly,
    said,
    trimmed,
)
from tests.views.traces import few


@pytest.mark.parametrize(
    ("t_us", "decimals", "label"),
    [(64_700, 3, "64.700"), (64_790, 1, "64.7"), (999, 0, "0"), (-250, 2, "-0.25"), (0, 1, "0.0")],
)
def test_an_instant_in_ms_is_rounded_down(t_us: int, decimals: int, label: str):
    assert milliseconds(t_us, decimals) == label


@pytest.mark.parametrize(
    ("t_us", "label"),
    [(8_200, "8.2 ms"), (500_000, "500 ms"), (0, "0 ms"), (1, "0.001 ms"), (-3_000, "-3 ms")],
)
def test_a_duration_has_no_needless_zeros(t_us: int, label: str):
    assert trimmed(t_us) == label


@pytest.mark.parametrize(
    ("t_us", "label"),
    [(8_200, "8.2 ms"), (99_999, "99.999 ms"), (451_900, "452 ms"), (12_524_373, "12.5 s")],
)
def test_a_long_duration_is_said_roughly(t_us: int, label: str):
    assert roughly(t_us) == label


def test_labels_have_as_many_decimals_as_tell_them_apart():
    assert labels_ms([0, 8_200]) == ["0.0", "8.2"]
    assert labels_ms([0, 8_200, 8_210]) == ["0.00", "8.20", "8.21"]
    assert labels_ms([]) == []


@few
@given(st.lists(st.integers(0, 10**9), unique=True, max_size=20))
def test_different_instants_have_different_labels(instants: list[int]):
    assert len(set(labels_ms(instants))) == len(instants)


@pytest.mark.parametrize(
    ("offset_us", "drift_ppm", "note"),
    [
        (0, 0.0, ""),
        (3_000_000, 0.0, "clock +3000 ms"),
        (-250_000, 0.0, "clock -250 ms"),
        (0, -12.5, "clock -12.5 ppm"),
        (500, 40.0, "clock +0.5 ms, +40 ppm"),
    ],
)
def test_how_a_clock_differs(offset_us: int, drift_ppm: float, note: str):
    assert clock_note(NodeInfo("a", "rs", "a", "eu", offset_us, drift_ppm)) == note


def test_text_is_cut_with_an_ellipsis_and_never_longer_than_asked():
    assert clip("POST /payments", 14) == "POST /payments"
    assert clip("POST /payments", 8) == "POST /.."
    assert [clip("abc", most) for most in (2, 1, 0)] == ["..", ".", ""]


@few
@given(st.text(), st.integers(0, 20))
def test_cut_text_fits(text: str, most: int):
    assert len(clip(text, most)) <= most or len(text) <= most


@few
@given(st.text())
def test_an_ascii_line_is_printable_and_keeps_its_length(text: str):
    line = ascii_line(text)
    assert len(line) == len(text)
    assert line.isascii()
    assert line == "" or line.isprintable()


def test_wide_characters_take_two_columns():
    assert (columns("abc"), columns("日本"), columns("é")) == (3, 4, 1)


def test_a_word_and_its_note():
    assert (said("timeout", "store"), said("timeout", "")) == ("timeout: store", "timeout")


def test_one_is_singular():
    assert [counted(n, "message") for n in (0, 1, 2)] == ["0 messages", "1 message", "2 messages"]
