"""Every member accepts by itself; when the news meet, what was accepted twice is compensated."""

from __future__ import annotations

from oauth_model.flows import Flow, Note, StoreCall
from oauth_model.replay import StoreAnswer
from oauth_model.strategies.base import LOCAL, Strategy, strategy
from oauth_model.strategies.pickers import at_the_nearest_member
from oauth_model.strategies.spreading import spread


@strategy
class MultiMaster(Strategy):
    """A deny-list at the nearest member, copied in the background; conflicts are found and undone.

    A record carries the member that accepted the use (a member accepts a key once), so news of the
    same use are told from news of another. Of two, that of the member whose name comes first
    stays; the other's member finds out when the news arrives, and notes `compensate`: what was
    obtained is to be revoked (RFC 6749 4.1.2, "SHOULD revoke").
    """

    name = "multi_master"
    promise = (
        "at most one use per member and lag; each beyond the first is found and undone, unless the "
        "member that accepted it restarts before its news has arrived"
    )
    fails = (
        "open by lag: each member accepts once; what is found is compensated, not prevented; "
        "unnoticed where a member restarts, for what it had still to tell is lost"
    )
    costs = "a round trip to the nearest member; in the background one from it to each other"
    in_the_field = "DynamoDB global tables (MREC) with a reconciling job; banks' card clearing"
    placement = "the nearest member, copied in the background by it, conflicts detected"
    stores_for = at_the_nearest_member

    def at_store(self, call: StoreCall) -> Flow[StoreAnswer]:
        """Accept and tell the others; or take their news, and look whether they meet a use here."""
        if call.operation == "news":
            return (yield from self._take(call))
        here = call._replace(strategy="", fingerprint=self.place.store)
        answer: StoreAnswer = yield here._replace(store=LOCAL)
        if answer.granted:
            copy = here._replace(operation="news", strategy=self.name)
            copies = tuple(copy._replace(store=member) for member in self.place.others)
            yield from spread(copies, self.settings, answer.keep_s)
        return answer

    def _take(self, call: StoreCall) -> Flow[StoreAnswer]:
        """Record the use that another member accepted; here another one may be recorded."""
        here = call._replace(store=LOCAL, strategy="")
        answer: StoreAnswer = yield here._replace(operation="insert")
        accepted_here = not answer.granted and answer.fingerprint == self.place.store
        if accepted_here and call.fingerprint < self.place.store:
            # News may come twice: the mark is set once, under a kind that nobody presents.
            mark = call.key._replace(kind=f"compensated {call.key.kind}")
            marked = yield here._replace(operation="add", key=mark)
            if marked.granted:
                detail = {"token": call.key.id, "key": list(call.key), "kept": call.fingerprint}
                yield Note("compensate", detail)
        return answer
