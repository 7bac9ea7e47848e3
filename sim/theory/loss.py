"""The lost response: the server has done it, the client does not know, the client asks again."""

from __future__ import annotations

from functools import cache
from math import floor
from typing import NamedTuple


class LostResponse(NamedTuple):
    """What becomes of one intention: three probabilities that sum to 1.

    `consumed_unknown` is the part of `unknown` in which the effect has happened.
    """

    served: float
    refused: float
    unknown: float
    consumed_unknown: float


def refused_after_loss(response_loss: float, grace_uses: int = 0) -> float:
    """Probability that an honest client which never gives up is refused in the end.

    All of its `grace_uses` + 1 accepted presentations must lose their response; lost requests only
    cost time. Strict single use (RFC 6749 4.1.2, RFC 9700 4.14.2) is `grace_uses` 0.
    """
    return response_loss ** (grace_uses + 1)


def lost_response(
    request_loss: float, response_loss: float, retries: int, grace_uses: int = 0
) -> LostResponse:
    """The same for a client that gives up after `retries` retries without an answer.

    The recursion over the attempts left; the sum it stands for has one term per order of losses.
    """

    @cache
    def after(attempts: int, accepted: int) -> LostResponse:
        if attempts == 0:
            return LostResponse(0.0, 0.0, 1.0, 1.0 if accepted else 0.0)
        again = after(attempts - 1, accepted)
        if accepted > grace_uses:
            answered, lost = LostResponse(0.0, 1.0, 0.0, 0.0), again
        else:
            answered, lost = LostResponse(1.0, 0.0, 0.0, 0.0), after(attempts - 1, accepted + 1)
        reached = _mix(response_loss, lost, answered)
        return _mix(request_loss, again, reached)

    return after(retries + 1, 0)


def grace_uses(grace: float, retry_delay: float) -> int:
    """How many extra uses a grace window covers when retries are this far apart."""
    return floor(grace / retry_delay)


def _mix(weight: float, one: LostResponse, other: LostResponse) -> LostResponse:
    return LostResponse(*(weight * a + (1 - weight) * b for a, b in zip(one, other, strict=True)))
