"""Where the record lives: what a failover loses, and what being away from home costs."""

from __future__ import annotations


def lost_records(writes_per_s: float, lag_s: float) -> float:
    """Mean number of records that a failover to an asynchronous replica loses: Little's law."""
    return writes_per_s * lag_s


def home_region_latency(away: float, rtt: float) -> float:
    """Mean added latency when one region owns a key and this share of uses comes from elsewhere."""
    return away * rtt


def home_region_unavailability(away: float, link_down: float) -> float:
    """Share of uses that fail because they are away from the owner and the link to it is down."""
    return away * link_down
