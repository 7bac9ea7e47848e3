"""Mistakes that real authorization servers make, or made: what each is, where it was seen, what it
breaks and which property of a run finds it.

Rule: facts only. How a fault is made is in `faulty`, by the same names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake.

    `seen_in`: the real project, and its issue where there is one; empty when none is on record
    here. `found_by`: the property of `sim.properties` that finds it; `also`: what else it violates,
    as a consequence.
    """

    name: str
    says: str
    seen_in: str
    clause: str
    found_by: str
    also: tuple[str, ...] = ()


#: A consequence of many: the client cannot do what its user wanted.
NOT_SERVED = ("every_intention_served",)

_LIST = (
    Fault(
        "one_resource_per_login",
        "Hears only the first `resource` of an authorization request: each further server costs "
        "the user a login.",
        "express-openid-connect#220; angular-oauth2-oidc#701",
        "RFC 8707 2.1: an authorization request may name several resources",
        found_by="one_login_for_all_servers",
    ),
    Fault(
        "audience_ignored",
        "Issues every token for all servers that were granted, whichever of them was asked for: no "
        "server ever sees a wrong audience.",
        "nanoidp#187: a wrong-audience test cannot be written",
        "RFC 8707 2: a token is restricted to the resources that its request names",
        found_by="audience_as_asked",
    ),
    Fault(
        "refresh_forgets_audience",
        "Writes the client's identifier into `aud` when a token is refreshed.",
        "casdoor#5744",
        "RFC 8707 2; RFC 9068 3: `aud` names the resource that was asked for",
        found_by="same_audience_after_refresh",
        also=("token_names_its_server", *NOT_SERVED),
    ),
    Fault(
        "refresh_narrows_for_ever",
        "Restricts the refresh token, for good, to what one refresh asked for.",
        "indigo-dc/oidc-agent#233",
        "RFC 6749 6: a narrower request narrows its access token, not the refresh token",
        found_by="refresh_changes_nothing",
    ),
    Fault(
        "refresh_token_narrowed",
        "Stores with the refresh token only the resource that the code was redeemed for.",
        "",
        "RFC 8707 2.2, figures 5 and 6: the refresh token is bound to all that was granted",
        found_by="refresh_token_for_the_whole_grant",
    ),
    Fault(
        "unknown_audience_replaced",
        "Answers a request for a server that it does not know with a token for another one.",
        "Auth0 documentation, Multi-Resource Refresh Token",
        "RFC 8707 2: an unknown resource is `invalid_target`",
        found_by="token_names_its_server",
    ),
    Fault(
        "invalid_grant_for_target",
        "Says `invalid_grant` where it means `invalid_target`: clients throw a good refresh token "
        "away.",
        "",
        "RFC 8707 2; RFC 6749 5.2: `invalid_grant` speaks of the refresh token",
        found_by="invalid_grant_only_for_dead_grants",
        also=NOT_SERVED,
    ),
    Fault(
        "audience_changes_form",
        "Writes one audience as a string at first and as an array after a refresh: a server that "
        "reads one form only breaks.",
        "",
        "RFC 7519 4.1.3: an array, or for one audience a string",
        found_by="audience_in_one_form",
    ),
    Fault(
        "id_token_for_resource",
        "Writes the resource into `aud` of the ID token, too.",
        "zitadel/oidc, review of pull request 955",
        "OpenID Connect Core 2: `aud` of an ID token contains the client's identifier",
        found_by="id_token_for_the_client",
    ),
    Fault(
        "issue_before_invalidate",
        "Issues and saves the tokens first and invalidates the code afterwards: of two requests at "
        "once both succeed.",
        "Authlib (save_token, then delete_authorization_code); oauthlib "
        "(save_token, then invalidate_authorization_code)",
        "RFC 6749 4.1.2: a code is not used more than once",
        found_by="one_token_per_code",
    ),
    Fault(
        "burn_before_check",
        "Deletes the code before it looks who redeems it: whoever saw the code can destroy it.",
        "the exercises of the book OAuth 2 in Action (delete codes[code])",
        "OAuth 2.1 4.1.3: a request with invalid parameters should not use up the code",
        found_by="failed_request_consumes_nothing",
        also=NOT_SERVED,
    ),
    Fault(
        "revoke_on_bad_parameters",
        "Revokes the grant when a code is presented with wrong parameters, whoever presents it.",
        "fosite (before the client is checked); Spring Authorization Server (another client)",
        "OAuth 2.1 4.1.3: a request with invalid parameters should not revoke what was issued",
        found_by="failed_request_revokes_nothing",
        also=NOT_SERVED,
    ),
)

FAULTS: dict[str, Fault] = {fault.name: fault for fault in _LIST}
