"""A policy of who shares a token is accepted, and attackers find each typical mistake."""

from __future__ import annotations

import pytest

from oauth_model.issuance import DESIGNS
from sim.lessons.many_audiences import (
    LABELS,
    WORLDS,
    check_policy,
    fewest,
    issued_to,
    partitions,
    safe,
    tried,
    trust,
)


def first_fit(allowed):
    """The first group where this server and all that are in it may be together."""

    def policy(may_act):
        groups: list[list[str]] = []
        for server in may_act:
            for group in groups:
                if allowed(may_act, server, group):
                    group.append(server)
                    break
            else:
                groups.append([server])
        return groups

    return policy


def both_ways(may_act, a, b):
    return a in may_act[b] and b in may_act[a]


right = first_fit(lambda t, server, group: all(both_ways(t, server, other) for other in group))

#: mistake → the answer, the aim that finds it, and what that says.
WRONG = {
    "one token for all": (lambda t: [list(t)], "the labels above", "ads acted as the user at"),
    "one for each": (lambda t: [[n] for n in t], "the labels above", "3 in all would be enough"),
    "trust handed on": (
        first_fit(lambda t, server, group: any(both_ways(t, server, other) for other in group)),
        "the labels above",
        "acted as the user at",
    ),
    "one direction": (
        first_fit(lambda t, server, group: all(server in t[other] for other in group)),
        "the labels above",
        "files + ads: ads acted as the user at files",
    ),
    "a server forgotten": (lambda t: right(t)[:-1], "the labels above", "each of mail, calendar"),
    "a server twice": (lambda t: [*right(t), ["mail"]], "the labels above", "belongs once"),
    "learnt by heart": (
        lambda t: [["mail", "calendar"], ["files"], ["ads"]],
        "strangers",
        "calendar acted as the user at mail",
    ),
    "pairs at most": (
        first_fit(lambda t, server, group: len(group) < 2 and both_ways(t, server, group[0])),
        "one house",
        "1 in all would be enough",
    ),
    "only the worlds that were seen": (
        lambda t: right(t) if "ads" in t or "maps" in t else [list(t)],
        "every relation",
        "if nobody may act: a + b + c + d",
    ),
}


def test_the_right_answer_is_done():
    assert check_policy(right).done


@pytest.mark.parametrize(("answer", "aim", "because"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_found_by_the_aim_meant_for_it(answer, aim, because):
    missed = next(each for each in check_policy(answer).aims if not each.met)
    assert missed.name == aim
    assert because in missed.because


@pytest.mark.parametrize("labels", WORLDS.values(), ids=WORLDS)
def test_attackers_get_as_far_as_those_who_share_a_token_and_no_further(labels):
    groups = tuple(map(tuple, right(labels)))
    together = {(a, b) for group in groups for a in group for b in group if a != b}
    assert tuple(tried(groups)) == (len(groups), True, together)


def test_what_is_reckoned_safe_is_what_attackers_found_safe():
    groups = (("mail", "calendar", "files"), ("ads",))
    assert not safe(groups, LABELS)
    assert not all(b in LABELS[a] for a, b in tried(groups).reached)


def test_the_fewest_are_found_by_looking_at_every_partition():
    assert [len(partitions(tuple("abcd"[:n]))) for n in (1, 2, 3, 4)] == [1, 2, 5, 15]  # Bell
    assert [fewest(labels) for labels in WORLDS.values()] == [3, 4, 1, 2, 4, 2]
    assert fewest(trust(b="a c", c="b d", a="b", d="c")) == 2


def test_the_design_of_a_policy_is_known_only_while_it_is_tried():
    with issued_to((("mail", "calendar"),)) as scenario:
        assert scenario.issuance in DESIGNS
    assert scenario.issuance not in DESIGNS


def test_an_answer_may_take_its_table_apart():
    def taking(may_act):
        groups = right(may_act)
        may_act.clear()
        return groups

    assert check_policy(taking).done
    assert len(LABELS) == 4


def test_untouched_is_not_attempted_yet():
    assert "not attempted yet" in repr(check_policy(lambda may_act: ...))
