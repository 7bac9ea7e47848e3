"""Grants: what one consent is good for, and what a request does to it.

Rule: the truth about a code or refresh token, which a `refuse` row has, decides; not what was said.
"""

from __future__ import annotations

from collections import defaultdict

from sim.properties.base import Property, ms, prop, where
from sim.trace import Row

#: Who asks, for what, and in which attempt: the one request that rows belong to.
Cause = tuple[int, str, int]


def _cause(row: Row) -> Cause:
    return (row.intention, row.actor, row.attempt)


@prop
class OneLoginForAllServers(Property):
    """What users ask for most: one login, then tokens for several APIs."""

    name = "one_login_for_all_servers"
    sentence = "The user signs in once for all the servers of an intention."
    clause = "RFC 8707 2.1; draft-lodderstedt-oauth-multiple-access-tokens-00 1: one consent"
    subject = "consent of the user"
    held = "no server needed a login of its own; consents: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._covered: dict[int, set[str]] = {}

    def on_issue(self, row: Row) -> None:
        """Another consent for the same again (a step-up) is none for a further server."""
        if row.detail["kind"] != "code" or row.intention < 0 or "rights" not in row.detail:
            return
        self.seen += 1
        rights = row.detail["rights"]
        names = rights["resources"] or rights["scope"].split()
        covered = self._covered.setdefault(row.intention, set(names))
        more = [name for name in names if name not in covered]
        covered.update(names)
        if more:
            self.violated(
                f"the user of intention {row.intention} signed in again for {', '.join(more)}, "
                f"code {row.token} at {ms(row.t_us)}",
                **where(row),
            )


class _Refreshes:
    """Refresh tokens: what the consent behind each covers, and how often each was good so far."""

    def __init__(self) -> None:
        self._resources: dict[str, set[str]] = {}
        self.good: defaultdict[str, list[str]] = defaultdict(list)

    def learn(self, row: Row) -> str:
        """The refresh token that brought the access token of an `issue` row, or ""."""
        kind: str = row.detail["kind"]
        source: str = row.detail.get("source", "")
        if kind == "code":
            self._resources[row.token] = set(row.detail.get("rights", {}).get("resources", ()))
        elif kind == "refresh_token" and source in self._resources:
            self._resources[row.token] = self._resources[source]
            self.good[row.token] = []
        elif kind == "access_token" and source in self.good:
            self.good[source].append(row.token)
            return source
        return ""

    def wronged(self, row: Row) -> bool:
        """Whether a refusal denies what was consented to."""
        asked, detail = set(row.detail["resources"]), row.detail
        granted = self._resources.get(row.token, set())
        return detail["error"] == "invalid_target" and bool(asked) and asked <= granted


@prop
class RefreshTokenForTheWholeGrant(Property):
    """RFC 8707's own example: a code redeemed for the calendar, refreshed for the contacts."""

    name = "refresh_token_for_the_whole_grant"
    sentence = "A refresh token is good for all that was granted, not only for what came with it."
    clause = "RFC 8707 2.2, figures 3 to 6; RFC 6749 6"
    subject = "first use of a refresh token"
    held = "no first refresh was refused what had been granted; refresh tokens used: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._refreshes = _Refreshes()

    def on_issue(self, row: Row) -> None:
        """Count the first good refresh of each refresh token."""
        source = self._refreshes.learn(row)
        self.seen += bool(source) and len(self._refreshes.good[source]) == 1

    def on_refuse(self, row: Row) -> None:
        """A refusal before any refresh was good."""
        if self._refreshes.wronged(row) and not self._refreshes.good[row.token]:
            self.violated(
                f"refresh token {row.token} is not good for {', '.join(row.detail['resources'])}, "
                f"which was granted: refused at {row.node} at {ms(row.t_us)}",
                **where(row),
            )


@prop
class RefreshChangesNothing(Property):
    """What one refresh asks for is for its access token alone."""

    name = "refresh_changes_nothing"
    sentence = "What one refresh asks for does not change what the next one can get."
    clause = "RFC 6749 6: the refresh token stands for the whole grant; RFC 8707 2.2"
    subject = "second use of a refresh token"
    held = "no refresh took anything from a later one; later refreshes: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._refreshes = _Refreshes()

    def on_issue(self, row: Row) -> None:
        """Count the good refreshes after the first."""
        source = self._refreshes.learn(row)
        self.seen += bool(source) and len(self._refreshes.good[source]) > 1

    def on_refuse(self, row: Row) -> None:
        """A refusal after another refresh was good."""
        good = self._refreshes.good[row.token] if self._refreshes.wronged(row) else []
        if good:
            self.violated(
                f"refresh token {row.token} brought {good[-1]}, and then was not good for "
                f"{', '.join(row.detail['resources'])}, which was granted: refused at {row.node} "
                f"at {ms(row.t_us)}",
                **where(row),
            )


@prop
class InvalidGrantOnlyForDeadGrants(Property):
    """A client that is told so throws its refresh token away, and its user has to sign in again."""

    name = "invalid_grant_only_for_dead_grants"
    sentence = "A good refresh token is never called invalid to the client that holds it."
    clause = "RFC 6749 5.2: `invalid_grant` is for what is invalid, expired, revoked; RFC 8707 2"
    subject = "refresh that was refused"
    held = "no good refresh token was called invalid; refused refreshes: {seen}"

    def on_refuse(self, row: Row) -> None:
        """Compare what was said with what is so; a strategy's own no is another matter."""
        detail = row.detail
        if detail["grant_type"] != "refresh_token" or row.actor != "client" or detail["outcome"]:
            return
        self.seen += 1
        if detail["error"] == "invalid_grant" and detail["state"] == "good":
            asked = ", ".join(detail["resources"])
            self.violated(
                f"refresh token {row.token} was called invalid at {row.node} at {ms(row.t_us)} "
                f"and was good" + (f"; the request was for {asked}" if asked else ""),
                **where(row),
            )


@prop
class OneTokenPerCode(Property):
    """A code that two requests redeem brings two families of tokens, one perhaps a thief's."""

    name = "one_token_per_code"
    sentence = "A code brings at most one access token."
    clause = "RFC 6749 4.1.2: the client must not use the code more than once, and is denied it"
    subject = "redemption of a code"
    held = "no code brought a second access token; codes redeemed: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, str] = {}  #: code → its first access token, or ""

    def on_issue(self, row: Row) -> None:
        """Compare with the code's first access token."""
        if row.detail["kind"] == "code":
            self._tokens[row.token] = ""
        source = row.detail.get("source", "")
        if row.detail["kind"] != "access_token" or source not in self._tokens:
            return
        first = self._tokens[source]
        if not first:
            self.seen += 1
            self._tokens[source] = row.token
            return
        self.violated(
            f"code {source} brought {first} and, at {row.node} at {ms(row.t_us)}, {row.token}",
            **where(row),
            code=source,
            first=first,
        )


@prop
class FailedRequestConsumesNothing(Property):
    """Whoever sees a code and cannot redeem it must not be able to burn it either."""

    name = "failed_request_consumes_nothing"
    sentence = "A request that fails leaves the code or refresh token as good as it was."
    clause = "OAuth 2.1 4.1.3; RFC 9449 8: a challenge is no use"
    subject = "refusal of a code or refresh token"
    held = "no refused request used anything up; refusals: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._consumed: dict[str, Cause] = {}  #: code or refresh token → by which request

    def on_consume(self, row: Row) -> None:
        """Remember which request used it up."""
        if row.detail["kind"] in ("code", "refresh_token"):
            self._consumed[row.token] = _cause(row)

    def on_refuse(self, row: Row) -> None:
        """Used up by the very request that is refused, and nothing else is wrong with it."""
        if not row.token:
            return
        self.seen += 1
        if row.detail["state"] == "good" and self._consumed.get(row.token) == _cause(row):
            self.violated(
                f"{row.token} was used up by a request that failed ({row.detail['error']}) "
                f"at {row.node} at {ms(row.t_us)}",
                **where(row),
            )


@prop
class FailedRequestRevokesNothing(Property):
    """A replay is a reason to revoke; a request that could never have succeeded is none."""

    name = "failed_request_revokes_nothing"
    sentence = "A code that nobody redeemed is not revoked by a request that fails."
    clause = "OAuth 2.1 4.1.3: revocation answers a replay, not invalid parameters"
    subject = "refusal of a code"
    held = "no refused request revoked a code that was good; refusals: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._fresh: set[str] = set()  #: codes that nobody redeemed or replayed yet

    def on_issue(self, row: Row) -> None:
        """A new code; or the end of one."""
        if row.detail["kind"] == "code":
            self._fresh.add(row.token)
        self._fresh.discard(row.detail.get("source", ""))

    def on_refuse(self, row: Row) -> None:
        """Refused before anybody asked whether it was used, and revoked all the same."""
        if row.token not in self._fresh:
            return
        self.seen += 1
        if row.detail["outcome"]:
            self._fresh.discard(row.token)
        elif row.detail["state"] == "revoked":
            self.violated(
                f"code {row.token} was revoked by a request that failed ({row.detail['error']}) "
                f"at {row.node} at {ms(row.t_us)}",
                **where(row),
            )
