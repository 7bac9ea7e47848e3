"""How protocol objects meet the world: a step is a generator (a *flow*) that yields effects.

Rule 1: a flow does no I/O, reads no clock and draws nothing at random; it yields one of the effects
below and is resumed with the answer. Rule 2: an answer that did not come in time is `UNKNOWN`,
which is neither a yes nor a no; every flow must say what it makes of it.

The same flow runs in a test (`run`), inside SimPy (`sim.world`), and for real clients
(`in_process`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar

from oauth_model.messages import Request, Response


class Unknown(Enum):
    """The third value of every outcome: no answer in time, so it may or may not have happened."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


class OneTimeKey(NamedTuple):
    """What may be used once: a kind of object, its issuer, a context and its identifier.

    The context of a single-use access token is the server it is used at (or empty, when one use is
    meant for all servers together); that of a DPoP proof is its `htu` (RFC 9449 11.1).
    """

    kind: str
    issuer: str
    context: str
    id: str


class Send(NamedTuple):
    """Ask another party. Answer: its `Response`, or `UNKNOWN` after `timeout_s`.

    With `hedge_after_s` the same bytes are sent once more when no answer came by then, and the
    first answer wins (Dean and Barroso's hedged request).
    """

    to: str
    request: Request
    timeout_s: float
    hedge_after_s: float | None = None


class StoreCall(NamedTuple):
    """Ask a store of one-time keys. Answer: a `replay.StoreAnswer`, or `UNKNOWN`.

    `store` is a place (`strategies.base`: LOCAL, SHARED, PRIMARY, `regional(...)`, `member(...)`);
    `operation` a verb of `replay.ReplayStore`; `keep_until_s` the instant, in seconds of the
    store's own clock, from which the record may be forgotten. `memory`: which kind of memory keeps
    it there (`memories.MEMORIES`). With `strategy` the store runs that strategy's `at_store`
    instead of applying the verb itself. The rest belongs to the verbs that need it.
    """

    store: str
    operation: str
    key: OneTimeKey
    keep_until_s: float = 0.0
    fingerprint: str = ""
    lease: int = 0
    lease_s: float = 0.0
    response: Response | None = None
    memory: str = "records"
    strategy: str = ""


#: As `messages.new_request`: made for each message.
new_key, new_send, new_call = OneTimeKey.__new__, Send.__new__, StoreCall.__new__


class Gather(NamedTuple):
    """Ask several stores at once. Answer: one `replay.StoreAnswer` or `UNKNOWN` for each call.

    The answers come in the order of `calls`, as soon as `need` of them have been given or nothing
    more can come; what has not answered by then is `UNKNOWN`, though its store may yet act on it.
    """

    calls: tuple[StoreCall, ...]
    need: int


class Perform(NamedTuple):
    """Do what the protected resource is for. Answer: a `Performed`. The ground truth of every run.

    With `consume`, the one-time key is used up in the same transaction as the effect; with
    `idempotency_key`, an effect already recorded under that key is not executed again. `fence`: a
    key and the number of the lease that it is held by; a lower number than one that was seen for
    the key comes too late.
    """

    operation: str
    consume: OneTimeKey | None = None
    keep_until_s: float = 0.0
    idempotency_key: str | None = None
    fence: tuple[OneTimeKey, int] | None = None


class Performed(NamedTuple):
    """What became of a `Perform`: executed now, or not because it had been before."""

    executed: bool
    consumed_before: bool = False


class Wait(NamedTuple):
    """Let time pass; answered None. With `jitter`, uniformly between nothing and `duration_s`."""

    duration_s: float
    jitter: bool = False


class Start(NamedTuple):
    """Begin a background flow on this node and go on at once; answered None."""

    flow: Generator[Any, Any, Any]


class Note(NamedTuple):
    """Something the trace should know; answered None at once and changes nothing.

    `kind` is the kind of the trace row; `detail` what it says, JSON-able once tokens are replaced
    by their references.
    """

    kind: str
    detail: dict[str, Any]


Effect = Send | StoreCall | Gather | Perform | Wait | Start | Note
Result = TypeVar("Result")
#: A flow yields effects, is sent their answers, and returns its result.
Flow = Generator[Effect, Any, Result]


def run(flow: Flow[Result], answer: Callable[[Effect], Any]) -> Result:
    """Drive a flow to its end without a world; `answer(effect)` says what each effect brings.

    Notes and waits need no answer and are passed to `answer` all the same, so that a test can
    watch them. Raises whatever the flow raises.
    """
    try:
        effect = next(flow)
        while True:
            effect = flow.send(answer(effect))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # StopIteration.value is untyped
