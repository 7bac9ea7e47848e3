"""`tokenrace serve`: the parties of a scenario behind real HTTP, for real clients."""

from __future__ import annotations

import secrets
import socket
import time
from importlib.util import find_spec
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Mistake
from sim.commands.options import ScenarioName, Seed, Settings, scenario_from, whole
from sim.commands.output import terminal

if TYPE_CHECKING:
    from oauth_model.flows import Note
    from oauth_model.in_process import Replica
    from oauth_model.issuance import ProtectedResource
    from sim.scenario import Scenario
    from sim.scenario_parties import Server
    from sim.serving import Service

TEXT = """\
{title}

  authorization server   {issuer}
                         issuance {issuance}, signatures {algorithm}, strategy {strategy}
  metadata               {issuer}/.well-known/oauth-authorization-server
{servers}
  client                 {client_id}, secret {client_secret}
  public client          {public_id}, no secret: PKCE, and refresh tokens that rotate
  redirect URI           {redirect_uri}

Keys are derived from seed {seed}: for teaching only. Whoever knows the seed can sign any token.
The user grants whatever is asked for, and everything is forgotten when this ends.

A token that is good for one use, and one use too many:

  TOKEN=$(curl -s -u {client_id}:{client_secret} {parameters} {issuer}/token \\
    | sed 's/.*"access_token": "\\([^"]*\\)".*/\\1/')
  curl -i -X {method} -H "Authorization: Bearer $TOKEN" {url}
  curl -i -X {method} -H "Authorization: Bearer $TOKEN" {url}

Ctrl-C ends it. What is issued and decided:
"""


def serve(
    name: ScenarioName,
    host: Annotated[str, typer.Option(metavar="HOST", help="The address to listen on.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int,
        typer.Option(parser=whole(0, 65535), metavar="N", help="The port; 0 for any that is free."),
    ] = 8080,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Listen also where other machines can call.")
    ] = False,
    settings: Settings = None,
    seed: Seed = None,
) -> None:
    """The authorization server and the resource servers of a scenario on a port of this machine."""
    from oauth_model.action_stories import ACTION_STORIES

    scenario = scenario_from(name, settings, seed)
    if not (allow_remote or is_loopback(host)):
        raise Mistake(
            f"--host {host}: other machines could call it, and its keys are no secret; "
            "allowed: a loopback address such as 127.0.0.1, or any with --allow-remote"
        )
    if scenario.story in ACTION_STORIES:
        raise Mistake(f"{name}: it is about mailed links, and there is no mailbox here")
    if find_spec("uvicorn") is None:
        raise Mistake("serve needs uvicorn; install it with: pip install 'tokenrace[serve]'")
    from sim.serving import Names, http_server, service

    with listening(host, port) as listener:
        names = Names(time.time, lambda kind: f"{kind}-{secrets.token_urlsafe(16)}")
        served = service(scenario, url_of(host, listener), names, tell)
        terminal().print(introduction(scenario, served), markup=False, soft_wrap=True)
        http_server(served.site).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; of names only `localhost` is known to be."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; raises Mistake when there can be none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise Mistake(f"--host {host} --port {port}: {error.strerror}") from error


def url_of(host: str, listener: socket.socket) -> str:
    """The base URL of what listens there."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def introduction(scenario: Scenario, served: Service) -> str:
    """What somebody has to know who wants to call it."""
    from oauth_model.issuance import DESIGNS
    from sim.parties import target

    targets = [target(*each) for each in zip(scenario.servers, served.resources, strict=True)]
    first, (confidential, public) = targets[0], served.clients
    parameters = dict(DESIGNS[scenario.issuance].ask_token(first)) | {"scope": first.scope}
    parameters |= {"grant_type": "client_credentials", "token_use": "single"}
    method, _, path = first.operation.partition(" ")
    return TEXT.format(
        title=scenario.about.title,
        issuer=served.issuer,
        issuance=scenario.issuance,
        algorithm=served.algorithm,
        strategy=scenario.strategy,
        servers="\n".join(map(_server, scenario.servers, served.resources)),
        client_id=confidential.client_id,
        client_secret=confidential.secret,
        public_id=public.client_id,
        redirect_uri=confidential.redirect_uris[0],
        seed=scenario.seed,
        parameters=" ".join(f"-d '{name}={value}'" for name, value in parameters.items()),
        method=method,
        url=f"{first.identifier}{path}",
    )


def _server(server: Server, resource: ProtectedResource) -> str:
    """A resource server: its identifier, its operations and the scope that each needs."""
    lines = [f"  {server.name:<22} {resource.identifier}"]
    for operation, scope in server.operations.items():
        lines.append(f"{'':25}{operation}, scope {scope}")
    return "\n".join(lines)


def tell(replica: Replica, note: Note) -> None:
    """A line for what a replica issued or decided; no value of a credential is in it."""
    if note.kind == "issue":
        print(f"{replica.name}: issued {note.detail['kind']}", flush=True)
    elif note.kind == "decide":
        print(f"{replica.name}: {note.detail['key'][0]}, {note.detail['outcome']}", flush=True)
