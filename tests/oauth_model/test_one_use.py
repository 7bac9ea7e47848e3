"""Where a resource server consumes the one use of a token, and what each outcome becomes."""

from collections.abc import Iterator
from typing import Any

import pytest

from oauth_model.flows import UNKNOWN, Effect, Flow, OneTimeKey, Perform, StoreCall, run
from oauth_model.jose import fingerprint
from oauth_model.messages import Headers, Response
from oauth_model.one_use import CONSUME
from oauth_model.replay import ReplayStore
from oauth_model.resource_server import ResourceServer, ResourceServerConfig
from oauth_model.strategies import (
    LOCAL,
    SHARED,
    STRATEGIES,
    Challenge,
    First,
    InFlight,
    Outcome,
    Replay,
    Stored,
    Strategy,
    Undecided,
    Use,
    strategy,
)
from tests.oauth_model.payments_server import (
    CONFIG,
    EMAIL,
    KEY,
    PAYMENTS,
    Bench,
    Scripted,
    challenge,
    refused,
    request,
    resumed,
    single,
    token,
)


@pytest.mark.parametrize("consume", [dial for dial in CONSUME if dial != "before_scope"])
def test_a_403_does_not_consume(consume: str):
    bench, text = Bench(consume=consume), single()
    refused(bench, request(text, "DELETE"), 403, "insufficient_scope")
    assert bench.handle(request(text)).status == 200


def test_before_scope_a_403_burns_the_token():
    bench, text = Bench(consume="before_scope"), single()
    assert bench.handle(request(text, "DELETE")).status == 403
    assert bench.handle(request(text)).status == 401
    assert (bench.decisions(), bench.effects) == (["first", "replay"], [])


def test_before_scope_a_403_gives_a_lease_back():
    bench, text = Bench("reserve_commit", consume="before_scope"), single()
    assert bench.handle(request(text, "DELETE")).status == 403
    assert bench.handle(request(text)).status == 200
    assert bench.decisions() == ["first", "first"]


@pytest.mark.parametrize(("lease", "heard"), [(0, []), (9, [("abort", 9)])])
def test_only_a_lease_is_aborted(lease: int, heard: list[tuple[str, int]]):
    scripted = Scripted(First(lease))
    bench = Bench(scripted, consume="before_scope")
    assert bench.handle(request(single(), "DELETE")).status == 403
    assert scripted.heard == heard


@pytest.mark.clause("interim-2025-01-20 reuse")
@pytest.mark.clause("interim-2025-01-20 enforced")
@pytest.mark.parametrize("consume", CONSUME)
def test_a_second_presentation_is_an_invalid_token(consume: str):
    bench, asked = Bench(consume=consume), request(single())
    assert [bench.handle(asked).status for _ in range(2)] == [200, 401]
    assert challenge(bench.handle(asked)) == (
        'Bearer realm="example", error="invalid_token", '
        'error_description="the token was used before"'
    )
    assert bench.decisions() == ["first", "replay", "replay"]


@pytest.mark.parametrize(
    ("consume", "effects"),
    [("before_scope", 1), ("before_effect", 1), ("with_effect", 1), ("after_effect", 2)],
)
def test_after_the_effect_is_too_late(consume: str, effects: int):
    bench, asked = Bench(consume=consume), request(single())
    bench.handle(asked)
    bench.handle(asked)
    assert len(bench.effects) == effects


def test_the_decision_is_noted_with_token_and_key_before_it_is_acted_upon():
    bench = Bench()
    steps: list[str] = []

    def watched(effect: Effect) -> Any:
        steps.append(type(effect).__name__)
        return bench.answer(effect)

    run(bench.server.handle(request(single())), watched)
    assert steps == ["StoreCall", "Note", "Perform"]
    assert bench.notes == [{"outcome": "first", "token": "t1", "key": list(KEY)}]


def test_with_effect_the_key_goes_into_the_transaction_and_no_store_is_asked():
    bench = Bench(consume="with_effect")
    bench.handle(request(single()))
    assert bench.effects == [Perform("POST /payments", OneTimeKey(*KEY), keep_until_s=1090.0)]
    assert not bench.stores


@pytest.mark.parametrize(
    ("outcome", "name", "status", "headers"),
    [
        (InFlight(), "in_flight", 409, (("Retry-After", "1"),)),
        (Undecided(), "undecided", 503, (("Retry-After", "1"),)),
        (Stored(Response(200, (), "again")), "stored", 200, ()),
    ],
)
@pytest.mark.parametrize("consume", [dial for dial in CONSUME if dial != "with_effect"])
def test_what_each_outcome_becomes(
    outcome: Outcome, name: str, status: int, headers: Headers, consume: str
):
    bench = Bench(Scripted(outcome), consume=consume)
    response = bench.handle(request(single()))
    assert (response.status, response.headers, bench.decisions()) == (status, headers, [name])
    assert len(bench.effects) == (consume == "after_effect")


def test_a_challenge_asks_for_a_fresh_token():
    response = Bench(Scripted(Challenge())).handle(request(single()))
    assert response.status == 401
    assert 'error_description="present a fresh token"' in (challenge(response) or "")


def test_a_stored_answer_is_handed_out_as_it_was():
    bench, asked = Bench("idempotent_response"), request(single())
    assert bench.handle(asked) == bench.handle(asked)
    assert (bench.decisions(), len(bench.effects)) == (["first", "stored"], 1)


def test_a_stored_answer_is_not_for_another_body():
    bench, text = Bench("idempotent_response"), single()
    assert bench.handle(request(text, body="amount=5")).status == 200
    assert bench.handle(request(text, body="amount=6")).status == 422


@pytest.mark.parametrize("consume", ["before_scope", "before_effect", "after_effect"])
@pytest.mark.parametrize(("lease", "heard"), [(0, []), (9, [("complete", 9)])])
def test_only_a_lease_is_completed(lease: int, heard: list[tuple[str, int]], consume: str):
    scripted = Scripted(First(lease))
    assert Bench(scripted, consume=consume).handle(request(single())).status == 200
    assert scripted.heard == heard


def test_the_use_says_until_when_and_for_which_request():
    scripted = Scripted(First())
    asked = request(single(), body="amount=5")
    Bench(scripted, leeway_s=5.0).handle(asked)
    same = fingerprint("POST", f"{PAYMENTS}/payments", "amount=5")
    assert scripted.uses == [Use(OneTimeKey(*KEY), 1035.0, same)]


@pytest.mark.clause("interim-2025-01-20 several audiences")
@pytest.mark.parametrize(("per", "second"), [("server", 200), ("token", 401)])
def test_one_use_per_server_or_in_all(per: str, second: int):
    bench = Bench(one_use_per=per)
    email = ResourceServerConfig(**(CONFIG | {"identifier": EMAIL, "one_use_per": per}))
    other = ResourceServer(email, bench.verifier.verify, bench.strategy, lambda: bench.now_s)
    asked = request(single())
    assert bench.handle(asked).status == 200
    assert bench.handle(asked, other).status == second


def test_a_token_for_many_uses_needs_no_decision():
    bench, asked = Bench(), request(token())
    assert [bench.handle(asked).status for _ in range(3)] == [200] * 3
    assert (bench.notes, dict(bench.stores)) == ([], {})


@pytest.mark.clause("interim-2025-01-20 unaware server")
@pytest.mark.parametrize("use", ["single", "double", 1])
def test_rfc7519_4_an_unaware_server_ignores_use(use: object):
    bench, asked = Bench(use_aware=False), request(token(use=use))
    assert [bench.handle(asked).status for _ in range(2)] == [200, 200]
    assert bench.notes == []


@pytest.mark.parametrize("use", ["double", "Single", 1, ["single"]])
def test_a_use_that_is_not_understood_is_not_taken_for_unlimited(use: object):
    refused(Bench(), request(token(use=use)), 401, "invalid_token")


@pytest.mark.parametrize("consume", CONSUME)
def test_the_idempotency_key_goes_with_the_effect_and_says_whose_it_is(consume: str):
    bench = Bench(consume=consume)
    bench.handle(request(single(), more=(("Idempotency-Key", '"8e03"'),)))
    assert [effect.idempotency_key for effect in bench.effects] == ['s6BhdRkqt3\nalice\n"8e03"']


def test_one_idempotency_key_of_two_clients_or_two_subjects_is_not_one_key():
    bench = Bench()
    for n, claims in enumerate(({}, {"client_id": "app"}, {"sub": "bob"})):
        text = single(jti=f"t{n}", **claims)
        bench.handle(request(text, more=(("Idempotency-Key", '"8e03"'),)))
    assert len({effect.idempotency_key for effect in bench.effects}) == 3


@pytest.mark.parametrize(("store_takes_s", "status"), [(28.9, 200), (29.0, 401)])
def test_a_token_that_expired_while_the_store_was_asked_is_refused(
    store_takes_s: float, status: int
):
    bench = Bench(store_takes_s=store_takes_s)
    assert bench.handle(request(single())).status == status
    assert len(bench.effects) == (status == 200)


def test_a_slow_store_cannot_make_two_effects_of_one_token():
    bench = Bench("shared_atomic", store_takes_s=100.0)
    flows = [bench.server.handle(request(single())) for _ in range(2)]
    asked = [next(flow) for flow in flows]  # both checked before expiry
    for flow, effect in zip(flows, asked, strict=True):
        run(resumed(flow, bench.answer(effect)), bench.answer)
    assert bench.effects == []


def test_a_strategy_that_returns_no_outcome_is_named():
    silent: Any = None
    with pytest.raises(TypeError, match="begin returned None"):
        Bench(Scripted(silent)).handle(request(single()))


@pytest.fixture
def local_then_shared() -> Iterator[str]:
    @strategy
    class LocalThenShared(Strategy):
        """A replica's own memory first, which spares the shared store most replays."""

        name = "local_then_shared"

        def begin(self, use: Use) -> Flow[Outcome]:
            keep_until_s = self.keep_until_s(use)
            here = yield StoreCall(LOCAL, "insert", use.key, keep_until_s)
            if here is not UNKNOWN and not here.granted:
                return Replay()
            return self.decide((yield StoreCall(SHARED, "insert", use.key, keep_until_s)))

    yield LocalThenShared.name
    del STRATEGIES[LocalThenShared.name]


def test_a_user_s_strategy_is_plugged_in_by_name(local_then_shared: str):
    bench, asked = Bench(local_then_shared), request(single())
    assert [bench.handle(asked).status for _ in range(2)] == [200, 401]
    bench.stores[LOCAL] = ReplayStore()  # another replica's memory
    assert bench.handle(asked, bench.replica()).status == 401
    assert len(bench.effects) == 1
