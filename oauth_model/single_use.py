"""What `use: single` obliges an authorization server to do, and the key that all parties agree on.

The minutes of the OAuth WG interim of 2025-01-20 name a claim and response member `use` with the
suggested value `single`, and speak of "a new authorization endpoint parameter" without a name.
`token_use=single` is therefore OUR name, not the field's. It is unrelated to the claim `token_use`
of AWS Cognito (`id` or `access`) and to the member `use` of a JWK (`sig` or `enc`, RFC 7517 4.2).

A single-use token: is asked for with a scope and gets exactly that (down-scoped), is for one
audience unless policy says otherwise, lives for seconds, never comes with a refresh token, and
starts no session.
"""

from __future__ import annotations

from oauth_model.errors import InvalidAuthorizationDetails, InvalidRequest, InvalidScope
from oauth_model.flows import OneTimeKey, new_key
from oauth_model.issuance.base import Selection, split
from oauth_model.parameters import Parameters

#: The request parameter, at the authorization endpoint and at the token endpoint; our invention.
TOKEN_USE = "token_use"
#: Claim of the access token and member of the token response.
USE = "use"
#: The one value of all three.
SINGLE = "single"
#: Whether a token for several servers is good for one use at each of them or for one in all.
ONE_USE_PER = ("server", "token")
#: For how many servers one single-use token may be.
AUDIENCES = ("one", "several")
#: What userinfo and introspection make of a single-use token, which the minutes leave open.
#: `ignore`: the call is no use. For it: both only read, and a server that asks before it acts would
#: else burn the token by asking. Against it: the user's data can be read as often as wanted.
#: `reject`: the token is for one call of one server, and this is not it. For it: a stolen token is
#: good for less. Against it: a server that cannot read the token itself can never serve it, and a
#: single use of userinfo is out of reach.
#: `consume`: the call is the use. For it: one place decides for all servers, with no store of their
#: own. Against it: a lost answer burns the token, and every use costs a round trip to the AS.
WHAT_OF_A_SINGLE_USE = ("ignore", "reject", "consume")


def requested_use(parameters: Parameters) -> str:
    """What `token_use` asks for: `SINGLE`, or "" for an ordinary token; raises InvalidRequest.

    An unknown value is refused, not ignored: the client would take the token for something else.
    """
    use = parameters.get(TOKEN_USE, "")
    if use not in ("", SINGLE):
        raise InvalidRequest("token_use is not single")
    return use


def names_rights(parameters: Parameters, selection: Selection) -> bool:
    """Whether a token request says what the token is to be for, and gets no more of it."""
    asked = split(parameters.get("scope", ""))
    if "authorization_details" in parameters:
        return True
    return bool(asked) and set(selection.scopes) <= set(asked)


def check_down_scoped(named: bool, selection: Selection, audiences: str) -> None:
    """A single-use token is for what the request named, at one server; raises InvalidScope.

    And for one authorization detail: one call exercises one. `audiences` is one of `AUDIENCES`.
    """
    if not named:
        raise InvalidScope("a single-use token is for what the request names")
    if audiences == "one" and len(selection.servers) != 1:
        raise InvalidScope("a single-use token is for one resource server")
    if audiences == "one" and len(selection.details) > 1:
        raise InvalidAuthorizationDetails("a single-use token is for one authorization detail")


def one_time_key(issuer: str, context: str, jti: str) -> OneTimeKey:
    """The key of one use of an access token; `context` is the server's identifier, or empty."""
    return new_key(OneTimeKey, "access_token", issuer, context, jti)


def one_time_keys(
    issuer: str, identifiers: tuple[str, ...], jti: str, one_use_per: str
) -> tuple[OneTimeKey, ...]:
    """The keys of a token: one per server, or one for all of them (`one_use_per` "token")."""
    contexts = identifiers if one_use_per == "server" else ("",)
    return tuple(one_time_key(issuer, context, jti) for context in contexts)
