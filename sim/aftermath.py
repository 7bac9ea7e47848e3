"""Aftermath: how long a stolen token was good, and whom a revocation hit.

Rule: what rows show and no more. When a thief first held a token no row says; that it sent it, one
does. A family is all that came of one authorization: its code, and the refresh tokens since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sim.clusters import Durations
from sim.rates import PRESENTED, REVOKED, STOLEN
from sim.trace import Row

#: How a request begins that wants a grant revoked (RFC 7009 2; RFC 9635 5.4): nobody is surprised.
ASKED = ("POST /revoke", "DELETE ")
FAMILY = ("code", "refresh_token")


class Aftermath:
    """A fold over rows: what comes after a theft, and after a replay at the AS."""

    def __init__(self) -> None:
        self.exposure = Durations()
        self.start_run()

    def start_run(self) -> None:
        """Forget tokens and families: the next run has its own."""
        self._expires_us: dict[str, int] = {}  #: access token that no store recorded → its expiry
        self._last_us: dict[str, int] = {}  #: of the others → the last record or acceptance
        self._effect_us: dict[str, int] = {}  #: token → its effect, which may have used it up
        self._stolen_us: dict[str, int] = {}  #: token → a thief's first presentation
        self._family: dict[str, str] = {}  #: code or refresh token → the first of its family
        self._families: dict[str, int] = {}  #: first of a family → its flags

    def end_run(self) -> None:
        """Count the exposures of a run, and forget it."""
        for token, stolen_us in self._stolen_us.items():
            until_us = self._last_us.get(token, self._expires_us.get(token))
            if until_us is not None:
                self.exposure.values_us.append(max(0, until_us - stolen_us))
        self.start_run()

    def warm_up(self) -> None:
        """Forget what happened so far; what was issued stays known."""
        expires_us, family = self._expires_us, self._family
        self.start_run()
        self._expires_us, self._family = expires_us, family

    def families(self) -> Counter[int]:
        """Flags → how many families of the present run have them."""
        return Counter(self._families.values())

    def _issue(self, row: Row) -> None:
        detail = row.detail
        kind, source = detail["kind"], detail.get("source", "")
        claims = detail["claims"]
        if "exp" in claims and "iat" in claims:  # whole seconds: good to one second
            lifetime_us = int((claims["exp"] - claims["iat"]) * 1_000_000)
            self._expires_us[row.token] = row.t_us + lifetime_us
        if source:
            self._present(row, source)
        if kind in FAMILY:
            self._family[row.token] = self._family.get(source, source) or row.token

    def _consume(self, row: Row) -> None:
        if row.token in self._last_us or self._expires_us.pop(row.token, None) is not None:
            self._last_us[row.token] = row.t_us

    def _effect(self, row: Row) -> None:
        """The database of the effect says that an effect had used the token up."""
        token = row.token
        if row.detail["executed"]:
            self._effect_us.setdefault(token, row.t_us)
        elif row.detail["consumed_before"] and self._expires_us.pop(token, None) is not None:
            self._last_us[token] = self._effect_us.get(token, row.t_us)

    def _respond(self, row: Row) -> None:
        detail, token = row.detail, row.token
        received_us = detail["received_us"]
        if detail["status"] < 300 and detail["outcome"] != "stored" and token in self._last_us:
            self._last_us[token] = max(self._last_us[token], received_us)
        if row.actor != "client" and token:
            self._stolen_us[token] = min(received_us, self._stolen_us.get(token, received_us))

    def _return(self, row: Row) -> None:
        """When the thief sent it; what never reached a server is no theft (`theft_rate`)."""
        if row.actor != "client" and row.token in self._stolen_us:
            sent_us = row.detail["invoked_us"]
            self._stolen_us[row.token] = min(sent_us, self._stolen_us[row.token])

    def _refuse(self, row: Row) -> None:
        if row.token in self._family:
            self._present(row, row.token)

    def _revoke(self, row: Row) -> None:
        if row.token in self._family:
            self._present(row, row.token)
            if not row.detail["operation"].startswith(ASKED):
                self._families[self._family[row.token]] |= REVOKED

    def _present(self, row: Row, shown: str) -> None:
        """Somebody showed the AS a code or refresh token."""
        family = self._family.setdefault(shown, shown)
        by = PRESENTED if row.actor == "client" else PRESENTED | STOLEN
        self._families[family] = self._families.get(family, 0) | by


FOLDS: dict[str, Callable[[Aftermath, Row], None]] = {
    "issue": Aftermath._issue,
    "refuse": Aftermath._refuse,
    "revoke": Aftermath._revoke,
    "consume": Aftermath._consume,
    "effect": Aftermath._effect,
    "respond": Aftermath._respond,
    "return": Aftermath._return,
}
