"""Regions: named matrices of round trips, so that a scenario need not write them out.

Rule: a preset says what crossing from one region to another adds to a message, one way, which is
half the measured round trip; what a scenario says itself about a pair (`network.between`) wins.

`aws`: averages of pings between Amazon's regions on 2020-06-05, published with the evaluation of
Fantoch (github.com/vitorenesduarte/fantoch, latency_aws); the names are the usual abbreviations.
`three_zones`: three availability zones of one region, round trips of 0.9 ms between them and 0.09
ms within one (IBM Cloud's published figures for Frankfurt and Washington, 2024-02).
`single_region`: everything in one place, 0.3 ms.
"""

from __future__ import annotations

from collections.abc import Iterable

#: The order of the rows and columns of the table.
AWS = ("use1", "usw2", "euw1", "euc1", "apse1", "apne1", "apse2", "sae1")
#: Round trips in ms, the upper triangle with its diagonal.
_AWS_MS = (
    (0.3, 72.5, 70.5, 85.6, 235.8, 152.4, 198.0, 113.0),
    (0.3, 127.3, 157.5, 162.7, 100.9, 138.5, 180.3),
    (0.1, 23.8, 186.6, 204.4, 253.7, 183.6),
    (0.1, 178.0, 243.9, 281.9, 203.1),
    (0.2, 77.0, 90.5, 338.1),
    (0.1, 104.1, 267.9),
    (0.1, 308.8),
    (0.3,),
)
_ZONES = ("az1", "az2", "az3")

Matrix = dict[frozenset[str], float]

#: preset → pair of regions (one, where both are the same) → round trip in ms.
ROUND_TRIPS_MS: dict[str, Matrix] = {
    "aws": {
        frozenset((AWS[row], AWS[row + column])): rtt_ms
        for row, line in enumerate(_AWS_MS)
        for column, rtt_ms in enumerate(line)
    },
    "three_zones": {frozenset((a, b)): 0.09 if a == b else 0.9 for a in _ZONES for b in _ZONES},
    "single_region": {frozenset(("eu",)): 0.3},
}
#: A round trip varies by so much about its median: the deviation in those tables is 1 to 2 %.
JITTER_SIGMA = 0.015


def names(preset: str) -> list[str]:
    """The regions that a preset knows, in its own order."""
    return list(dict.fromkeys(name for pair in ROUND_TRIPS_MS[preset] for name in sorted(pair)))


def one_way_ms(preset: str, regions: Iterable[str]) -> dict[tuple[str, str], float]:
    """Pair of regions → median one-way delay in ms, for each pair among `regions`, itself too.

    Raises ValueError for a region that the preset does not know.
    """
    matrix, chosen = ROUND_TRIPS_MS[preset], list(dict.fromkeys(regions))
    for region in chosen:
        if frozenset((region,)) not in matrix:
            known = ", ".join(names(preset))
            raise ValueError(f"region {region!r} is not in {preset}; one of {known}")
    return {
        (a, b): matrix[frozenset((a, b))] / 2
        for index, a in enumerate(chosen)
        for b in chosen[index:]
    }
