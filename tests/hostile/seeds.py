"""Valid requests, one or several for every endpoint; what is hostile starts from one of them."""

from __future__ import annotations

import json

from oauth_model.grants.records import RegisteredClient
from oauth_model.issuance.base import Pairs
from oauth_model.issuance.token_exchange import ask_exchange
from oauth_model.messages import JSON, Headers, Request, form_post, with_query
from tests.hostile.estate import EMAIL, SINGLE, TARGETS, USERINFO, Estate
from tests.hostile.more_seeds import events, negotiations
from tests.hostile.residents import (
    ACTIONS_URL,
    BOUND,
    CALLS,
    CERTIFICATE,
    CERTIFIED,
    KEYED,
    OWN,
    PUBLIC,
    STRONG,
)
from tests.hostile.seed import SECRETS, Seed
from tests.hostile.wrong import PAYMENT
from tests.oauth_model.parties import ISSUER, basic

#: Parameters that count at the authorization endpoint and where such a request is pushed.
ASKING = (
    *("client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method"),
    *("scope", "request_uri", "token_use", "dpop_jkt"),
)
#: Tokens that are good at the e-mail server for their bearer, and those that the AS calls active.
BEARER = tuple(f"at.email{end}" for end in ("", ".s6BhdRkqt3", ".other", ".app", ".keyed", ".gnap"))
#: Nobody told the server of the one that was revoked (RFC 7009 2.1).
AT_EMAIL = (*BEARER, "at.email.signed", "at.email.single", "at.email.revoked")
ACTIVE = (*BEARER, *("at.email.bound", "at.email.certified"), *("basic.email", "basic.s6BhdRkqt3"))


def seeds(estate: Estate) -> dict[str, Seed]:
    """All seeds by name."""
    parts = (_asking, _token, _client_grants, _about_tokens, _open, _servers, _pages)
    made = [seed for part in (*parts, negotiations, events) for seed in part(estate)]
    return {seed.name: seed for seed in made}


def _get(url: str, *headers: tuple[str, str], certificate: str = "") -> Request:
    return Request("GET", url, headers, certificate=certificate)


def _asking(estate: Estate) -> list[Seed]:
    own, keyed = estate.asking(OWN, EMAIL), estate.asking(KEYED, EMAIL)
    openid = estate.asking(PUBLIC, USERINFO, ("nonce", "n-0S6"), ("acr_values", "phr otp"))
    single = estate.asking(OWN, EMAIL, SINGLE)
    pushed = [("client_id", KEYED.client_id), ("request_uri", estate.things["pushed.keyed"])]
    out = ("redirect_uri", "token_use", *CHOICES)
    asking = (*ASKING, *_naming(estate))
    asked = {"plain": own, "public": openid, "single": single}
    at_authorize = [
        Seed(f"authorize {name}", "as", _get(with_query(f"{ISSUER}/authorize", p)), asking, out)
        for name, p in asked.items()
    ]
    url = with_query(f"{ISSUER}/authorize", pushed)
    if estate.design.name == "token_exchange":  # its first token is for no resource server
        at_authorize = at_authorize[:2]
    at_authorize.append(Seed("authorize pushed", "as", _get(url), ("client_id", "request_uri")))
    counts = (*asking, *SECRETS)
    at_par = [
        Seed(
            f"par {client.client_id}",
            "as",
            _posted(estate, "/par", client, pairs),
            counts,
            out if client.public else (*out, "client_id"),  # the credentials say it, too
            CONFIDENTIAL,
        )
        for client, pairs in ((OWN, own), (KEYED, keyed), (PUBLIC, openid))
    ]
    return [*at_authorize, *at_par]


def _posted(
    estate: Estate,
    path: str,
    client: RegisteredClient,
    pairs: Pairs,
    *headers: tuple[str, str],
) -> Request:
    identity, named = estate.identity(client)
    certificate = CERTIFICATE if client.certificate_bound else ""
    everything: Headers = (*identity, *headers)
    names = {name for name, _ in pairs}
    more = [pair for pair in named if pair[0] not in names]
    request = form_post(f"{ISSUER}{path}", [*pairs, *more], everything)
    return request._replace(certificate=certificate)


#: An invitation lives for a week, and so the old one does.
ACTIONS = (
    "action.magic_link",
    *(f"action.organisation_invitation{age}" for age in ("", ".expired")),
)
#: Clients with a secret, any of which may ask for itself.
CONFIDENTIAL = tuple(f"basic.{name}" for name in ("s6BhdRkqt3", "other", "certified"))
#: Parameters that choose: without them the AS does.
CHOICES = ("scope", "scopes", "scope.1", "resource", "audience", "authorization_details")
#: Parameters that count at the token endpoint, whatever the grant type.
GRANTING = (*SECRETS, "grant_type", "token_use")


def _naming(estate: Estate) -> tuple[str, ...]:
    """The parameters that name servers in this design; others are ignored (RFC 6749 3.1, 3.2)."""
    names = {
        "lodderstedt": ("scopes", "scope.1", "scope.2"),
        "mrrt": ("audience",),
        "rfc8707": ("resource",),
        "rfc8707_response": ("resource",),
        "rar_locations": ("authorization_details",),
        "gnap": ("authorization_details",),
    }
    return names.get(estate.design.name, ())


def _choosing(estate: Estate) -> tuple[str, ...]:
    """What chooses in a token request; `mrrt` ignores what it does not know."""
    exchange = ("resource",) if estate.design.name == "token_exchange" else ()
    numbered = estate.design.name == "lodderstedt"  # where consent is asked for, and only there
    naming = () if numbered else _naming(estate)
    return () if estate.design.name == "mrrt" else ("scope", *naming, *exchange)


def _token(estate: Estate) -> list[Seed]:
    made = []
    for client in (OWN, PUBLIC, KEYED, BOUND, CERTIFIED):
        name = client.client_id
        proof = estate.proven(client)
        code = estate.redeeming(estate.things[f"code.{name}"], EMAIL)
        chosen = [n for n in _choosing(estate) if n != "scope" or estate.design.scope_with_code]
        counts = (*GRANTING, *chosen, "code", "redirect_uri", "code_verifier")
        request = _posted(estate, "/token", client, code, *proof)
        made.append(Seed(f"token code {name}", "as", request, counts, CHOICES))
        fresh = estate.refreshing(f"rt.{name}")
        request = _posted(estate, "/token", client, fresh, *proof)
        counts = (*GRANTING, "refresh_token", *_choosing(estate))
        also = (f"rt.{name}", f"rt.{name}.old")
        made.append(Seed(f"token refresh {name}", "as", request, counts, CHOICES, also))
    return made


def _client_grants(estate: Estate) -> list[Seed]:
    own = [("grant_type", "client_credentials"), *estate.design.ask_token(EMAIL)]
    own = [*own, ("scope", "email")] if "scope" not in dict(own) else own
    counts = (*GRANTING, *_choosing(estate))
    secret = [("client_id", OWN.client_id), ("client_secret", OWN.secret)]
    body = form_post(f"{ISSUER}/token", [*own, *secret])
    made = [
        Seed(
            "token client",
            "as",
            _posted(estate, "/token", OWN, own),
            counts,
            CHOICES,
            CONFIDENTIAL,
        ),
        Seed("token client-post", "as", body, counts, CHOICES),
    ]
    if estate.design.name in ("fat", "token_exchange"):
        asked = ask_exchange(EMAIL, estate.things["at.email"])
        more = (
            "subject_token",
            "subject_token_type",
            "requested_token_type",
            "actor_token",
            "audience",
        )
        request = _posted(estate, "/token", OWN, asked)
        also = (*_owned(OWN), "at.email.s6BhdRkqt3")
        made.append(Seed("token exchange", "as", request, (*counts, *more), CHOICES, also))
    if estate.design.password_flow:
        asked = [("grant_type", "password_advanced"), *estate.design.ask_consent([EMAIL])]
        asked += [("scope", "email"), ("username", "resource-owner"), ("password", "correct horse")]
        request = _posted(estate, "/token", OWN, asked)
        count = (*counts, *_naming(estate), "username", "password")
        made.append(Seed("token password", "as", request, count, CHOICES, CONFIDENTIAL))
    return made


def _about_tokens(estate: Estate) -> list[Seed]:
    things, counts = estate.things, (*SECRETS, "token")
    by_server = (basic("email", "email-secret"),)
    asked = [("token", things["at.email"])]
    refresh = [("token", things[f"rt.{OWN.client_id}"])]
    by_rs = form_post(f"{ISSUER}/introspect", asked, by_server)
    made = [Seed("introspect server", "as", by_rs, counts, (), ACTIVE)]
    for path, client, pairs in (
        ("introspect", OWN, asked),
        ("introspect", OWN, refresh),
        ("revoke", OWN, asked),
        ("revoke", OWN, refresh),
        ("revoke", PUBLIC, [("token", things["rt.app"])]),
        ("revoke", KEYED, [("token", things["at.email.keyed"])]),
    ):
        kind = "refresh" if pairs[0][1].startswith("rt-") else "access"
        name = f"{path} {client.client_id} {kind}"
        request = _posted(estate, f"/{path}", client, pairs)
        own = [f"rt.{client.client_id}{age}" for age in ("", ".old")]
        dead = (*_owned(client, ".expired"), "at.email.revoked") if path == "revoke" else ()
        also = (*_owned(client), *own, *dead)
        made.append(Seed(name, "as", request, counts, (), also))
    return made


def _owned(client: RegisteredClient, age: str = "") -> tuple[str, ...]:
    """The access tokens that were issued to a client."""
    more = ("at.email.gnap", *(f"at.{server}" for server in TARGETS)) if client is OWN else ()
    return tuple(f"{name}{age}" for name in (f"at.email.{client.client_id}", *more))


def _open(estate: Estate) -> list[Seed]:
    paths = ("jwks", ".well-known/oauth-authorization-server", ".well-known/openid-configuration")
    made = [Seed(f"{path.rpartition('/')[2]}", "as", _get(f"{ISSUER}/{path}")) for path in paths]
    for name in ("email", "webdav"):
        url = f"https://{name}.example.com/.well-known/oauth-protected-resource"
        made.append(Seed(f"resource-metadata {name}", name, _get(url)))
    return made


def _servers(estate: Estate) -> list[Seed]:
    things, made = estate.things, list[Seed]()
    url = f"{ISSUER}/userinfo"
    bearer = _bearer(things["at.userinfo"])
    bound = things["at.userinfo.bound"]
    proof = ("DPoP", estate.proof("GET", url, token=bound))
    made += [
        Seed("userinfo get", "as", _get(url, bearer), ("access_token",)),
        Seed("userinfo post", "as", Request("POST", url, (bearer,)), ("access_token",)),
        Seed("userinfo dpop", "as", _get(url, ("Authorization", f"DPoP {bound}"), proof)),
    ]
    for name in CALLS:
        method, _, path = CALLS[name].partition(" ")
        url = f"https://{name}.example.com{path}"
        if name == "payments":
            body = json.dumps({k: v for k, v in PAYMENT.items() if k != "type"})
            headers = (_bearer(things["at.payments.paying"]), ("Content-Type", JSON))
            made.append(Seed("rs payments", name, Request(method, url, headers, body), None))
            continue
        request = _get(url, _bearer(things[f"at.{name}"]))
        also = AT_EMAIL if name == "email" else ()
        made.append(Seed(f"rs {name}", name, request, ("access_token",), (), also))
    url, mails = "https://email.example.com/email", things["at.email.dpop"]
    proof = ("DPoP", estate.proof("GET", url, token=mails))
    vault = f"https://email.example.com{STRONG.partition(' ')[2]}"
    certain = _get(url, _bearer(things["at.email.mtls"]), certificate=CERTIFICATE)
    return [
        *made,
        Seed("rs single", "email", _get(url, _bearer(things["at.email.single"])), also=AT_EMAIL),
        Seed("rs dpop", "email", _get(url, ("Authorization", f"DPoP {mails}"), proof)),
        Seed("rs mtls", "email", certain, also=("at.email.mtls", "at.email.certified", *AT_EMAIL)),
        Seed("rs strong", "email", _get(vault, _bearer(things["at.email.signed"]))),
    ]


def _bearer(token: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {token}")


def _pages(estate: Estate) -> list[Seed]:
    url, things = f"{ACTIONS_URL}/action", estate.things
    link, invitation = things["action.magic_link"], things["action.organisation_invitation"]
    clicked = with_query(url, [("token", invitation)])
    browser = ("Cookie", "theme=dark; session=robins-browser")
    return [
        Seed("action click", "on_click", _get(with_query(url, [("token", link)])), ("token",)),
        Seed("action form", "explicit", form_post(url, [("token", link)]), ("token",)),
        Seed(
            "action invitation",
            "on_click",
            _get(clicked, browser),
            ("token",),
            also=ACTIONS,
        ),
        Seed(
            "action mail",
            "on_click",
            form_post(f"{ACTIONS_URL}/links", [("email", "robin@example.com")]),
            ("email",),
        ),
    ]
