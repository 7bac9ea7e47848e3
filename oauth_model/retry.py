"""Trying again: what a client makes of no answer, and of answers that promise nothing happened.

Rule: a timeout is unknown, never failed. 503 and 409 say that this attempt had no effect; any other
answer is final, also the `invalid_token` that a retry gets because the first attempt had succeeded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from oauth_model.allowed import check_allowed
from oauth_model.flows import UNKNOWN, Flow, Send, Unknown, Wait, new_send
from oauth_model.messages import Request, Response

POLICIES = ("none", "immediate", "backoff", "hedged")
RETRY_WITH = ("same_token", "fresh_token", "fresh_token_same_idempotency_key")
#: Answers that promise that this attempt had no effect.
NOT_DONE = (409, 503)

Answer = Response | Unknown


class CallResult(NamedTuple):
    """What a client believes: "served", "refused" or "unknown"; the last answer it got.

    `attempts` counts the requests that were sent.
    """

    kind: str
    response: Response | None
    attempts: int


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a client tries again; seconds throughout. Raises ValueError for an unknown name.

    `policy`: "none"; "immediate" and "backoff" repeat up to `retries` times, the latter after a
    pause (exponential, full jitter); "hedged" sends the same bytes once more after `hedge_after_s`
    without an answer, and that is its only retry. `retry_with`: what the next attempt carries.
    """

    policy: str = "none"
    retries: int = 1
    timeout_s: float = 1.0
    base_s: float = 0.1
    cap_s: float = 5.0
    hedge_after_s: float = 0.2
    retry_with: str = "same_token"

    def __post_init__(self) -> None:
        check_allowed(self, {"policy": POLICIES, "retry_with": RETRY_WITH})

    @property
    def most_retries(self) -> int:
        """How many attempts may follow the first."""
        return self.retries if self.policy in ("immediate", "backoff") else 0

    def pause(self, retry: int) -> Wait | None:
        """What to wait before the n-th retry, counted from 0."""
        if self.policy != "backoff":
            return None
        return Wait(min(self.cap_s, self.base_s * 2**retry), jitter=True)

    def send(self, to: str, request: Request) -> Send:
        """One attempt."""
        hedge_after_s = self.hedge_after_s if self.policy == "hedged" else None
        return new_send(Send, to, request, self.timeout_s, hedge_after_s)


def persist(policy: RetryPolicy, attempt: Callable[[int], Flow[Answer | None]]) -> Flow[CallResult]:
    """Make attempts until one is final or none is left; `attempt(n)` returns None to give up.

    When an attempt ended unknown and no later one was final, the whole stays unknown.
    """
    answer: Answer | None = None
    attempts, unsure = 0, False
    for retry in range(policy.most_retries + 1):
        pause = policy.pause(retry - 1) if retry else None
        if pause:
            yield pause
        latest = yield from attempt(retry)
        if latest is None:
            break
        answer, attempts = latest, attempts + 1
        unsure = unsure or answer is UNKNOWN
        if not retryable(answer):
            break
    return conclude(answer, attempts, unsure=unsure)


def repeat(policy: RetryPolicy, send: Send) -> Flow[CallResult]:
    """The same request in every attempt."""

    def attempt(_: int) -> Flow[Answer | None]:
        answer: Answer = yield send
        return answer

    return persist(policy, attempt)


def retryable(answer: Answer) -> bool:
    """Whether another attempt may be made after this."""
    return isinstance(answer, Unknown) or answer.status in NOT_DONE


def conclude(answer: Answer | None, attempts: int, *, unsure: bool = False) -> CallResult:
    """What to believe after the last answer; `unsure` says that some attempt had none."""
    if answer is None:
        return CallResult("refused", None, attempts)
    if isinstance(answer, Unknown):
        return CallResult("unknown", None, attempts)
    if 200 <= answer.status < 300:
        return CallResult("served", answer, attempts)
    kind = "unknown" if unsure and retryable(answer) else "refused"
    return CallResult(kind, answer, attempts)


def not_presented(result: CallResult) -> CallResult:
    """No token, no presentation: whatever became of the request for one, nothing happened."""
    return CallResult("refused", result.response, 0)
