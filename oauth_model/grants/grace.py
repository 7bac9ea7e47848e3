"""Grace: what becomes of a rotated refresh token that comes again, for its answer may be lost.

Rule: grace excuses what the strategy has called a replay, and nothing else; whatever it does not
excuse revokes the family (RFC 9700 4.14.2). Time is this replica's clock, read after each yield.
`AuthorizationServerConfig.rotation_grace` says which kind:

* `none`: no replay is excused.
* `mint_new`: for `grace_s` after its rotation the token brings new tokens, each time others.
* `same_successor`: for as long it brings the refresh token that it was rotated to.
* `until_successor_used`: it brings that one until somebody has used it, however late; what was
  seen to be used is an acknowledgement (FAPI 2.0 Security Profile 5.3.2.1-9).

`grace_reuses`: how often one token is excused, 0 for no limit. `grace_generations`: `one` excuses a
token only while none of its successors was used; `any` for `grace_s` also after that, so that a
thief may come with an older one.
"""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.flows import Flow
from oauth_model.grants.once import BUSY
from oauth_model.grants.records import RefreshToken
from oauth_model.grants.replica import Replica
from oauth_model.messages import NO_STORE, Response, json_response

#: The answer to a refresh request: an access token, and with True a new refresh token.
Mint = Callable[[bool], Flow[Response]]
#: The kinds that promise one living successor.
ONE_SUCCESSOR = ("same_successor", "until_successor_used")


def excused(replica: Replica, refresh: RefreshToken) -> bool:
    """Whether a token that the strategy takes for used is good once more at this moment.

    So is one that nobody has rotated: the store's answer to its first use was lost, or will come.
    """
    config, now_s = replica.config, replica.clock()
    often = config.grace_reuses and refresh.reuses >= config.grace_reuses
    dead = refresh.grant.revoked or now_s >= refresh.expires_at_s
    if config.rotation_grace == "none" or often or dead:
        return False
    in_time = not refresh.rotated or now_s < refresh.rotated_at_s + config.grace_s
    if _acknowledged(replica, refresh):
        return in_time and config.grace_generations == "any"
    return in_time or config.rotation_grace == "until_successor_used"


def rotate(replica: Replica, refresh: RefreshToken, mint: Mint) -> Flow[Response]:
    """The answer to the first use; to the next, too, where the strategy took it for the first.

    Who is first in the store may be second here, if its answer was overtaken: where there is to be
    one successor, it gets the one that is there.
    """
    if refresh.rotated and replica.config.rotation_grace in ONE_SUCCESSOR:
        answer = yield from come_again(replica, refresh, mint)
        if answer is not None:
            return answer
    return (yield from _rotate(replica, refresh, mint))


def come_again(replica: Replica, refresh: RefreshToken, mint: Mint) -> Flow[Response | None]:
    """The answer to a replay; None when nothing excuses it."""
    if not excused(replica, refresh):
        return None
    refresh.reuses += refresh.rotated
    if not refresh.rotated or replica.config.rotation_grace not in ONE_SUCCESSOR:
        return (yield from _rotate(replica, refresh, mint))
    newest = _newest(replica, refresh)
    if not newest:  # it is being minted at this moment
        return BUSY
    answer = yield from mint(False)
    return json_response(200, answer.json() | {"refresh_token": newest}, NO_STORE)


def _rotate(replica: Replica, refresh: RefreshToken, mint: Mint) -> Flow[Response]:
    if not refresh.rotated:
        refresh.rotated, refresh.rotated_at_s = True, replica.clock()
    response = yield from mint(True)
    refresh.successors.append(response.json()["refresh_token"])
    return response


def _acknowledged(replica: Replica, refresh: RefreshToken) -> bool:
    """Whether any of its successors was used: then an answer has arrived, at whoever has it."""
    known = replica.database.refresh_tokens
    return any(known[value].rotated for value in refresh.successors)


def _newest(replica: Replica, refresh: RefreshToken) -> str:
    """The living end of the chain that a rotated token began; "" while it is being minted."""
    value = ""
    while refresh.rotated:
        if not refresh.successors:
            return ""
        value = refresh.successors[-1]
        refresh = replica.database.refresh_tokens[value]
    return value
