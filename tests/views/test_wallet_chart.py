"""The bars of the wallet are the wallet rows: who held which token, from when until when."""

from __future__ import annotations

import pytest

from sim.scenario_files import load, vary
from sim.trace import Trace
from sim.views.shapes import Box, Text
from sim.views.svg import render_svg
from sim.views.wallet_chart import pieces, single_use, wallet_picture
from sim.world.simulation import simulate

QUIET = vary(
    load("two-regions-payment"),
    workload__intentions=1,
    client__signed_in=False,
    partitions=(),
    thief__probability=0.0,
    network__access__request_loss_probability=0.0,
    network__access__response_loss_probability=0.0,
)


@pytest.fixture(scope="module")
def trace():
    return simulate(QUIET).about(0)


def test_the_original_is_held_before_and_after_and_the_single_use_token_between(trace):
    [row] = pieces(trace).values()
    assert [piece.token for piece in row] == ["at-0.1", "at-0.2", "at-0.1"]
    assert single_use(trace) == {"at-0.2"}


def test_a_piece_begins_where_the_one_before_ends(trace):
    [row] = pieces(trace).values()
    changes = [change.t_us for change in trace.of("wallet")]
    assert [piece.from_us for piece in row] == changes
    assert [piece.until_us for piece in row[:-1]] == changes[1:]
    assert row[-1].until_us > changes[-1]


def test_a_client_that_does_not_know_the_member_never_holds_the_original_again():
    unaware = simulate(vary(QUIET, client__use_aware=False)).about(0)
    [row] = pieces(unaware).values()
    assert [piece.token for piece in row] == ["at-0.1", "at-0.2"]


def test_the_bars_fill_the_axis_and_each_token_is_named(trace):
    drawn = wallet_picture(trace)
    bars = [shape for shape in drawn.shapes if isinstance(shape, Box) and shape.height == 22]
    assert sum(bar.width for bar in bars) == pytest.approx(720)
    assert {"at-0.1", "at-0.2"} <= {s.text for s in drawn.shapes if isinstance(s, Text)}


def test_the_words_tell_the_same(trace):
    words = wallet_picture(trace).description
    assert words.startswith("client-eu for payments holds at-0.1 from ")
    assert ", then single-use at-0.2 from " in words
    assert render_svg(wallet_picture(trace)).count("<desc>") == 1


def test_a_trace_without_a_wallet_is_told():
    with pytest.raises(ValueError, match="no wallet changed"):
        wallet_picture(Trace(simulate(QUIET).header, []))
