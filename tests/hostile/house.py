"""The parties that are attacked: every endpoint, everything that was ever issued there, one clock.

Rule: a house is built once. `snapshot` says all that it remembers and `restore` brings it back, so
that every request meets the same house, and whatever a refused one leaves behind is seen.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from oauth_model.action_endpoint import MAILBOX, ActionConfig, ActionEndpoint
from oauth_model.confirmation import Confirmations
from oauth_model.dpop import Nonces
from oauth_model.flows import UNKNOWN, Flow, Send
from oauth_model.grants.openid import userinfo_resource
from oauth_model.grants.records import AuthorizationServerConfig, Database
from oauth_model.hearing import Hearing
from oauth_model.issuance import DESIGNS, ProtectedResource
from oauth_model.issuance.writing import token_reader
from oauth_model.jose import Keys
from oauth_model.messages import Request, Response
from oauth_model.rar_challenges import Challenger
from oauth_model.resource_server import ResourceServer
from oauth_model.strategies import Strategy
from tests.hostile.residents import (
    ACCOUNTS,
    ACTIONS_URL,
    CLIENTS,
    PASSWORDS,
    SERVERS,
    Settings,
    server_config,
)
from tests.oauth_model.parties import ISSUER, World


class House(World):
    """One authorization server, its resource servers and the pages behind mailed links."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings.design, strategy=settings.strategy, algorithm=settings.algorithm)
        self.settings = settings
        self.reachable = True
        self.sessions: dict[str, str] = {"robins-browser": "robin"}
        self.links: list[str] = []
        self.config = AuthorizationServerConfig(
            (*SERVERS, userinfo_resource(ISSUER)),
            CLIENTS,
            design=settings.design,
            exchange_by="owner",
            passwords=PASSWORDS,
            dpop_nonces=settings.nonces,
        )
        self.database = Database()
        self.authorization_server = self.replica(self.config)
        self.hearings = {server.name: self._hearing(server) for server in SERVERS}
        self.servers = {server.name: self._server(server) for server in SERVERS}
        self.pages = {name: self._pages(name) for name in ("on_click", "explicit")}
        self.handlers = {
            "as": self.authorization_server.handle,
            MAILBOX: self._mailbox,
            **{name: server.handle for name, server in self.servers.items()},
            **{name: pages.handle for name, pages in self.pages.items()},
        }

    def nonces(self, name: str) -> Nonces:
        """The nonces of a resource server."""
        return Nonces(self.keys.secret(name))

    def new_id(self, kind: str) -> str:
        """A fresh name, none of which is the beginning of another."""
        self.counts[kind] += 1
        return f"{kind}-{self.counts[kind]:04}"

    def _server(self, server: ProtectedResource) -> ResourceServer:
        read = token_reader(self.keys, DESIGNS[self.settings.design], server)
        nonces = self.nonces(server.name) if self.settings.nonces else None
        verify = self.keys.self_verifier().verify
        once = Confirmations(verify, nonces=nonces, once=self.strategy)
        challenger = Challenger(server.identifier, ISSUER, _unsigned, self.clock, self.new_id)
        more = (once, challenger, self.hearings[server.name])
        return ResourceServer(server_config(server), read, self.strategy, self.clock, *more)

    def _hearing(self, server: ProtectedResource) -> Hearing:
        trusted = self.keys.verifier(*DESIGNS[self.settings.design].verifier_keys(server))
        return Hearing(trusted.verify, ISSUER, server.identifier)

    def _pages(self, confirmation: str) -> ActionEndpoint:
        config = ActionConfig(ACTIONS_URL, ACCOUNTS, ISSUER, confirmation=confirmation)
        parts = (self.keys, self.strategy, self.sessions, self.clock, self.new_id)
        return ActionEndpoint(config, *parts)

    def _mailbox(self, request: Request) -> Flow[Response]:
        yield from ()
        self.links.append(request.body)
        return Response(201)

    def _send(self, send: Send) -> Any:
        return super()._send(send) if self.reachable else UNKNOWN

    def ask(self, party: str, request: Request) -> Response:
        """The answer of a party; raises whatever its flow raises."""
        flow: Flow[Response] = self.handlers[party](request)
        return self.run(flow)

    def cut_off(self, unreachable: bool) -> None:
        """Make stores and other parties silent, or bring them back."""
        self.reachable = self.stores_answer = not unreachable

    def begin(self) -> None:
        """Forget what was said so far."""
        self.notes.clear()
        self.effects.clear()
        self.sent.clear()

    def happened(self) -> list[str]:
        """What was done since: credentials issued, effects carried out, mail sent."""
        issued = [note.detail["kind"] for note in self.notes if note.kind == "issue"]
        done = [effect.operation for effect in self.effects]
        mailed = [send.to for send in self.sent if send.to == MAILBOX]
        return [*issued, *done, *mailed]

    def snapshot(self) -> bytes:
        """All that is remembered anywhere in the house."""
        return pickle.dumps({place: getattr(*cell) for place, cell in self._cells.items()})

    def restore(self, snapshot: bytes) -> None:
        """Bring back what was remembered then."""
        for place, value in pickle.loads(snapshot).items():
            setattr(*self._cells[place], value)

    @cached_property
    def _cells(self) -> dict[str, tuple[Any, str]]:
        """Where anything is remembered: whatever can be changed in the parts of a party."""
        parts: dict[str, Any] = {"as": self.authorization_server.replica, "strategy": self.strategy}
        parts |= {f"{name}.hearing": hearing for name, hearing in self.hearings.items()}
        parts |= {"database": self.database, "gnap": self.database.gnap}
        for name, server in (*self.servers.items(), *self.pages.items()):
            own = {k: part for k, part in vars(server).items() if _is_part(part)}
            parts |= {name: server, **{f"{name}.{k}": part for k, part in own.items()}}
        inside = {
            f"{k}.{name}": (part, name) for k, part in parts.items() for name in _fields(part)
        }
        return inside | {name: (self, name) for name in ("stores", "links", "counts")}


def _unsigned(claims: Mapping[str, Any], typ: str) -> str:
    raise AssertionError("no server here makes signed challenges")


def _is_part(value: Any) -> bool:
    ours = type(value).__module__.startswith("oauth_model.")
    return ours and hasattr(value, "__dict__") and not isinstance(value, Keys | Strategy)


def _fields(part: Any) -> list[str]:
    """The attributes that hold something changeable; a table of functions is nothing remembered."""
    names = vars(part) if hasattr(part, "__dict__") else part.__dataclass_fields__
    return [name for name in names if _changeable(getattr(part, name))]


def _changeable(value: Any) -> bool:
    values = value.values() if isinstance(value, dict) else ()
    return isinstance(value, dict | set | list) and not any(map(callable, values))
