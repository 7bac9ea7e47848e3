"""Filters and collisions: how often something new looks like something seen before.

A false positive of a deny-list refuses an honest first use: the rate of the one is that of the
other.
"""

from __future__ import annotations

from math import ceil, exp, expm1, log, log1p, sqrt


def bloom_false_positive(bits: float, keys: float, hashes: int) -> float:
    """Of a Bloom filter with so many bits, keys and hash functions: (1 − e^(−k n / m))^k."""
    return float((1 - exp(-hashes * keys / bits)) ** hashes)


def bloom_bits_per_key(false_positive: float) -> float:
    """Bits that the best filter of this kind needs for a key: log2(e) · log2(1/ε)."""
    return -log(false_positive) / log(2) ** 2


def bloom_hashes(false_positive: float) -> float:
    """How many hash functions that filter has: log2(1/ε); a real one takes a whole number."""
    return -log(false_positive) / log(2)


def sliding_bloom_false_positive(per_bucket: float, buckets: int = 12) -> float:
    """Of a filter of several time buckets, all full, each with this rate of its own.

    The sliding cache of Facebook's fizz has 12 buckets and meets its target in each of them, so
    that the whole errs about twelve times as often.
    """
    return 1 - (1 - per_bucket) ** buckets


def sliding_bloom_refusing(per_bucket: float, full: int = 11, hashes: int = 4) -> float:
    """The same where what it takes for used is refused and not added, as a replay cache does it.

    So many buckets are full and one is being filled, at the rate that all were sized for; the mean
    over its time. A key that is added sets a cell more often than others do: at a share f of cells
    set, k (1 − f) / (1 − f^k) new ones, so that f + f²/2 + … + f^k/k = k n / m.
    """
    from scipy.optimize import brentq

    sized = -log(1 - per_bucket ** (1 / hashes))
    share = brentq(lambda f: sum(f**j / j for j in range(1, hashes + 1)) - sized, 0, 1)
    filling = sum(share**j / j for j in range(hashes + 1, 2 * hashes + 1)) / sized
    return float(1 - (1 - share**hashes) ** full * (1 - filling))


def sliding_bloom_bytes_per_key(per_bucket: float, buckets: int = 12, hashes: int = 4) -> float:
    """Bytes that such a filter takes for a key: a cell of 8 bytes has a bit for each bucket."""
    cells = -hashes / (buckets * log(1 - per_bucket ** (1 / hashes)))
    return 8 * cells


def cuckoo_false_positive(fingerprint_bits: int, slots: int = 4, load: float = 1.0) -> float:
    """Of a cuckoo filter: a key meets the 2 b slots of its two buckets, so full on average.

    Fan and others, Cuckoo Filter, 2014; at full load just below 2 b / 2^f.
    """
    met = 2 * slots * load
    return float(1 - (1 - 2.0**-fingerprint_bits) ** met)


def cuckoo_refusing(fingerprints: int, slots: int = 4, load: float = 1.0) -> float:
    """The same where what it takes for used is refused and not added: the bound itself, 2 b / 2^f.

    For no two entries are alike then. `fingerprints`: 2^f, or one less where one of them marks an
    empty slot. `load`: entries for each slot, those of all generations together.
    """
    return 2 * slots * load / fingerprints


def birthday_collision(keys: float, bits: int) -> float:
    """Probability that at least two of so many random identifiers of b bits are the same."""
    return -expm1(-keys * (keys - 1) / 2 / 2.0**bits)


def birthday_keys(probability: float, bits: int) -> int:
    """How many identifiers of b bits it takes until two are the same with this probability."""
    return ceil(sqrt(-2 * log1p(-probability)) * sqrt(2.0**bits))
