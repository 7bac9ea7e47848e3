"""The dials of a run that strategies and their memories read; a scenario sets them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """The dials that strategies share; seconds throughout.

    `retention_margin_s`: how much longer than the acceptance window a record is kept. A promise of
    single use needs at least the largest clock difference; negative forgets too early, on purpose.
    `lease_s`: how long a reservation stands without a word from its holder.
    `on_outage`: what an undecided check becomes: `"fail_closed"` refuses, `"fail_open"` accepts.
    `resend_s`: how long a replicating node waits before it sends an unacknowledged record again,
    for as long as the record must stand; a crash of the node ends it.
    `copy_after_s`: how long a copy waits in its sender, with which it is lost, before it is sent.
    `reads`, `writes`: how many members of the replicated store a quorum asks (0: a majority).
    `acks`: how many other members must have a record before its use counts.
    `quarantine_s`: how long a memory that has just begun to record is not believed; at least as
    long as a key is acceptable, or what was used before is good again afterwards.
    `grace_s`, `grace_uses`: how long after the first use, and how often, the key is good again.
    `capacity`: how many entries a bounded memory holds; `when_full`: `"evict"` the oldest or
    `"refuse"` the newest.
    `filter_keys_per_s`, `filter_window_s`, `false_positive_rate`: what a filter is sized for;
    `on_false_positive`: what becomes of a key that it takes for used, `"reject"` or `"challenge"`.
    `window_bits`: how far behind the highest a number (an intention) may come.
    `survivor`: which of two sites (1, 2) goes on alone when the other is silent; 0: neither.
    `owners`: how many members hold a key that has owners, the next in line asked when one is
    silent. `forward`: whether a server asks an owner in another region, or for a fresh token.
    """

    retention_margin_s: float = 60.0
    lease_s: float = 10.0
    on_outage: str = "fail_closed"
    resend_s: float = 1.0
    copy_after_s: float = 0.0
    reads: int = 0
    writes: int = 0
    acks: int = 0
    quarantine_s: float = 0.0
    grace_s: float = 0.0
    grace_uses: int = 0
    capacity: int = 1000
    when_full: str = "evict"
    filter_keys_per_s: float = 1000.0
    filter_window_s: float = 60.0
    false_positive_rate: float = 0.001
    on_false_positive: str = "reject"
    window_bits: int = 64
    survivor: int = 0
    owners: int = 1
    forward: bool = True

    @property
    def sizing(self) -> tuple[float, float, float]:
        """What a filter is made for: keys per second, window in seconds, false-positive rate."""
        return self.filter_keys_per_s, self.filter_window_s, self.false_positive_rate


DEFAULTS = Settings()
