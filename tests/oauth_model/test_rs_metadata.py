"""What a resource server says of itself (RFC 9728), and where its challenges say that it does."""

from __future__ import annotations

from typing import Any

import pytest

from oauth_model.confirmation import Confirmations
from oauth_model.messages import Request, Response
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from tests.oauth_model.payments_server import AS, CONFIG, Bench, challenge, request, ring, token

WELL_KNOWN = "/.well-known/oauth-protected-resource"


class At(Bench):
    """A server with this identifier."""

    def __init__(self, identifier: str, proofs: bool = False, **config: Any) -> None:
        self.proofs = proofs
        super().__init__(identifier=identifier, **config)

    def parts(self) -> dict[str, Any]:
        verify = ring("symbolic").self_verifier().verify
        return {"confirmations": Confirmations(verify)} if self.proofs else {}

    def get(self, url: str, method: str = "GET") -> Response:
        return self.handle(Request(method, url))


@pytest.mark.clause("RFC 9728 2 members")
@pytest.mark.parametrize(
    ("identifier", "where"),
    [
        ("https://rs.example.com", f"https://rs.example.com{WELL_KNOWN}"),
        ("https://rs.example.com/", f"https://rs.example.com{WELL_KNOWN}"),
        ("https://rs.example.com/rs/mail", f"https://rs.example.com{WELL_KNOWN}/rs/mail"),
        ("https://rs.example.com:8443/a/", f"https://rs.example.com:8443{WELL_KNOWN}/a/"),
    ],
)
def test_3_1_metadata_stands_between_host_and_path(identifier: str, where: str):
    bench = At(identifier, advertised=True)
    members = bench.get(where).json()
    assert (members["resource"], members["authorization_servers"]) == (identifier, [AS])
    refusal = challenge(bench.get(f"{identifier}/payments")) or ""
    assert refusal == f'Bearer realm="example", resource_metadata="{where}"'


@pytest.mark.clause("RFC 9728 2 members")
def test_2_it_says_scopes_methods_and_nothing_of_proofs_that_it_does_not_know():
    members = At("https://rs.example.com").get(f"https://rs.example.com{WELL_KNOWN}").json()
    assert members == {
        "resource": "https://rs.example.com",
        "authorization_servers": [AS],
        "scopes_supported": ["admin", "payments"],
        "bearer_methods_supported": ["header"],
    }


def test_2_it_says_which_proofs_it_checks():
    bench = At("https://rs.example.com", proofs=True)
    members = bench.get(f"https://rs.example.com{WELL_KNOWN}").json()
    assert members["dpop_signing_alg_values_supported"] == ["EdDSA", "ES256", "RS256"]
    assert members["tls_client_certificate_bound_access_tokens"] is True


@pytest.mark.clause("RFC 8705 3 check")
@pytest.mark.parametrize(("scheme", "bound"), [("https", True), ("http", False)])
def test_rfc8705_3_without_tls_no_connection_has_a_certificate(scheme: str, bound: bool):
    bench = At(f"{scheme}://rs.example.com", proofs=True)
    members = bench.get(f"{scheme}://rs.example.com{WELL_KNOWN}").json()
    assert members["tls_client_certificate_bound_access_tokens"] is bound


@pytest.mark.parametrize("identifier", ["https://h.example.com/rs", "https://h.example.com/rs/"])
@pytest.mark.parametrize(("path", "status"), [("/rs/payments", 200), ("/payments", 404)])
def test_what_a_server_offers_is_below_its_identifier(identifier: str, path: str, status: int):
    bench = At(identifier)
    bearer = (("Authorization", f"Bearer {token(aud=identifier)}"),)
    asked = Request("POST", f"https://h.example.com{path}", bearer)
    assert bench.handle(asked).status == status
    assert [effect.operation for effect in bench.effects] == ["POST /payments"] * (status == 200)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{WELL_KNOWN}/rs"), ("GET", WELL_KNOWN), ("GET", f"{WELL_KNOWN}/rs/mail")],
)
def test_3_1_nowhere_else(method: str, path: str):
    bench = At("https://host.example.com/rs")
    assert bench.get(f"https://host.example.com{path}", method).status == 401


@pytest.mark.clause("RFC 9728 5.1 challenge")
@pytest.mark.parametrize(
    ("text", "method", "status", "told"),
    [(token(exp=1001), "POST", 401, True), (token(), "DELETE", 403, False)],
)
def test_5_1_who_is_not_let_in_is_told_where(text: str, method: str, status: int, told: bool):
    response = Bench(advertised=True).handle(request(text, method))
    assert response.status == status
    assert ("resource_metadata=" in (challenge(response) or "")) is told


@pytest.mark.clause("RFC 9728 5.1 challenge")
def test_5_1_a_second_use_is_told_too():
    bench = Bench(advertised=True)
    asked = request(token(use="single"))
    assert "resource_metadata=" in [challenge(bench.handle(asked)) or "" for _ in range(2)][1]


@pytest.mark.clause("RFC 6750 3 attributes")
def test_the_same_error_never_carries_an_attribute_twice():
    bench = Bench(advertised=True)
    fields = [challenge(bench.handle(request("unheard-of"))) or "" for _ in range(2)]
    assert [field.count("resource_metadata=") for field in fields] == [1, 1]


def test_who_does_not_advertise_says_nothing():
    assert "resource_metadata" not in (challenge(Bench().handle(request("x"))) or "")


def test_metadata_needs_no_token_and_no_store():
    config = ResourceServerConfig(**CONFIG)
    bench = Bench()
    server = ResourceServer(config, bench.verifier.verify, bench.strategy, bench.clock)
    asked = Request("GET", f"{config.identifier}{WELL_KNOWN}?a=1")
    assert bench.handle(asked, server).status == 200
    assert (bench.notes, dict(bench.stores)) == ([], {})
