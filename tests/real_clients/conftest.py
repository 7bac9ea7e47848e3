"""Services for clients that know nothing of this project: in process, and on a loopback port.

Rule: only this file knows that project. A test is given addresses and credentials, as the writer of
a client would be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from threading import Thread
from typing import Any, NamedTuple

import pytest

from sim.commands.serve import listening, url_of
from sim.scenario_files import load
from sim.serving import Names, http_server, service

NOW_S = 1_800_000_000


class Registration(NamedTuple):
    """What somebody who writes a client is told."""

    issuer: str
    app: Any  #: the ASGI application, for clients in the same process
    client_id: str
    client_secret: str
    public_client_id: str
    key_client_id: str
    client_key: dict[str, str]  #: the private key of that client, as a JWK
    redirect_uri: str
    servers: dict[str, str]  #: name → identifier, below which its paths are
    now_s: int = NOW_S

    @property
    def authorize(self) -> str:
        return f"{self.issuer}/authorize"

    @property
    def token(self) -> str:
        return f"{self.issuer}/token"


def registration(scenario: str, base: str, overrides: dict[str, Any]) -> Registration:
    """A service of its own: the clock stands, and names are numbered."""
    numbers = count(1)
    names = Names(lambda: NOW_S, lambda kind: f"{kind}-{next(numbers)}")
    served = service(load(scenario, overrides), base, names)
    confidential, with_key, public = served.clients
    return Registration(
        served.issuer,
        served.site,
        confidential.client_id,
        confidential.secret,
        public.client_id,
        with_key.client_id,
        served.client_key,
        confidential.redirect_uris[0],
        {resource.name: resource.identifier for resource in served.resources},
    )


@pytest.fixture
def in_process() -> Callable[..., Registration]:
    """A service without a network; overrides as for the command's `--set`."""

    def start(scenario: str = "three-services", **overrides: Any) -> Registration:
        fields = {name.replace("__", "."): value for name, value in overrides.items()}
        return registration(scenario, "http://as.example.com", {"issuance": "fat"} | fields)

    return start


@pytest.fixture
def on_loopback(monkeypatch) -> Iterator[Callable[..., Registration]]:
    """The same on a free port of this machine, for as long as the test runs."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    with ExitStack() as running:

        def start(scenario: str = "three-services", **overrides: Any) -> Registration:
            listener = running.enter_context(listening("127.0.0.1", 0))
            fields = {name.replace("__", "."): value for name, value in overrides.items()}
            base = url_of("127.0.0.1", listener)
            told = registration(scenario, base, {"issuance": "fat"} | fields)
            running.enter_context(answering(told.app, listener))
            return told

        yield start


@contextmanager
def answering(app: Any, listener: Any) -> Iterator[None]:
    """Answer what comes in there, from a thread of its own."""
    server = http_server(app)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
