"""One member in charge, copies to the others in the background, and another after a failover.

What was acknowledged and not copied yet is lost with the member that was in charge. A deny-list
then accepts a replay. An allow-list refuses an honest first use whose issuance was lost, and it
too accepts a replay where only the removal was: it fails closed by one half of what is lost.
"""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow, Gather, StoreCall
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.base import PRIMARY, Strategy, Use, strategy
from oauth_model.strategies.spreading import NEWS, news, spread, take

PLACEMENT = "one primary, replicas copied in the background; after a failover another primary"
COSTS = (
    "a round trip to the primary; one to each replica in the background, or with `acks` before "
    "the answer, for as many replicas (the others, not heard by then, are told once more)"
)


def _in_charge(strategy: Strategy, use: Use) -> tuple[str, ...]:
    return (PRIMARY,)


def _as_wait_was_asked(strategy: Strategy) -> int:
    return strategy.settings.acks


def _apply_and_copy(strategy: Strategy, call: StoreCall) -> Flow[StoreAnswer]:
    """Decide, and tell the others; who is not heard in time is told once more, which is harmless.

    With `acks` that is whoever answers after so many others, though its acknowledgement may be on
    its way: two messages for each of them, and a record that stands already.
    """
    answer = yield from take(call)
    if call.operation not in NEWS or not answer.granted:
        return answer
    copies = tuple(news(call, member) for member in strategy.place.others)
    if not (strategy.settings.acks and copies):
        yield from spread(copies, strategy.settings, answer.keep_s)
        return answer
    heard = yield Gather(copies, strategy.settings.acks)
    silent = tuple(copy for copy, said in zip(copies, heard, strict=True) if said is UNKNOWN)
    yield from spread(silent, strategy.settings, answer.keep_s)
    return answer._replace(acks=len(copies) - len(silent))


@strategy
class FailoverDenyList(Strategy):
    """A deny-list on a primary with asynchronous replicas.

    With `acks` the primary waits for so many replicas, like Redis' WAIT: fewer in time, and the
    use is undecided, but nothing is undone. With `quarantine_s` a memory that has just begun to
    record asks for a fresh token in place of believing a first use.
    """

    name = "failover_deny_list"
    promise = "at most one use until a failover; then as many more as were not copied in time"
    fails = (
        "open by failover: a replay of what was not copied yet is accepted; what a primary that "
        "restarts had still to copy, no replica ever learns"
    )
    costs = COSTS
    in_the_field = "Redis with Sentinel or Cluster; PostgreSQL with an asynchronous standby"
    placement = PLACEMENT

    stores_for, acks_needed, at_store = _in_charge, _as_wait_was_asked, _apply_and_copy


@strategy
class FailoverAllowList(Strategy):
    """An allow-list on a primary with asynchronous replicas; `acks`, `quarantine_s` as above.

    The quarantine of an allow-list is for refusals: what a young memory does not know is no replay.
    """

    name = "failover_allow_list"
    promise = "at most one use until a failover; then a key may be stillborn, or good once more"
    fails = (
        "closed by failover if the issuance was not copied yet; open if only the use was not; what "
        "a primary that restarts had still to copy, no replica ever learns"
    )
    costs = f"{COSTS}; as much again at issuance"
    in_the_field = "authorization codes in Redis or Infinispan with asynchronous replicas"
    polarity = "allow_list"
    placement = PLACEMENT

    stores_for, acks_needed, at_store = _in_charge, _as_wait_was_asked, _apply_and_copy
