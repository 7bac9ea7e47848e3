"""One use that is not counted by the resource server: by the effect, by the AS, or by a nonce.

Rule: a strategy of this file says where its use is consumed (`consumes_at`), and who wires a server
arranges it; `begin` is for the party that counts.
"""

from __future__ import annotations

from oauth_model.flows import Flow
from oauth_model.strategies.base import First, Need, Outcome, Strategy, Use, strategy
from oauth_model.strategies.pickers import in_the_shared_store


@strategy
class InTransaction(Strategy):
    """The key is consumed in the same transaction as the effect, by the database that records it.

    No store beside the database, no window between check and effect, nothing to replicate that the
    payment itself would not need: a used key is a row with a UNIQUE constraint.
    """

    name = "in_transaction"
    promise = (
        "at most one effect per key, whatever fails: no effect without the key, and no key used "
        "up without its effect, or one executed before under the same idempotency key"
    )
    fails = "with the database: no effect, and nothing consumed"
    costs = "no message of its own; a row in the database of the effect"
    in_the_field = "payment systems; a UNIQUE column beside the order; the outbox pattern"
    placement = "with the effect"
    consumes_at = "effect"

    stores_for = in_the_shared_store  # for what has no effect of its own: a code, an action token


@strategy
class IntrospectAndConsume(Strategy):
    """The server asks the AS about every token, and the AS's answer uses it up (RFC 7662).

    The AS alone decides, wherever the servers stand. To ask about a token and to use it become one,
    so whoever asks out of curiosity burns it, and an answer that is lost burns it too.
    """

    name = "introspect_and_consume"
    promise = "at most one use while the AS keeps its records; no answer from it, no decision"
    fails = "closed: no answer from the AS is 503, and an answer that was lost has burned the token"
    costs = "a round trip to the AS for each use, and one from it to its store"
    in_the_field = "reference tokens with one-time introspection; a macaroon's discharge service"
    placement = "at the AS"
    consumes_at = "authorization_server"
    stores_for = in_the_shared_store


@strategy
class IntrospectionCached(Strategy):
    """The same, and each server believes the AS's last answer for a while, as RFC 7662 4 allows.

    What was `active` when the token was used for the first time is believed for the second use.
    """

    name = "introspection_cached"
    promise = (
        "as many uses as anybody likes at each server replica while it believes an answer "
        "(believes_s); none when it asks again"
    )
    fails = "open while an answer is believed; closed like introspect_and_consume when it is not"
    costs = "a round trip to the AS for the first use at each replica; a cache of answers"
    in_the_field = "introspection with a cache of some seconds, the usual advice against its load"
    placement = "at the AS"
    consumes_at = "authorization_server"
    believes_s = 5.0
    lost_response = "good again while the answer is believed"
    stores_for = in_the_shared_store


@strategy
class ServerNonce(Strategy):
    """Freshness by challenge: a proof must carry the server's present nonce; nothing is remembered.

    What was seen on its way is good until the nonce is no longer taken, and then for nobody. It
    takes a client that proves a key with each request (RFC 9449 9); a bearer token has no place for
    a nonce.
    """

    name = "server_nonce"
    promise = "no use later than the nonce lives (minutes); as often as anybody likes until then"
    fails = "open inside the nonce's life; closed for a client that cannot relay a nonce"
    costs = "one more round trip when a nonce is missing or old; no store"
    in_the_field = "DPoP-Nonce (RFC 9449 8, 9); oidc-provider and atproto with 3 to 5 steps"
    placement = "in the proof"
    atomicity = ""
    polarity = ""
    lost_response = "good again"
    needs = Need("client.proof", "dpop")
    wants_nonces = True

    def begin(self, use: Use) -> Flow[Outcome]:
        """First: whoever came so far had a fresh nonce."""
        yield from ()
        return First()
