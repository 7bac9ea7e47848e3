"""Obligations: what a single-use token asks of the server that issues it and of the client.

Rule: one promise of the minutes, one property.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sim.properties.base import (
    MINUTES,
    Property,
    Sighting,
    Verdict,
    audience_of,
    issued_for_single_use,
    ms,
    prop,
    sighting,
    where,
)
from sim.trace import Row


@prop
class SingleUseWithoutRefreshToken(Property):
    """A refresh token or a session beside it would make one use as good as any number."""

    name = "single_use_without_refresh_token"
    sentence = "A single-use token never comes with a refresh token and never starts a session."
    clause = f"{MINUTES}: single-use tokens must not have a refresh token, nor start a long session"
    subject = "issuance of a single-use token"
    held = "no single-use token came with a refresh token or a session; issued: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._with_session: set[str] = set()  #: codes whose authorization began a session

    def on_issue(self, row: Row) -> None:
        """Look at what else was in the response, and in that to the authorization request."""
        detail = row.detail
        if detail.get("with_session"):
            self._with_session.add(row.token)
        if not issued_for_single_use(row):
            return
        self.seen += 1
        session = detail.get("source") in self._with_session
        if detail["with_refresh_token"] or session:
            what = "a refresh token" if detail["with_refresh_token"] else "a session at the AS"
            self.violated(
                f"single-use token {row.token} came with {what}, from {row.node} at {ms(row.t_us)}",
                **where(row),
            )


@prop
class SingleUseDownScoped(Property):
    """One use of everything would be as good to a thief as the client's ordinary token."""

    name = "single_use_down_scoped"
    sentence = "A single-use token is for one right at one server: a scope, or what one call needs."
    clause = f"{MINUTES}: single-use, down-scoped access tokens; RFC 9396 9"
    subject = "issuance of a single-use access token"
    held = "every single-use token was for one right at one server; issued: {seen}"

    def on_issue(self, row: Row) -> None:
        """Count what the token is for."""
        if row.detail["kind"] != "access_token" or not issued_for_single_use(row):
            return
        self.seen += 1
        claims = row.detail["claims"]
        audiences, details = audience_of(claims), claims.get("authorization_details", [])
        rights = details or claims.get("scope", "").split()
        for what, names in (("audiences", audiences), ("rights", rights)):
            if len(names) > 1:
                self.violated(
                    f"single-use token {row.token} is for {len(names)} {what}, "
                    f"from {row.node} at {ms(row.t_us)}",
                    **where(row),
                )
                return


@dataclass(slots=True)
class _Swap:
    """A wallet's place for one server while a single-use token stands in for the original."""

    original: str
    last: Sighting
    open: Counter[int] = field(default_factory=Counter)  #: intention → swaps not restored yet


@prop
class OriginalTokenRestored(Property):
    """A single-use token takes the original's place for one call, unlike a step-up's (minutes)."""

    name = "original_token_restored"
    sentence = "After its one call, a single-use token gives its place back to the original token."
    clause = f"{MINUTES}: a temporary replacement, after which the original token is restored"
    subject = "swap in a client's wallet"
    held = "the original token came back after each swap; swaps: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._swaps: dict[tuple[str, str], _Swap] = {}
        self._back: dict[tuple[str, str], str] = {}  #: what came back last
        self._ended: dict[int, int] = {}  #: intention whose swap is still open → when it ended

    def on_wallet(self, row: Row) -> None:
        """Follow a place from the first swap to the last restoration."""
        act = {
            **{"swap_in": self._swap_in, "restore": self._restore},
            **{"overwrite": self._overwrite, "replace": self._replace},
        }
        action = act.get(row.detail["action"])
        if action is not None:
            action(row, (row.node, row.detail["server"]))

    def on_outcome(self, row: Row) -> None:
        """An intention that ended, and not only with the run, should have restored its swap."""
        swaps = self._swaps.values()
        if not row.detail.get("cut_off") and any(swap.open[row.intention] for swap in swaps):
            self._ended[row.intention] = row.t_us

    def at_end(self) -> Verdict | None:
        """A place that still holds a single-use token."""
        for (_, server), swap in self._swaps.items():
            at = f"{swap.last.token} was swapped in for {server} at {swap.last}"
            facts = {"token": swap.last.token, "before": swap.original, "server": server}
            ended = [i for i in swap.open if i in self._ended]
            if ended:
                when = ms(self._ended[ended[0]])
                because = f"{at}; intention {ended[0]} ended at {when}, {swap.original} never back"
                return self.judged(False, because, intention=ended[0], **facts)
            return self.judged(
                None, f"{at}; the trace ends before {swap.original} is back", **facts
            )
        return None

    def _swap_in(self, row: Row, place: tuple[str, str]) -> None:
        self.seen += 1
        swap = self._swaps.setdefault(place, _Swap(row.detail["before"], sighting(row)))
        swap.last = sighting(row)
        swap.open[row.intention] += 1

    def _restore(self, row: Row, place: tuple[str, str]) -> None:
        swap = self._swaps.get(place)
        if swap is None:
            if row.token != self._back.get(place, row.token):
                self._put_back(row, self._back[place])
            return
        # A retry's own token found the first one there: the original ends the whole series.
        swap.open[row.intention] -= swap.open[row.intention] if row.token == swap.original else 1
        swap.open = +swap.open
        if row.intention not in swap.open:
            self._ended.pop(row.intention, None)
        if swap.open:
            return
        del self._swaps[place]
        self._back[place] = swap.original
        if row.token != swap.original:
            self._put_back(row, swap.original)

    def _replace(self, row: Row, place: tuple[str, str]) -> None:
        """A newer ordinary token is the one to come back."""
        self._back.pop(place, None)
        if place in self._swaps:
            self._swaps[place].original = row.token

    def _overwrite(self, row: Row, place: tuple[str, str]) -> None:
        self.seen += 1
        original = row.detail["before"]
        self._lost(row, f"{row.token} overwrote {original} for good", original)

    def _put_back(self, row: Row, original: str) -> None:
        self._lost(row, f"{row.token} was put back in place of {original}", original)

    def _lost(self, row: Row, what: str, original: str) -> None:
        self.violated(
            f"{what}, for {row.detail['server']} at {row.node} at {ms(row.t_us)}",
            token=row.token,
            intention=row.intention,
            before=original,
            server=row.detail["server"],
            node=row.node,
            t_us=row.t_us,
        )
