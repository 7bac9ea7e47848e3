"""Audiences: for whom an authorization server issues what, and whether a client gets what it asked.

Rule: what a client asked for is the place in its wallet where it keeps the token.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from sim.properties.base import Audience, Property, Verdict, audience_of, ms, prop, where
from sim.properties.confinement import is_party
from sim.trace import Row

#: How a client keeps an ordinary token; a single-use token may be shown elsewhere than it is kept.
KEPT = ("store", "overwrite")


def means(audience: str, server: str) -> bool:
    """Whether an audience is this server, or the endpoint of this name at another (userinfo)."""
    return is_party(server, audience) or urlsplit(audience).path == f"/{server}"


class _Issued:
    """The audience of every access token so far."""

    def __init__(self) -> None:
        self.audiences: dict[str, Audience] = {}

    def learn(self, row: Row) -> None:
        if row.detail["kind"] == "access_token":
            self.audiences[row.token] = audience_of(row.detail["claims"])

    def kept(self, row: Row) -> Audience | None:
        """The audience of a token that a client keeps from now on; None when none is kept."""
        return self.audiences.get(row.token) if row.detail["action"] in KEPT else None


@prop
class TokenNamesItsServer(Property):
    """A client that is given a token for another server hands it to a stranger."""

    name = "token_names_its_server"
    sentence = "A token that a client gets for a server is for that server."
    clause = "RFC 8707 2, 2.2: a token is for the resource asked for; an unknown one is refused"
    subject = "token kept for a server"
    held = "every token was for the server that it was kept for; tokens kept: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._issued = _Issued()
        self.on_issue = self._issued.learn

    def on_wallet(self, row: Row) -> None:
        """Compare the audience with the place in the wallet."""
        audience, server = self._issued.kept(row), row.detail["server"]
        if audience is None:
            return
        self.seen += 1
        if not any(means(name, server) for name in audience):
            self.violated(
                f"the client asked for {server} and got {row.token}, "
                f"which is for {', '.join(audience)}, at {ms(row.t_us)}",
                **where(row),
                server=server,
                audience=list(audience),
            )


@prop
class AudienceAsAsked(Property):
    """What was asked for one server must not work at the others: the draft's first motivation."""

    name = "audience_as_asked"
    sentence = "A token is for no server besides those that the client asked for."
    clause = "RFC 8707 2, 3; RFC 9700 2.3: restricted to the resources of the request"
    subject = "token kept for a server"
    held = "no token was for more servers than it was kept for; tokens kept: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._issued = _Issued()
        self.on_issue = self._issued.learn
        self._kept: dict[str, tuple[Row, set[str]]] = {}  #: token → when first, for which servers

    def on_wallet(self, row: Row) -> None:
        """Remember for which servers the token is kept."""
        if self._issued.kept(row) is not None:
            self._kept.setdefault(row.token, (row, set()))[1].add(row.detail["server"])
            self.seen = len(self._kept)

    def at_end(self) -> Verdict | None:
        """A token with an audience that it is not kept for."""
        for token, (row, servers) in self._kept.items():
            audience = self._issued.audiences[token]
            more = [name for name in audience if not any(means(name, server) for server in servers)]
            if more and len(audience) > 1:
                because = (
                    f"the client asked for {', '.join(sorted(servers))} and got {token}, which is "
                    f"for {', '.join(more)}, too, at {ms(row.t_us)}"
                )
                return self.judged(False, because, **where(row), audience=list(audience))
        return None


@prop
class SameAudienceAfterRefresh(Property):
    """A refresh brings a token like the one that expired."""

    name = "same_audience_after_refresh"
    sentence = "A later token for a server has the audience of the first one."
    clause = "RFC 6749 6; RFC 8707 2.2: a refresh asks for the same resource again"
    subject = "second token for a server"
    held = "every later token had the audience of the first one; later tokens: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._issued = _Issued()
        self.on_issue = self._issued.learn
        self._firsts: dict[tuple[int, str], str] = {}  #: intention, server → its first token

    def on_wallet(self, row: Row) -> None:
        """Compare with the first token that was kept there."""
        audience, server = self._issued.kept(row), row.detail["server"]
        if audience is None:
            return
        first = self._firsts.setdefault((row.intention, server), row.token)
        if first == row.token:
            return
        self.seen += 1
        before = self._issued.audiences[first]
        if set(audience) != set(before):
            self.violated(
                f"for {server} the client first got {first}, for {', '.join(before)}, and later "
                f"{row.token}, for {', '.join(audience)}, at {ms(row.t_us)}",
                **where(row),
                first=first,
                server=server,
            )


@prop
class AudienceInOneForm(Property):
    """A server that was only ever shown one form may not know the other."""

    name = "audience_in_one_form"
    sentence = "`aud` of a token for one server is a string always, or an array always."
    clause = "RFC 7519 4.1.3: an array of strings, or for one audience a string"
    subject = "token for one server"
    held = "`aud` had one form in all tokens for one server; such tokens: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._form: tuple[str, str] | None = None  #: the first such token, and its form

    def on_issue(self, row: Row) -> None:
        """Compare the form with that of the first."""
        detail = row.detail
        if detail["kind"] != "access_token" or len(audience_of(detail["claims"])) != 1:
            return
        self.seen += 1
        form = "a string" if isinstance(detail["claims"]["aud"], str) else "an array"
        self._form = self._form or (row.token, form)
        first, before = self._form
        if form != before:
            self.violated(
                f"`aud` is {before} in {first} and {form} in {row.token}, at {ms(row.t_us)}",
                **where(row),
                first=first,
            )


@prop
class IdTokenForTheClient(Property):
    """An ID token is for the client; one for a server could be taken for an access token."""

    name = "id_token_for_the_client"
    sentence = "An ID token is for the client that asked for it."
    clause = "OpenID Connect Core 2: `aud` must contain the client's identifier; RFC 8725 3.9"
    subject = "issuance of an ID token"
    held = "every ID token was for its client; issued: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._client: dict[int, str] = {}  #: intention → who got its latest access token

    def on_issue(self, row: Row) -> None:
        """The client is known by the access token that comes before, in the same response."""
        claims = row.detail["claims"]
        if row.detail["kind"] == "access_token":
            self._client[row.intention] = claims.get("client_id", "")
        if row.detail["kind"] != "id_token":
            return
        self.seen += 1
        audience, client = audience_of(claims), self._client.get(row.intention, "")
        if client not in audience:
            self.violated(
                f"ID token {row.token} for client {client} names {', '.join(audience)}, "
                f"at {ms(row.t_us)}",
                **where(row),
                client=client,
                audience=list(audience),
            )
