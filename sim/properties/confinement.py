"""Confinement: where a token works, and for whom.

Rule: what a server accepted counts, not what it should have accepted. A stored answer is no second
acceptance, and a theft all the same when somebody else gets it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from sim.properties.base import Audience, Property, audience_of, ms, prop
from sim.trace import Row


@prop
class AudienceConfinement(Property):
    """What leaks at one server must work at no other, and for nobody but the client it was for."""

    name = "audience_confinement"
    sentence = "A token works only at servers in its `aud`, and only for the honest client."
    clause = (
        "RFC 9700 2.3, 4.10.2: access tokens are restricted to an audience, and each server checks "
        "it; draft-lodderstedt-oauth-multiple-access-tokens-00 1"
    )
    subject = "presentation of an access token"
    held = "no token worked outside its audience or for anybody else; presentations: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._audience: dict[str, Audience] = {}
        self._shown_to: dict[str, str] = {}  #: token → the first server the client presented it to

    def on_issue(self, row: Row) -> None:
        """Remember whom an access token is for."""
        if row.detail["kind"] == "access_token":
            self._audience[row.token] = audience_of(row.detail["claims"])

    def on_respond(self, row: Row) -> None:
        """An acceptance must be at a server of the audience, and for the client."""
        detail, server = row.detail, row.detail["server"]
        audience = self._audience.get(row.token)
        if audience is None:
            return
        self.seen += 1
        if row.actor == "client":
            self._shown_to.setdefault(row.token, server)
        if detail["status"] >= 300 or detail["outcome"] == "stored":
            return
        if not any(is_party(server, name) for name in audience):
            self._worked(row, f", which is for {', '.join(audience) or 'nobody'},")
        elif row.actor != "client":
            source = self._source(row)
            self._worked(row, f", seen at {source}," if source else "")

    def _source(self, row: Row) -> str:
        """Where its presenter may have seen the token, so far as rows show; "" when none does."""
        known = {"client": "", "thief": self._shown_to.get(row.token, "")}
        return known.get(row.actor, row.actor)

    def _worked(self, row: Row, what: str) -> None:
        server = row.detail["server"]
        self.violated(
            f"token {row.token}{what} worked at {server} for {_presenter(row.actor)}: "
            f"accepted at {row.node} at {ms(row.t_us)} (attempt {row.attempt})",
            token=row.token,
            intention=row.intention,
            actor=row.actor,
            seen_at=self._source(row),
            worked_at=server,
            node=row.node,
            t_us=row.t_us,
            audience=list(self._audience[row.token]),
        )


def is_party(server: str, audience: str) -> bool:
    """Whether an audience means this server: its name, or a URI whose host begins with its name."""
    if server == audience:
        return True
    host = urlsplit(audience).hostname or ""
    return host == server or host.startswith(f"{server}.")


def _presenter(actor: str) -> str:
    return f"the {actor}" if actor in ("client", "thief") else actor


@prop
class StoredAnswerForItsClient(Property):
    """An answer that is repeated from store tells a thief what only the client should know."""

    name = "stored_answer_for_its_client"
    sentence = (
        "An answer from store is given to the client whose request it answers, to nobody else."
    )
    clause = (
        "draft-ietf-httpapi-idempotency-key-header-07 5: against data leaks, look up what is "
        "stored by what only that client has, too"
    )
    subject = "answer from store"
    held = "every stored answer went to the client; stored answers: {seen}"

    def on_respond(self, row: Row) -> None:
        """Who presented it is known here, and was not known there."""
        if row.detail["outcome"] != "stored":
            return
        self.seen += 1
        if row.actor != "client":
            self.violated(
                f"{_presenter(row.actor)} presented {row.token} at {row.node} and got the stored "
                f"answer at {ms(row.t_us)} (attempt {row.attempt}), because its request was taken "
                f"for the client's, sent again; but the answer is the client's alone",
                token=row.token,
                intention=row.intention,
                actor=row.actor,
                node=row.node,
                t_us=row.t_us,
            )
