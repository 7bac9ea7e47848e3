"""How news of a key travels from the store that decided about it to others.

Rule: a member takes news in whatever order it comes. The news that a key was used leaves a
tombstone, or the news of its issuance, arriving later, would make it good again.
"""

from __future__ import annotations

from math import ceil

from oauth_model.flows import UNKNOWN, Flow, Start, StoreCall, Wait
from oauth_model.replay import State, StoreAnswer
from oauth_model.strategies.base import LOCAL
from oauth_model.strategies.settings import Settings

#: verb that was granted → the news of it, as a member of the replicated store understands it.
NEWS = {"add": "learn", "insert": "spend", "remove": "spend"}
#: news → the verbs by which a member takes it, one after the other until it knows.
TAKEN_BY = {"learn": ("add",), "spend": ("insert", "remove")}


def news(call: StoreCall, member: str) -> StoreCall:
    """What another member is told of a call that was granted here."""
    return call._replace(store=member, operation=NEWS[call.operation])


def take(call: StoreCall) -> Flow[StoreAnswer]:
    """Apply a call to the store's own memory; news as often as it takes."""
    for verb in TAKEN_BY.get(call.operation, (call.operation,)):
        answer: StoreAnswer = yield call._replace(store=LOCAL, strategy="", operation=verb)
        if answer.granted or answer.before is State.USED:
            break
    return answer


def spread(copies: tuple[StoreCall, ...], settings: Settings, keep_s: float) -> Flow[None]:
    """Send copies in the background, each until it is acknowledged or of no use any more.

    `keep_s`: for how long the record must yet stand, as the store that made it says.
    """
    for copy in copies:
        yield Start(until_acknowledged(copy, settings, keep_s))


def until_acknowledged(copy: StoreCall, settings: Settings, keep_s: float) -> Flow[None]:
    """After `copy_after_s` send a copy, and again every `resend_s` until its store has answered.

    The tries cover `keep_s`; a crash of the sender ends them before.
    """
    if settings.copy_after_s:
        yield Wait(settings.copy_after_s)
    for _ in range(max(1, ceil(keep_s / settings.resend_s))):
        if (yield copy) is not UNKNOWN:
            return
        yield Wait(settings.resend_s)
