"""Metrics: what a run comes to in numbers, folded from its rows as they happen.

Rule: a tally keeps a pattern of flags per token, intention and other one-time object while a run
goes on, and after it only counts of patterns (`sim.rates`), so that tallies are small, mergeable
and picklable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any

from sim import aftermath, one_time, patterns
from sim.aftermath import Aftermath
from sim.clusters import Clusters, Durations
from sim.measures import DEFINITIONS, QUANTILES
from sim.one_time import OneTime
from sim.patterns import Patterns
from sim.rates import POPULATIONS, RATES
from sim.trace import KINDS, Row

__all__ = ["DEFINITIONS", "QUANTILES", "Tally"]


class Tally:
    """A fold over rows: call it with each, in order; a `total` row ends a run.

    What is kept per token and per intention is counted and forgotten at the end of the run, so the
    same names may come again in the next one, and merging two tallies is folding both traces.
    """

    def __init__(self) -> None:
        self.latency, self.added_latency, self.detection = Durations(), Durations(), Durations()
        self._run, self._aftermath, self._one_time = Patterns(), Aftermath(), OneTime()
        self.messages = self.store_operations = self.begun = 0
        self.store_peak_entries = self.store_peak_bytes = 0
        self._counted: dict[str, Counter[int]] = {name: Counter() for name in POPULATIONS}
        self._ended_runs = dict.fromkeys(RATES, Clusters())
        self._listen()

    def _listen(self) -> None:
        """Look up who wants rows of which kind, so that nobody else is asked."""
        parts: list[tuple[Any, Mapping[str, Callable[[Any, Row], None]]]] = [
            (self, FOLDS),
            (self._run, patterns.FOLDS),
            (self._aftermath, aftermath.FOLDS),
            (self._one_time, one_time.FOLDS),
        ]
        self._wanted: dict[str, list[Callable[[Row], None]]] = {
            kind: [MethodType(folds[kind], part) for part, folds in parts if kind in folds]
            for kind in KINDS
        }

    def __getstate__(self) -> dict[str, Any]:
        """All but who listens, which is looked up again."""
        return {name: value for name, value in vars(self).items() if name != "_wanted"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._listen()

    def __call__(self, row: Row) -> None:
        """Fold one row; what is of an intention begun in the warm-up is passed over."""
        first = self._run.first
        if first and 0 <= row.intention < first:
            return
        for fold in self._wanted.get(row.kind, ()):
            fold(row)

    def merge(self, other: Tally) -> Tally:
        """Add what the other has counted; an unfinished run of the other counts as ended."""
        for name, counts in other.patterns().items():
            self._counted[name].update(counts)
        for name, clusters in other.clusters().items():
            self._ended_runs[name] = self._ended_runs[name].merged(clusters)
        theirs = other.durations()
        for name, durations in self.durations().items():
            durations.merge(theirs[name])
        self.messages += other.messages
        self.store_operations += other.store_operations
        self.begun += other.begun
        self.store_peak_entries = max(self.store_peak_entries, other.store_peak_entries)
        self.store_peak_bytes = max(self.store_peak_bytes, other.store_peak_bytes)
        return self

    def patterns(self) -> dict[str, Counter[int]]:
        """Population → flags → how many of it ended with these flags, the present run included."""
        now = self._run.counts() | self._one_time.counts()
        now["families"] = self._aftermath.families()
        return {name: counted + now[name] for name, counted in self._counted.items()}

    def clusters(self) -> dict[str, Clusters]:
        """Rate → its hits and trials run by run, the present run included."""
        patterns, found = self.patterns(), {}
        for name, rate in RATES.items():
            hits, trials = rate.counts(patterns[rate.population])
            ended = self._ended_runs[name]
            found[name] = ended.and_run(hits - ended.hits, trials - ended.trials)
        return found

    def durations(self) -> dict[str, Durations]:
        """The durations among the measures, by name."""
        return {
            "latency_ms": self.latency,
            "added_latency_ms": self.added_latency,
            "exposure_ms": self._aftermath.exposure,
            "detection_ms": self.detection,
        }

    def values(self) -> dict[str, float | None]:
        """Every number of `measures` without its interval; `latency_ms.mean`, `latency_ms.p50`."""
        values: dict[str, float | None] = {n: c.value() for n, c in self.clusters().items()}
        for name, each in self.durations().items():
            values[f"{name}.mean"] = each.mean_ms()
            values |= {f"{name}.{which}": each.value_ms(q) for which, q in QUANTILES.items()}
        return values | self._plain()

    def measures(self, certification: dict[str, Any] | None = None) -> dict[str, Any]:
        """The `metrics` object: every name of `DEFINITIONS`; durations in ms.

        Rates, means and quantiles are `{"value", "ci95", "n"}`, and `runs` where the interval is
        over several; the four about messages and stores are plain numbers; `certification` is
        handed in by who ran the certification clock.
        """
        rates = {name: clusters.to_json() for name, clusters in self.clusters().items()}
        durations = {name: each.to_json(QUANTILES) for name, each in self.durations().items()}
        return rates | durations | self._plain() | {"certification": certification or {}}

    def _plain(self) -> dict[str, float | None]:
        return {
            "messages_per_use": self.messages / self.begun if self.begun else None,
            "store_operations_per_use": self.store_operations / self.begun if self.begun else None,
            "store_peak_entries": self.store_peak_entries,
            "store_peak_bytes": self.store_peak_bytes,
        }

    def _respond(self, row: Row) -> None:
        detail = row.detail
        asked = detail["handling_us"] > 0 or detail["status"] < 300
        if detail["outcome"] or (asked and self._run.for_single_use(row.token)):
            self.added_latency.values_us.append(detail["handling_us"])

    def _compensate(self, row: Row) -> None:
        twice_us = self._run.twice_us.pop(row.token, None)
        if twice_us is not None:
            self.detection.values_us.append(row.t_us - twice_us)

    def _outcome(self, row: Row) -> None:
        if row.detail["kind"] == "served":
            self.latency.values_us.append(row.detail["latency_us"])

    def _warm_up(self, row: Row) -> None:
        """Forget what the intentions so far did; what was issued to the session stays known."""
        self._run = self._run.from_now_on(row.detail["first"])
        self._one_time = self._one_time.from_now_on()
        self._aftermath.warm_up()
        for durations in self.durations().values():
            durations.drop_run()
        self._listen()

    def _total(self, row: Row) -> None:
        detail = row.detail
        self._ended_runs, self._counted = self.clusters(), self.patterns()
        self._aftermath.end_run()
        for durations in self.durations().values():
            durations.end_run()
        self._run, self._one_time = Patterns(), OneTime()
        self._listen()
        self.messages += sum(detail["messages"].values())
        self.store_operations += detail["store_operations"]
        self.begun += detail["begun"]
        self.store_peak_entries = max(self.store_peak_entries, detail["store_peak_entries"])
        self.store_peak_bytes = max(self.store_peak_bytes, detail["store_peak_bytes"])


FOLDS: dict[str, Callable[[Tally, Row], None]] = {
    "respond": Tally._respond,
    "compensate": Tally._compensate,
    "outcome": Tally._outcome,
    "warm_up": Tally._warm_up,
    "total": Tally._total,
}
