"""Stories of a mailed link: what its honest reader does, registered in `stories.STORIES`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oauth_model.action_endpoint import FORM_BEGINS, MAILBOX, MESSAGES
from oauth_model.client import Client
from oauth_model.flows import Flow, Send, Start, Wait
from oauth_model.messages import Headers, Request, form_post
from oauth_model.retry import CallResult, repeat

#: Who reads the mail, and the cookie of the session that an earlier consent began at the AS.
ADDRESS, EARLIER_SESSION = "resource-owner@example.com", "session-earlier"
#: How long a person is ready to look for a mail.
PATIENCE_S = 3600.0


def mailed_link(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """Ask the first server for a link, read the mail, open the link, confirm if a form asks to."""
    return (yield from _follow(client, servers[0], 1))


def mailed_link_impatient(client: Client, servers: Sequence[str]) -> Flow[CallResult]:
    """The same, but the link is clicked several times, each within a uniform share of the spread.

    Every click is sent, and its reader looks at the page of the last one: when that says that the
    link was used before, they believe that they were refused, although an earlier click did it.
    """
    return (yield from _follow(client, servers[0], client.config.clicks))


def _follow(client: Client, server: str, clicks: int) -> Flow[CallResult]:
    policy = client.config.retry
    link = yield from _mailed(client, server)
    if isinstance(link, CallResult):
        return link
    cookies: Headers = ()
    if client.signed_in:  # there was a consent, so the browser has a session at the AS
        cookies = (("Cookie", f"session={EARLIER_SESSION}"),)
    click = policy.send(server, Request("GET", link, cookies))
    for _ in range(clicks - 1):
        yield Start(_unread(click))
        yield Wait(client.config.spread_s, jitter=True)
    opened = yield from repeat(policy, click)
    if opened.response is None or FORM_BEGINS not in opened.response.body:
        return opened
    url, _, _ = link.partition("?")
    form = form_post(url, Request("GET", link).query(), cookies)
    confirmed = yield from repeat(policy, policy.send(server, form))
    return confirmed._replace(attempts=opened.attempts + confirmed.attempts)


def _mailed(client: Client, server: str) -> Flow[str | CallResult]:
    """The link, once its mail is read; without one, nothing was presented."""
    policy = client.config.retry
    ask = form_post(f"{client.targets[server].identifier}/links", [("email", ADDRESS)])
    asked = yield from repeat(policy, policy.send(server, ask))
    if asked.kind != "served" or asked.response is None:
        return CallResult("refused", asked.response, 0)
    look = Request("GET", f"{MESSAGES}/{asked.response.json().get('message', '')}")
    read = yield from repeat(policy, Send(MAILBOX, look, PATIENCE_S))
    if read.kind != "served" or read.response is None:
        return CallResult("refused", read.response, 0)
    return read.response.body


def _unread(click: Send) -> Flow[None]:
    yield click


ACTION_STORIES: dict[str, Callable[[Client, Sequence[str]], Flow[CallResult]]] = {
    "mailed_link": mailed_link,
    "mailed_link_impatient": mailed_link_impatient,
}
