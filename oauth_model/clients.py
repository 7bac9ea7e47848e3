"""The client of a design: most designs need none of their own (`CLIENTS`)."""

from __future__ import annotations

from collections.abc import Callable

from oauth_model.client import Client, ClientConfig
from oauth_model.exchanging_client import ExchangingClient
from oauth_model.gnap_client import GnapClient
from oauth_model.provers import BEARER, Prover

#: Design → the client that speaks it, where `Client` does not.
CLIENTS: dict[str, type[Client]] = {"gnap": GnapClient, "token_exchange": ExchangingClient}


def client_for(
    config: ClientConfig, new_id: Callable[[str], str], prover: Prover = BEARER
) -> Client:
    """The client that speaks the design of its configuration."""
    return CLIENTS.get(config.design, Client)(config, new_id, prover)
