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
from sim.commands.serve_page import introduction

if TYPE_CHECKING:
    from oauth_model.flows import Note
    from oauth_model.in_process import Replica


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
    if scenario.client.proof == "mtls":
        raise Mistake("client.proof: 'mtls' needs TLS, and there is none here; allowed: none, dpop")
    if find_spec("uvicorn") is None:
        raise Mistake("serve needs uvicorn; install it with: pip install 'tokenrace[serve]'")
    from sim.serving import Names, http_server, service

    with listening(host, port) as listener:
        names = Names(time.time, lambda kind: f"{kind}-{secrets.token_urlsafe(20)}")
        served = service(scenario, url_of(host, listener), names, tell)
        terminal().print(introduction(scenario, served), soft_wrap=True)
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


def tell(replica: Replica, note: Note) -> None:
    """A line for what a replica issued or decided; no value of a credential is in it."""
    if note.kind == "issue":
        print(f"{replica.name}: issued {note.detail['kind']}", flush=True)
    elif note.kind == "decide":
        print(f"{replica.name}: {note.detail['key'][0]}, {note.detail['outcome']}", flush=True)
