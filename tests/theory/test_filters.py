"""Filters, collisions and quorums against printed values and against filters made by hand."""

import numpy as np
import pytest

from sim import theory
from tests.theory.chance import N, confirm_rate


@pytest.mark.parametrize(
    ("rate", "bits"), [(1e-2, 9.585), (1e-3, 14.378), (1e-4, 19.170), (1e-6, 28.755)]
)
def test_a_bloom_filter_of_the_printed_size_errs_at_the_rate_it_was_made_for(rate, bits):
    assert theory.bloom_bits_per_key(rate) == pytest.approx(bits, abs=6e-4)
    hashes = theory.bloom_hashes(rate)
    assert theory.bloom_false_positive(bits, 1, round(hashes)) == pytest.approx(rate, rel=0.02)


def test_a_sliding_filter_errs_twelve_times_as_often_as_each_of_its_buckets():
    assert theory.sliding_bloom_false_positive(0.001) == pytest.approx(0.0119, abs=6e-5)
    assert theory.sliding_bloom_bytes_per_key(1e-3) == pytest.approx(13.6, abs=0.05)
    assert theory.sliding_bloom_bytes_per_key(1e-5) == pytest.approx(46, abs=0.5)


@pytest.mark.parametrize(("bits", "printed"), [(8, 0.031), (12, 0.00195), (16, 0.000122)])
def test_a_cuckoo_filter_errs_at_the_printed_rate_and_below_its_bound(bits, printed):
    rate = theory.cuckoo_false_positive(bits)
    assert rate == pytest.approx(printed, rel=0.01)
    assert rate < 8 / 2**bits


@pytest.mark.parametrize(("bits", "keys"), [(64, 1.9e5), (96, 1.26e10), (128, 8.2e14)])
def test_as_many_identifiers_as_printed_collide_once_in_a_billion(bits, keys):
    assert theory.birthday_keys(1e-9, bits) == pytest.approx(keys, rel=0.015)
    assert theory.birthday_collision(keys, bits) == pytest.approx(1e-9, rel=0.03)


@pytest.mark.parametrize(
    ("up", "members", "printed"),
    [(0.99, 3, 0.999702), (0.99, 5, 0.99999015), (0.999, 3, 0.999997), (0.999, 5, 0.99999999)],
)
def test_a_majority_is_up_as_often_as_printed(up, members, printed):
    assert theory.quorum_availability(up, members) == pytest.approx(printed, abs=6e-9)


def test_a_read_misses_a_write_as_often_as_printed():
    assert theory.missed(3, 1, 1) == pytest.approx(2 / 3)
    assert theory.missed(100, 30, 30) == pytest.approx(1.88e-6, rel=0.005)
    assert theory.missed(3, 2, 2) == 0


def test_filters_that_keep_nothing_they_refuse_err_as_often_when_they_seldom_err():
    rare = theory.sliding_bloom_refusing(1e-6)
    assert rare == pytest.approx(theory.sliding_bloom_false_positive(1e-6, 11), rel=0.03)
    assert 11e-6 < rare < 12e-6
    bound = theory.cuckoo_refusing(1 << 16)
    assert bound == pytest.approx(theory.cuckoo_false_positive(16), rel=1e-4)


def test_filters_that_keep_nothing_they_refuse_err_more_often_when_full():
    plain = theory.sliding_bloom_false_positive(0.05, 11)
    assert plain < theory.sliding_bloom_refusing(0.05) < 1.1 * plain
    assert theory.cuckoo_refusing(32) > theory.cuckoo_false_positive(5)
    assert theory.cuckoo_refusing(31) == 8 / 31


# Monte Carlo


@pytest.mark.parametrize("hashes", [1, 3])
def test_a_bloom_filter_made_by_hand(random, hashes):
    bits, keys, filters = 1 << 14, 4000, 20
    hits = []
    for _ in range(filters):
        seen = np.zeros(bits, bool)
        seen[random.integers(bits, size=keys * hashes)] = True
        hits.append(seen[random.integers(bits, size=(N // filters, hashes))].all(axis=1))
    confirm_rate(np.concatenate(hits), theory.bloom_false_positive(bits, keys, hashes))


def test_a_cuckoo_filter_made_by_hand(random):
    met = random.integers(1 << 8, size=(N, 8)) == random.integers(1 << 8, size=(N, 1))
    held = random.random((N, 8)) < 0.95
    expected = 1 - (1 - 0.95 / 256) ** 8
    confirm_rate((met & held).any(axis=1), expected)
    assert theory.cuckoo_false_positive(8, load=0.95) == pytest.approx(expected, rel=1e-3)


def test_a_sliding_filter_that_keeps_nothing_it_refuses_made_by_hand(random):
    rate, keys, hashes = 0.05, 400, 4
    cells = round(-hashes * keys / np.log(1 - rate ** (1 / hashes)))
    expected = theory.sliding_bloom_refusing(rate)
    slices, refused = np.zeros((12, cells), bool), []
    for number in range(60):
        slices[number % 12] = False
        for places in random.integers(cells, size=(round(keys / (1 - expected)), hashes)):
            refused.append(slices[:, places].all(axis=1).any())
            if not refused[-1]:
                slices[number % 12, places] = True
    assert np.mean(refused[len(refused) // 5 :]) == pytest.approx(expected, rel=0.015)


def test_a_cuckoo_filter_that_keeps_nothing_it_refuses_made_by_hand(random):
    pairs, marks, entries = 512, 31, 3000  #: a mark in a bucket is in one pair of buckets
    seen, kept = np.zeros((marks, pairs), bool), 0
    while kept < entries:
        place = random.integers(marks), random.integers(pairs)
        kept += not seen[place]
        seen[place] = True
    met = seen[random.integers(marks, size=N), random.integers(pairs, size=N)]
    confirm_rate(met, theory.cuckoo_refusing(marks, load=entries / (2 * pairs * 4)))


def test_random_identifiers_collide(random):
    drawn = np.sort(random.integers(1 << 16, size=(20_000, 200)), axis=1)
    expected = theory.birthday_collision(200, 16)
    confirm_rate((np.diff(drawn, axis=1) == 0).any(axis=1), expected)


@pytest.mark.parametrize("needed", [None, 4])
def test_a_quorum_is_there_when_enough_members_are_up(random, needed):
    up = (random.random((N, 5)) < 0.7).sum(axis=1)
    confirm_rate(up >= (needed or 3), theory.quorum_availability(0.7, 5, needed))


def test_random_quorums_that_do_not_meet(random):
    order = np.argsort(random.random((N, 5)), axis=1)  #: the first two were written
    confirm_rate((order[:, :2] > 1).all(axis=1), theory.missed(5, 2, 2))
