"""The quorum strategy: what it asks, what it counts, and where it lets a second use in."""

import pytest

from oauth_model.flows import UNKNOWN, Gather, OneTimeKey, run
from oauth_model.strategies import First, Replay, Undecided, Use
from tests.oauth_model.stores import MEMBERS, Stores, made

USE = Use(OneTimeKey("access_token", "https://as.example.com", "payments", "t1"), 30.0, "f")


def asked(chosen, stores=None):
    """Every round of a presentation."""
    stores, rounds = stores or Stores(), []

    def answer(effect):
        rounds.append(effect)
        return stores.answer(effect)

    run(chosen.begin(USE), answer)
    return rounds


def test_it_looks_at_all_members_and_then_writes_to_all():
    look, insert = asked(made("quorum"))
    for effect, verb in ((look, "look"), (insert, "insert")):
        assert isinstance(effect, Gather)
        assert [call.store for call in effect.calls] == list(MEMBERS)
        assert {call.operation for call in effect.calls} == {verb}


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        ({}, (2, 2)),
        ({"reads": 1}, (1, 2)),
        ({"writes": 3}, (2, 3)),
        ({"reads": 3, "writes": 1}, (3, 1)),
    ],
)
def test_as_many_answers_are_awaited_as_the_settings_say_a_majority_without(settings, needs):
    look, insert = asked(made("quorum", **settings))
    assert (look.need, insert.need) == needs


def begin_with(chosen, *answers):
    """The outcome when the rounds are answered like this."""
    rounds = iter(answers)
    return run(chosen.begin(USE), lambda effect: next(rounds))


def answers(used, fresh):
    """What members that have seen the use say, and members that have not, to a look."""
    stores, look = Stores(), made("quorum").ask(MEMBERS[0], "look", USE)
    not_seen = stores.answer(look)
    stores.answer(look._replace(operation="insert"))
    return (stores.answer(look),) * used + (not_seen,) * fresh


def test_one_member_that_has_seen_the_use_is_enough_to_refuse():
    assert begin_with(made("quorum"), (*answers(1, 1), UNKNOWN)) == Replay()
    assert begin_with(made("quorum"), (*answers(1, 0), UNKNOWN, UNKNOWN)) == Replay()


def test_a_look_at_members_that_the_write_has_not_reached_accepts_again():
    stale, written = (*answers(0, 1), UNKNOWN, UNKNOWN), (*answers(1, 0), UNKNOWN, UNKNOWN)
    assert begin_with(made("quorum", reads=1, writes=1), stale, written) == First()


def test_members_that_already_have_the_record_do_not_refuse_the_write():
    first, second = made("quorum").begin(USE), made("quorum").begin(USE)
    stores = Stores()
    looks = [stores.answer(next(flow)) for flow in (first, second)]
    inserts = [flow.send(seen) for flow, seen in zip((first, second), looks, strict=True)]
    for flow, insert in zip((first, second), inserts, strict=True):
        with pytest.raises(StopIteration) as end:
            flow.send(stores.answer(insert))
        assert end.value.value == First()


@pytest.mark.parametrize("round_", ["look", "insert"])
def test_too_few_members_are_an_outage(round_):
    few, enough = (*answers(0, 1), UNKNOWN, UNKNOWN), answers(0, 3)
    rounds = (few,) if round_ == "look" else (enough, few)
    assert begin_with(made("quorum"), *rounds) == Undecided()


def test_fail_closed_writes_nothing_when_too_few_could_be_looked_at():
    stores = Stores(down=MEMBERS[1:])
    assert stores.begin(made("quorum"), USE) == Undecided()
    assert {call.operation for call in stores.calls} == {"look"}


def test_fail_open_writes_where_it_can():
    stores = Stores(down=MEMBERS[1:])
    assert stores.begin(made("quorum", on_outage="fail_open"), USE) == First()
    assert "insert" in {call.operation for call in stores.calls}


def test_one_member_down_changes_nothing():
    stores = Stores(down=MEMBERS[:1])
    assert stores.begin(made("quorum"), USE) == First()
    assert stores.begin(made("quorum"), USE) == Replay()
