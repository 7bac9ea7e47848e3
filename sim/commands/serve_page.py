"""What `tokenrace serve` says when it begins: who is where, who is registered, what to try.

Rule: what it says to type works as it stands, in any POSIX shell that has curl and sed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oauth_model.issuance import ProtectedResource, Target
    from oauth_model.parameters import Pairs
    from sim.scenario import Scenario
    from sim.scenario_parties import Server
    from sim.serving import Clients, Service

PAGE = """\
{title}

{facts}

{clients}

The key of {key_id}, for private_key_jwt:
{key}

Keys are derived from seed {seed}: for teaching only.
Whoever knows the seed can sign any token. The user grants whatever is asked
for, and everything is forgotten when this ends.

{example}

Ctrl-C ends it. What is issued and decided:
"""

#: The last command is one use too many.
EXAMPLE = """\
One consent, a token that is good for one use, and one use too many:

  AS={issuer} CLIENT={client_id}:{secret}
  CODE=$(curl -s -G $AS/authorize -o /dev/null -w '%{{redirect_url}}' \\
{consent}
    | sed 's/.*[?&]code=\\([^&]*\\).*/\\1/')
  REFRESH=$(curl -s $AS/token -u $CLIENT -d code=$CODE \\
{redeem}
    | sed 's/.*"refresh_token": "\\([^"]*\\)".*/\\1/')
  TOKEN=$(curl -s $AS/token -u $CLIENT -d refresh_token=$REFRESH \\
{refresh}
    | sed 's/.*"access_token": "\\([^"]*\\)".*/\\1/')
  {call}
  {call}"""

BOUND = """\
Tokens of this scenario are bound to a key of the client's: each of its requests
has to prove that key by DPoP (RFC 9449), which curl cannot do."""

#: What stands in a URL and in a shell command as it is.
PLAIN = re.compile(r"[\w.:/-]*", re.ASCII)


def introduction(scenario: Scenario, served: Service) -> str:
    """All of it, for a scenario that is served."""
    return PAGE.format(
        title=scenario.about.title,
        facts=_table(_facts(scenario, served)),
        clients=_table(_clients(served.clients)),
        key_id=served.clients.key.client_id,
        key=json.dumps(served.client_key, separators=(",", ":")),
        seed=scenario.seed,
        example=BOUND if served.clients.secret.dpop_bound else _example(scenario, served),
    )


def _facts(scenario: Scenario, served: Service) -> Iterator[tuple[str, str]]:
    issuer, design = served.issuer, scenario.issuance
    yield "issuer", issuer
    yield "", f"issuance {design}, signatures {served.algorithm}, strategy {scenario.strategy}"
    yield "metadata", f"{issuer}/.well-known/oauth-authorization-server"
    if design == "gnap":
        yield "GNAP", f"{issuer}/tx"
    if scenario.authorization_server.userinfo:
        yield "userinfo", f"{issuer}/userinfo"
    for server, resource in zip(scenario.servers, served.resources, strict=True):
        yield from _server(server, resource)


def _server(server: Server, resource: ProtectedResource) -> Iterator[tuple[str, str]]:
    """Its identifier, its operations and what each needs."""
    yield server.name, resource.identifier
    for operation, scope in server.operations.items():
        needs = [f"scope {scope}"]
        if operation in server.details:
            needs.append(f"details of type {server.details[operation]}")
        if operation in server.sign_in:
            needs.append(f"acr {server.sign_in[operation]}")
        yield "", f"{operation}: {', '.join(needs)}"


def _clients(clients: Clients) -> Iterator[tuple[str, str]]:
    yield "client", f"{clients.secret.client_id}, secret {clients.secret.secret}"
    yield "", f"{clients.key.client_id}, which has a key"
    yield "", f"{clients.public.client_id}, which is public: PKCE, and refresh tokens that rotate"
    yield "redirect", clients.secret.redirect_uris[0]


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"  {name:<10} {text}" for name, text in rows)


def _example(scenario: Scenario, served: Service) -> str:
    from oauth_model.issuance import DESIGNS
    from oauth_model.single_use import SINGLE, TOKEN_USE
    from sim.parties import target

    design, client = DESIGNS[scenario.issuance], served.clients.secret
    targets = list(map(target, scenario.servers, served.resources))
    first, operation = targets[0], targets[0].operation
    who: Pairs = [("response_type", design.response_type), ("client_id", client.client_id)]
    acr = scenario.servers[0].sign_in.get(operation)
    how: Pairs = [("acr_values", acr)] if acr else []
    once = [*design.ask_single_use(first, first.scope), (TOKEN_USE, SINGLE)]
    return EXAMPLE.format(
        issuer=served.issuer,
        client_id=client.client_id,
        secret=client.secret,
        consent=_arguments([*who, *how, *design.ask_consent(targets)]),
        redeem=_arguments([("grant_type", design.code_grant_type), *design.ask_token(first)]),
        refresh=_arguments([("grant_type", "refresh_token"), *once]),
        call=_call(first, f"$AS{first.identifier.removeprefix(served.issuer)}"),
    )


def _arguments(pairs: Pairs) -> str:
    return "\n".join(f"      {_argument(name, value)} \\" for name, value in pairs)


def _argument(name: str, value: str) -> str:
    how = "-d" if PLAIN.fullmatch(value) else "--data-urlencode"
    return f"{how} {quote(f'{name}={value}')}"


def _call(target: Target, url: str) -> str:
    method, _, path = target.operation.partition(" ")
    asked = f" -X {method}" if method != "GET" else ""
    said = f" \\\n      -H 'Content-Type: application/json' -d {quote(target.body)}"
    body = said if target.details else ""
    return f'curl -si{asked} -H "Authorization: Bearer $TOKEN" {url}{path}{body}'
