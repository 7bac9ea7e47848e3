"""Check, then act: everyone who looks before the first has written is let in."""

from __future__ import annotations

from math import exp


def check_then_act(window: float, mean_gap: float) -> float:
    """Double acceptance of two presentations an exponential gap apart; window: look to write."""
    return 1 - exp(-window / mean_gap)


def check_then_act_burst(window: float, burst: float, presentations: int = 2) -> float:
    """Double acceptance of presentations uniform in a burst no shorter than the window.

    The gap from the earliest to the second exceeds d = window / burst with probability (1 − d)^m.
    """
    return 1 - (1 - window / burst) ** presentations


def check_then_act_accepted(window: float, burst: float, presentations: int) -> float:
    """Mean number of acceptances in such a burst: 1 + m d − d^m."""
    d = window / burst
    return 1 + presentations * d - d**presentations
