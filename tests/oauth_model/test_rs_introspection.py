"""A resource server that asks about tokens (RFC 7662), and what believing old answers costs."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from oauth_model.acceptance import Introspection
from oauth_model.flows import UNKNOWN, Unknown
from oauth_model.messages import Response, json_response
from tests.oauth_model.payments_server import AS, CLAIMS, EMAIL, Bench, challenge, refused, request

HEADERS = (("Authorization", "Basic cGF5bWVudHM6c2VjcmV0"),)
#: A handle: there is nothing in it to read.
HANDLE = "2YotnFZFEjr1zCsicMWpAA"


def asking(cache_s: float = 0.0, is_the_use: bool = False, **config: Any) -> Bench:
    """A server that introspects."""
    by = Introspection(f"{AS}/introspect", HEADERS, cache_s, is_the_use=is_the_use)
    return Bench(introspection=by, **config)


def active(**claims: Any) -> Response:
    return json_response(200, {"active": True} | CLAIMS | claims)


INACTIVE = json_response(200, {"active": False})


def presented(bench: Bench, *answers: Response | Unknown, text: str = HANDLE) -> int:
    """The status of one presentation, at which the AS would give these answers."""
    bench.answers = list(answers)
    return bench.handle(request(text)).status


def test_2_1_it_asks_with_its_own_credentials():
    bench = asking()
    assert presented(bench, active()) == 200
    (asked,) = bench.asked
    assert (asked.method, asked.url) == ("POST", f"{AS}/introspect")
    assert parse_qsl(asked.body) == [("token", HANDLE)]
    assert asked.headers[0] == HEADERS[0]


def test_2_2_an_inactive_token_is_an_invalid_token():
    bench = asking()
    bench.answers = [INACTIVE]
    refused(bench, request(HANDLE), 401, "invalid_token")


@pytest.mark.parametrize("said", [{"active": "true"}, {"active": 1}, {}])
def test_2_2_only_true_is_active(said: dict[str, Any]):
    assert presented(asking(), json_response(200, CLAIMS | said)) == 401


@pytest.mark.parametrize("claims", [{"aud": EMAIL}, {"iss": "https://evil.example"}, {"exp": 1001}])
def test_what_the_answer_says_is_checked_as_a_token_is(claims: dict[str, Any]):
    assert presented(asking(), active(**claims)) == 401


@pytest.mark.parametrize("answer", [UNKNOWN, Response(401), Response(503)])
def test_without_an_answer_the_token_may_be_good_or_not(answer: Response | Unknown):
    bench = asking()
    bench.answers = [answer]
    response = bench.handle(request(HANDLE))
    assert (response.status, response.header("Retry-After")) == (503, "1")
    assert (challenge(response), bench.effects) == (None, [])


def test_what_was_not_answered_is_asked_again():
    bench = asking(cache_s=60.0)
    assert presented(bench, UNKNOWN) == 503
    assert presented(bench, active()) == 200


def test_without_a_cache_it_asks_at_every_use():
    bench = asking()
    assert [presented(bench, active()), presented(bench, INACTIVE)] == [200, 401]


@pytest.mark.clause("RFC 7662 4 replay window")
@pytest.mark.parametrize(("later_s", "status"), [(4.9, 200), (5.0, 401)])
def test_4_an_answer_is_believed_for_so_long_whatever_happened_since(later_s: float, status: int):
    bench = asking(cache_s=5.0)
    assert presented(bench, active()) == 200
    bench.now_s += later_s
    assert presented(bench, INACTIVE) == status


@pytest.mark.clause("RFC 7662 4 caching")
def test_4_never_beyond_exp_whatever_the_leeway():
    bench = asking(cache_s=1000.0, leeway_s=10.0)
    assert presented(bench, active(exp=1030)) == 200
    bench.now_s = 1029.9
    assert presented(bench) == 200
    bench.now_s = 1030.0
    assert presented(bench, INACTIVE) == 401


def test_4_a_refusal_is_not_remembered():
    bench = asking(cache_s=60.0)
    assert [presented(bench, INACTIVE), presented(bench, active())] == [401, 200]


def test_the_cache_is_bounded_in_entries(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("oauth_model.acceptance.REMEMBERED", 3)
    bench = asking(cache_s=60.0)
    for n in range(5):
        assert presented(bench, active(jti=f"t{n}"), text=f"handle{n}") == 200
    assert [presented(bench, text=f"handle{n}") for n in (2, 3, 4)] == [200] * 3
    assert presented(bench, INACTIVE, text="handle1") == 401


def test_the_cache_is_bounded_in_time():
    bench = asking(cache_s=5.0)
    for n in range(100):
        bench.now_s = 1001.0 + n / 10
        presented(bench, active(jti=f"t{n}"), text=f"handle{n}")
    assert len(bench.server.acceptance._answers) == 50


@pytest.mark.clause("interim-2025-01-20 introspection")
@pytest.mark.parametrize(("is_the_use", "second"), [(False, 401), (True, 200)])
def test_who_asks_counts_the_use_unless_asking_was_the_use(is_the_use: bool, second: int):
    bench = asking(is_the_use=is_the_use)
    answers = [presented(bench, active(use="single")) for _ in range(2)]
    assert answers == [200, second]
    assert bool(bench.notes) is not is_the_use


@pytest.mark.clause("RFC 7662 4 replay window")
@pytest.mark.clause("interim-2025-01-20 introspection")
def test_where_asking_is_the_use_a_cached_answer_is_a_replay_window():
    bench = asking(cache_s=5.0, is_the_use=True)
    assert presented(bench, active(use="single")) == 200
    bench.now_s += 4.9
    assert presented(bench, INACTIVE) == 200
    bench.now_s += 0.1
    assert presented(bench, INACTIVE) == 401
    assert len(bench.effects) == 2


def test_where_the_server_counts_a_cached_answer_is_none():
    bench = asking(cache_s=5.0)
    assert [presented(bench, active(use="single")), presented(bench)] == [200, 401]


@pytest.mark.clause("RFC 9449 6.2 introspection")
def test_rfc9449_6_2_a_binding_that_introspection_tells_is_checked_here():
    bench = asking()
    assert presented(bench, active(cnf={"jkt": "0ZcO"})) == 401
