"""Several things at once: what one user's clicks and tabs do beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.flows import Flow, Start, Wait
from oauth_model.retry import CallResult

#: How soon somebody who waits looks for the first time.
SHORTEST_PAUSE_S = 0.001


def at_once(flows: Sequence[Flow[CallResult]]) -> Flow[list[CallResult]]:
    """Begin several flows and wait for all; their results in the order in which they ended."""
    results: list[CallResult] = []

    def one(flow: Flow[CallResult]) -> Flow[None]:
        results.append((yield from flow))

    for flow in flows:
        yield Start(one(flow))
    yield from wait_until(lambda: len(results) == len(flows))
    return results


def wait_until(met: Callable[[], bool]) -> Flow[None]:
    """Wait for what another flow does.

    A flow cannot wait for another, so it looks again and again, each time after a tenth longer: it
    ends at most so much later.
    """
    pause_s = SHORTEST_PAUSE_S
    while not met():
        yield Wait(pause_s)
        pause_s *= 1.1


def together(results: Sequence[CallResult], *best_first: str) -> CallResult:
    """One result for several: the first of these kinds that is among them."""
    kinds = [result.kind for result in results]
    kind = next(kind for kind in best_first if kind in kinds)
    return CallResult(kind, None, sum(result.attempts for result in results))
