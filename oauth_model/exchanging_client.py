"""A client that exchanges: one token for the AS, and from it one for each server (RFC 8693)."""

from __future__ import annotations

from oauth_model.client import AS, REFUSED, Client
from oauth_model.flows import Flow
from oauth_model.issuance.token_exchange import ask_exchange
from oauth_model.retry import CallResult, conclude


class ExchangingClient(Client):
    """Obtains by exchange what others obtain by code and by refresh.

    The subject token is in the wallet's slot of the authorization server, whose token it is.
    """

    def obtain(self, server: str, asked: str = "") -> Flow[CallResult]:
        """Get an access token for this server; before that the subject token, if there is none.

        After a new sign-in these two replace those that are held; other servers' stay, as they do
        where a code is redeemed for one server. A single-use token is not exchanged.
        """
        if asked:
            return (yield from super().obtain(server, asked))
        if self.wallet.token(server) and not self.pending:
            return CallResult("served", None, 0)
        subject = yield from self._subject_token()
        if subject.kind != "served":
            return subject
        pairs = ask_exchange(self.targets[server], self.wallet.token(AS))
        answer = yield from self.ask_token(pairs)
        return (yield from self.accept(server, conclude(answer, 1)))

    def _subject_token(self) -> Flow[CallResult]:
        """The token for the AS: by code, else the one held, else by refresh."""
        if self.pending:
            pairs = self.redemption([])
        elif self.wallet.token(AS):
            return CallResult("served", None, 0)
        elif self.wallet.refresh_token:
            pairs = self.refresh()
        else:
            return REFUSED
        result = conclude((yield from self.ask_token(pairs)), 1)
        members = result.response.json() if result.response else {}
        if result.kind != "served" or not self.usable(members):
            return result._replace(kind="refused") if result.kind == "served" else result
        yield self.wallet.store(AS, members["access_token"])
        return result
