"""A long run lets go of what nobody can present any more, and no row is another one for it."""

from typing import Any, NamedTuple

import pytest

from oauth_model.errors import InvalidToken
from oauth_model.jose import Keys
from sim.choices import Seeded
from sim.scenario import Scenario
from sim.trace import OUTCOMES, Row
from sim.world.past import UNDER_WAY_S, Past, keep_us, somebody_comes_late
from sim.world.recorder import Recorder
from sim.world.simulation import Builder, run_into, simulate
from sim.world.timed import Timed
from sim.world.world import World
from tests.world.worlds import S, constant, scenario

COUNT = 60
AN_HOUR: dict[str, Any] = {
    "duration_s": 3700,
    "authorization_server.access_token_lifetime_s": 40,
    "workload.intentions": COUNT,
    "workload.gap": constant(60_000),
}
#: What ended so long ago is past: payments of the last eleven minutes are remembered.
REMEMBERED = 11
THIEF: dict[str, Any] = {"thief.probability": 1.0, "thief.delay": constant(1_500_000)}


class Kept(NamedTuple):
    """How much is held at the end of a run."""

    book: int
    server: int
    ring: int
    names: int


def kept(*, full: bool = False, **fields: Any) -> Kept:
    """What a run of an hour, with a payment each minute, holds at its end."""
    env, given = Timed(), scenario(AN_HOUR | fields)
    recorder = Recorder(env, lambda row: None, full=full)
    world = World(given, env, Seeded(1), recorder)
    builder = Builder(world, Keys(given.crypto, 1))
    workload = builder.everything()
    env.run(until=3700 * S)
    assert workload.begun == COUNT
    ring: Any = builder.keys._signing
    tokens = builder.database.access_tokens
    return Kept(len(recorder.book.issued), len(tokens), len(ring._signed), len(world._ids))


def test_what_ended_long_ago_is_let_go_of():
    before = 5  # what the session was issued
    assert all(held <= REMEMBERED + before for held in kept())


def test_a_full_trace_keeps_all():
    assert all(held >= COUNT for held in kept(full=True))


def rows(given: Scenario) -> list[Row]:
    found: list[Row] = []
    run_into(given, found.append)
    return found


@pytest.mark.parametrize("fields", [{}, {"client.retry": "immediate"}, THIEF])
@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_no_row_is_another_for_it(fields, loss):
    lost = {"network.access.response_loss_probability": loss}
    given = scenario(AN_HOUR | fields | lost)
    whole = [row for row in simulate(given).rows if row.kind in OUTCOMES]
    assert rows(given) == whole


def test_nothing_is_forgotten_where_a_thief_may_come_late():
    assert somebody_comes_late(scenario(AN_HOUR | THIEF))
    assert kept(**THIEF).server >= COUNT


def test_nothing_is_forgotten_where_a_fault_may_hold_messages_back():
    clog = {"fault": "clog", "from_s": 1, "until_s": 2, "among": []}
    assert somebody_comes_late(scenario(AN_HOUR | {"faults": [clog]}))
    assert not somebody_comes_late(scenario(AN_HOUR))


def test_an_intention_is_remembered_until_its_tokens_are_dead_and_messages_have_arrived():
    given = scenario(AN_HOUR | {"servers.0.leeway_s": 5})
    assert keep_us(given) == (40 + 5 + UNDER_WAY_S) * S


def test_the_oldest_is_forgotten_first_and_not_before_its_time():
    env = Timed()
    forgotten: list[int] = []
    past = Past(env, 10, forgotten.append)
    for instant_us, intention in ((1, 7), (4, 8), (10, 9), (11, 10), (13, 11)):
        env.run(until=instant_us)
        past.add(intention)
    assert forgotten == [7]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_handle_that_was_forgotten_is_good_for_nothing_and_not_made_again(sealed):
    ring = Keys("symbolic", 1)
    signed = ring.sign({"jti": "at-1"}, key="as", typ="at+jwt")
    shown = ring.encrypt(signed, key="mail") if sealed else signed
    ring.forget(shown)
    with pytest.raises(InvalidToken):
        ring.verifier("as").verify(signed)
    assert ring.sign({"jti": "at-1"}, key="as", typ="at+jwt") != signed
