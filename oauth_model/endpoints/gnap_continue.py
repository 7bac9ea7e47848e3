"""Continuing a GNAP request (RFC 9635 5): tokens after the interaction, others later, the end.

Rule: whoever has the continuation token acts for the client, so its every use counts (5: it SHOULD
be replaced each time), with one exception of ours: a request for single-use tokens alone leaves it
as it is, as one at a refresh token does (`grants.refresh_token`), so that a lost answer costs
nothing. The interaction reference is good for one use because its continuation token is.
After consent to single uses alone there is nothing to continue for.
"""

from __future__ import annotations

from hmac import compare_digest

from oauth_model.endpoints.gnap import asked_tokens, check_flags
from oauth_model.errors import InvalidGrant
from oauth_model.flows import Flow
from oauth_model.gnap.errors import GnapError
from oauth_model.gnap.reading import body_of, text_of
from oauth_model.gnap.records import Continuation, Negotiation
from oauth_model.gnap.tokens import (
    CONTINUATION,
    Approved,
    approve,
    continuation,
    continue_with,
    issue,
    one_use,
)
from oauth_model.grants import Replica
from oauth_model.grants.binding import bind, proof_of
from oauth_model.grants.once import redeem
from oauth_model.grants.records import Grant
from oauth_model.grants.revocation import revoke_grant
from oauth_model.jose import fingerprint
from oauth_model.messages import NO_STORE, Request, Response, json_response


def resume(replica: Replica, request: Request) -> Flow[Response]:
    """Continue after the interaction (5.1): the access tokens, as far as they were granted.

    A reference that comes again is a reference that leaked: the request is finalized.
    """
    found, value = yield from _presented(replica, request)
    negotiation, reference = found.negotiation, text_of(body_of(request), "interact_ref")
    if not compare_digest(reference, negotiation.interact_ref):
        raise GnapError("invalid_interaction", "the interaction reference is not that of this")
    grant = negotiation.grant
    if grant is None:
        raise GnapError("user_denied", "the resource owner denied the request")
    if negotiation.state == "approved" and not found.replaced:
        yield from _finalize(replica, negotiation)
        raise GnapError("too_many_attempts", "the interaction was completed before")
    asked = negotiation.asked
    approved = approve(replica, negotiation, grant, asked)
    answer = _answer(replica, found, grant, approved, many=asked.many)
    return (yield from _use_up(replica, request, found, value, answer, "too_many_attempts"))


def modify(replica: Replica, request: Request) -> Flow[Response]:
    """Other tokens of the same grant, without the user (5.3); more than was granted is refused."""
    found, value = yield from _presented(replica, request)
    negotiation, same = found.negotiation, continue_with(replica, value)
    grant = negotiation.grant
    if grant is None or negotiation.state != "approved":
        raise GnapError("invalid_continuation", "the request is pending")
    client = replica.clients[negotiation.client_id]
    asked = asked_tokens(replica, client, body_of(request))
    check_flags(client, asked, negotiation.confirmation)
    onward = {} if found.replaced else same
    approved = approve(replica, negotiation, grant, asked, again=True, **onward)
    if not all(each.asked.use for each in approved):
        answer = _answer(replica, found, grant, approved, many=asked.many)
        return (yield from _use_up(replica, request, found, value, answer, "invalid_continuation"))
    if found.replaced:  # as dead here as elsewhere, though this request consumes nothing
        yield from _finalize(replica, negotiation)
        raise GnapError("invalid_continuation", "the continuation token was replaced")
    tokens = yield from issue(replica, negotiation, grant, approved, many=asked.many)
    return json_response(200, tokens | same, NO_STORE)


def cancel(replica: Replica, request: Request) -> Flow[Response]:
    """The client is done with this request (5.4), and so with its tokens."""
    found, _ = yield from _presented(replica, request)
    if found.replaced:
        raise GnapError("invalid_continuation", "the continuation token was replaced")
    yield from _finalize(replica, found.negotiation)
    return Response(204, NO_STORE)


def presented_token(request: Request) -> str:
    """The token in the Authorization header field (7.2), "" when there is none, or not one."""
    sent = [value for name, value in request.headers if name.lower() == "authorization"]
    scheme, _, value = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    return value.strip(" ") if scheme.lower() == "gnap" else ""


def check_key(replica: Replica, request: Request, negotiation: Negotiation) -> Flow[None]:
    """Raises GnapError when the request does not prove the key of the first one (7.3)."""
    client = replica.clients[negotiation.client_id]
    bound = yield from bind(replica, request, client, proof_of(replica, request))
    if bound != negotiation.confirmation:
        raise GnapError("invalid_client", "the request does not prove the key of the client")


def _presented(replica: Replica, request: Request) -> Flow[tuple[Continuation, str]]:
    """The continuation token of a request; raises GnapError unless it leads to an active one."""
    value = presented_token(request)
    found = replica.database.gnap.continuations.get(value)
    if found is None:
        raise GnapError("invalid_continuation", "the continuation token is unknown")
    yield from check_key(replica, request, found.negotiation)
    grant = found.negotiation.grant
    over = found.negotiation.state == "finalized" or (grant is not None and grant.revoked)
    if over or replica.clock() >= found.expires_at_s:
        raise GnapError("invalid_continuation", "the request is over")
    return found, value


def _use_up(
    replica: Replica,
    request: Request,
    found: Continuation,
    value: str,
    answer: Flow[Response],
    replayed: str,
) -> Flow[Response]:
    """Answer with `answer` if this is the first use of the continuation token.

    Raises GnapError: for a replay with the code `replayed`.
    """
    negotiation, grant = found.negotiation, found.negotiation.grant
    assert grant is not None, "checked by the callers"
    same = fingerprint(negotiation.client_id, value, request.body)
    use = one_use(replica, CONTINUATION, negotiation, value, found.expires_at_s, same)
    try:
        return (yield from redeem(replica, use, grant, answer))
    except InvalidGrant as error:
        code = replayed if grant.revoked else "invalid_continuation"
        negotiation.state = "finalized" if grant.revoked else negotiation.state
        raise GnapError(code, error.description) from error


def _answer(
    replica: Replica, found: Continuation, grant: Grant, approved: list[Approved], *, many: bool
) -> Flow[Response]:
    negotiation = found.negotiation
    found.replaced, negotiation.state = True, "approved"
    tokens = yield from issue(replica, negotiation, grant, approved, many=many)
    if not negotiation.lasting:
        return json_response(200, tokens, NO_STORE)
    lifetime_s = replica.config.refresh_token_lifetime_s
    onward = yield from continuation(replica, negotiation, lifetime_s)
    return json_response(200, tokens | onward, NO_STORE)


def _finalize(replica: Replica, negotiation: Negotiation) -> Flow[None]:
    negotiation.state = "finalized"
    if negotiation.grant is not None:
        yield from revoke_grant(replica, negotiation.grant)
