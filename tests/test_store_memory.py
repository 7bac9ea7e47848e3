"""How much room a list of used keys takes: the formula, a simulated store, and filters."""

from __future__ import annotations

import json

import pytest

from sim.commands.memory import room_table
from sim.store_memory import FALSE_POSITIVE_RATE, RATES_PER_S, confirmation, rooms
from sim.theory.filters import sliding_bloom_bytes_per_key
from sim.theory.room import ENTRY_BYTES, kept_entries
from tests.cli.command import tokenrace


@pytest.mark.parametrize(
    ("rate_per_s", "window_s", "megabytes"), [(20_000, 60, 155), (100_000, 300, 3870)]
)
def test_the_planning_figures_of_the_literature_come_out(rate_per_s, window_s, megabytes):
    each = ENTRY_BYTES["Redis, key of 36 to 43 bytes (a UUID, a SHA-256)"]
    assert round(kept_entries(rate_per_s, window_s) * each / 1e6) == megabytes


def test_leeway_and_margin_count_like_lifetime():
    assert kept_entries(10, 30, 5, 60) == kept_entries(10, 95) == 950


@pytest.mark.parametrize("seed", [1])
def test_a_simulated_store_holds_what_the_formula_says(seed):
    """The number is Poisson with mean 2000 at its highest second: within four deviations."""
    check = confirmation(seed)
    assert check.expected_entries == 2000
    assert check.off_by < 4 / 2000**0.5


def test_a_filter_takes_what_its_own_formula_says():
    found = {room.kind: room for room in rooms(30, 0, 60, (1000,))}
    bloom = found["sliding Bloom filter, as fizz lays it out"]
    each = sliding_bloom_bytes_per_key(FALSE_POSITIVE_RATE)
    keys = 1000 * 90 * 12 / 11  # a twelfth slice: the present one is not over
    assert bloom.bytes == pytest.approx(keys * each, rel=0.01)
    lists = [found[kind].bytes for kind in ENTRY_BYTES if kind.startswith("Redis")]
    assert found["cuckoo filter, two generations"].bytes < bloom.bytes < min(lists)


def test_the_command_prints_every_rate_and_the_confirmation():
    said = tokenrace("memory", "--json").out
    found = json.loads(said)
    assert {room["rate_per_s"] for room in found["rooms"]} == set(RATES_PER_S)
    assert found["confirmation"]["simulated_entries"] > 1800
    assert {room["entries"] for room in found["rooms"]} == {0, 90_000, 1_800_000, 9_000_000}


def test_the_confirmation_has_leeway_and_margin_in_it():
    check = confirmation()
    assert check.expected_entries > check.rate_per_s * check.lifetime_s
    assert min(check.leeway_s, check.margin_s) > 0


def test_progress_goes_up_to_the_number_of_uses():
    told: list[tuple[int, int]] = []
    confirmation(progress=lambda done, total: told.append((done, total)))
    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "long"])
@pytest.mark.parametrize("option", ["--lifetime-s", "--leeway-s", "--margin-s"])
def test_a_duration_that_is_none_ends_in_one_line(option, value):
    answer = tokenrace("memory", option, value)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert option in answer.err


def test_where_nothing_is_to_be_remembered_one_line_says_so():
    answer = tokenrace("memory", "--lifetime-s", 0, "--margin-s", 0)
    assert (answer.status, answer.err.count("\n")) == (2, 1)


def test_less_than_one_entry_is_written_as_none():
    cells = room_table(rooms(0.0001, 0, 0, (1_000,))).columns[1].cells
    assert next(iter(cells)) == "0"
