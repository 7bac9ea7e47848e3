"""What stands between a client and the wire: an HTTP library, a proxy.

Rule: the client knows nothing of it. What is sent again here is the very same bytes, the proof of
a key included, and the client counts one attempt. RFC 9110 9.2.2 forbids a proxy to repeat a
method that is not idempotent, and libraries and proxies do it.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple, TypeVar

from oauth_model.flows import UNKNOWN, Flow, Send, Start
from oauth_model.messages import Response
from oauth_model.retry import Answer

Result = TypeVar("Result")


class Connection(NamedTuple):
    """`retries`: how often a request is sent again that had no answer for `retry_after_s`.

    An answer to what was given up is not heard. All of it happens within the time for which the
    client waits. `discards_rotated`: whether the new refresh token in the answer to a refresh is
    lost on the way to where the client keeps it.
    """

    retries: int = 0
    retry_after_s: float = 0.3
    discards_rotated: bool = False

    @property
    def transparent(self) -> bool:
        """Whether nothing stands there."""
        return not (self.retries or self.discards_rotated)

    def carry(self, flow: Flow[Result]) -> Flow[Result]:
        """The flow with this below it, and below whatever it starts."""
        answer: Any = None
        while True:
            try:
                effect = flow.send(answer)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]  # StopIteration.value is untyped
            if isinstance(effect, Send):
                answer = self._received(effect, (yield from self._send(effect)))
            elif isinstance(effect, Start):
                answer = yield Start(self.carry(effect.flow))
            else:
                answer = yield effect

    def _send(self, send: Send) -> Flow[Answer]:
        left_s = send.timeout_s
        for _ in range(self.retries):
            if left_s <= self.retry_after_s:
                break
            answer: Answer = yield send._replace(timeout_s=self.retry_after_s)
            if answer is not UNKNOWN:
                return answer
            left_s -= self.retry_after_s
        answer = yield send._replace(timeout_s=left_s)
        return answer

    def _received(self, send: Send, answer: Answer) -> Answer:
        if not self.discards_rotated or not isinstance(answer, Response):
            return answer
        if ("grant_type", "refresh_token") not in send.request.form():
            return answer
        members = answer.json()
        if members.pop("refresh_token", None) is None:
            return answer
        return answer._replace(body=json.dumps(members))
