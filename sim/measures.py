"""Measures: every number in the metrics, by name, and what it is.

Rule: a rate is defined where it is counted (`sim.rates`); what else there is, is defined here.
"""

from __future__ import annotations

from sim.rates import RATES

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}

#: name → one line. Each of these has a mean and the quantiles above.
DURATIONS: dict[str, str] = {
    "latency_ms": "from the start of an intention to its outcome, over intentions served",
    "added_latency_ms": "a server's handling time, over answers that a one-time check of its own "
    "decided, and over others to single-use tokens that it accepted (on the word of the AS, "
    "believed or asked for) or did not answer at once",
    "exposure_ms": "how long a stolen token was good for a thief, from its first presentation, "
    "when sent, to the last record or acceptance of the token by anybody, or to its expiry if no "
    "store, nor the database of the effect, said that it was used; 0 for one used up before; over "
    "stolen tokens of runs that ended. A server that never heard of the token may go on accepting "
    "it, which no row shows",
    "detection_ms": "from the answer that accepted a token again to the strategy's compensation, "
    "over tokens accepted twice that were compensated later",
}

#: name → one line, for documents and help texts. The last five are plain numbers and an object.
#: Intervals are over runs where there are several (`sim.clusters`); those of one run take what is
#: counted as independent, and do not see what its faults have in common.
DEFINITIONS: dict[str, str] = {
    **{name: rate.definition for name, rate in RATES.items()},
    **DURATIONS,
    "messages_per_use": "messages sent / intentions begun; null when no run has ended",
    "store_operations_per_use": "operations on stores / intentions begun; null as above",
    "store_peak_entries": "most entries that the stores of a run held; of several runs, the most",
    "store_peak_bytes": "most bytes that these entries took, by what each kind of store needs",
    "certification": "answers to a second use after 0 s, 1 s and 30 s, as certification asks for",
}
