"""The wallet: what a client holds, and the temporary swap of a single-use token.

Rule: a single-use token takes the place of the stored access token for one call, and then the
original is restored (minutes of the OAuth WG interim of 2025-01-20). A client that does not know
this *overwrites* its own token with one that is good for a single call.
"""

from __future__ import annotations

from dataclasses import dataclass

from oauth_model.flows import Note


@dataclass(slots=True)
class _Store:
    """What wallets may share."""

    tokens: dict[str, str]
    refresh_token: str


class Wallet:
    """One slot per server for an access token, and one refresh token; empty strings for none.

    Every change of a slot returns the `Note` that tells the trace of it. Wallets with the same
    `tokens` share their slots, and each remembers by itself what it swapped out. `busy`: the
    servers at which somebody who takes turns is making a call.
    """

    def __init__(self, tokens: dict[str, str] | None = None, refresh_token: str = "") -> None:
        self._store = _Store({} if tokens is None else tokens, refresh_token)
        self.busy: set[str] = set()
        self._originals: dict[str, str] = {}

    @property
    def tokens(self) -> dict[str, str]:
        """The slots: server → access token."""
        return self._store.tokens

    @property
    def refresh_token(self) -> str:
        """The refresh token that stands there now."""
        return self._store.refresh_token

    @refresh_token.setter
    def refresh_token(self, value: str) -> None:
        """Keep another in its place."""
        self._store.refresh_token = value

    def beside(self) -> Wallet:
        """Another wallet on the same store, the refresh token included: what a second tab has."""
        other = Wallet()
        other._store = self._store
        return other

    def copied(self) -> Wallet:
        """Another wallet with what stands in this one now, and a store of its own."""
        return Wallet(dict(self._store.tokens), self._store.refresh_token)

    def take_over(self, other: Wallet) -> None:
        """Write what another wallet holds over what stands here: the last who writes wins."""
        self.tokens.update(other.tokens)
        self.refresh_token = other.refresh_token

    def token(self, server: str) -> str:
        """The access token that a call to this server would carry now."""
        return self._store.tokens.get(server, "")

    def store(self, server: str, token: str) -> Note:
        """Keep an ordinary access token in this server's slot; it replaces another for good.

        One that comes while a single-use token stands there is what will be restored.
        """
        if self.swapped(server):
            self._originals[server] = token
        return self._put(server, "replace" if self.token(server) else "store", token)

    def overwrite(self, server: str, token: str) -> Note:
        """Keep a single-use token as if it were an ordinary one: the original is lost."""
        return self._put(server, "overwrite", token)

    def swap_in(self, server: str, token: str) -> Note:
        """Put a single-use token in the slot for now; the first of a series saves the original."""
        self._originals.setdefault(server, self.token(server))
        return self._put(server, "swap_in", token)

    def swapped(self, server: str) -> bool:
        """Whether a single-use token stands in for the original."""
        return server in self._originals

    def restore(self, server: str) -> Note:
        """Put the original back; raises KeyError when nothing was swapped in."""
        return self._put(server, "restore", self._originals.pop(server))

    def give_up(self) -> Note:
        """Throw the refresh token away, because one was called invalid (RFC 6749 5.2)."""
        before, self.refresh_token = self.refresh_token, ""
        detail = {"server": "as", "action": "give_up", "token": "", "before": before}
        return Note("wallet", detail)

    def wipe(self) -> Note:
        """Empty the store for all who share it, whatever stands there by now."""
        self.tokens.clear()
        return self.give_up()

    def _put(self, server: str, action: str, token: str) -> Note:
        before, self.tokens[server] = self.token(server), token
        detail = {"server": server, "action": action, "token": token, "before": before}
        return Note("wallet", detail)
