"""A wallet that puts the ordinary token back is accepted; each way to lose it is told apart."""

from __future__ import annotations

import pytest

from oauth_model.stories import STORIES
from sim.lessons.wallet import check_wallet


class Right:
    def __init__(self):
        self.slot = self.original = self.refresh = ""

    def receive(self, response):
        self.slot = response["access_token"]
        self.refresh = response.get("refresh_token", self.refresh)
        if response.get("use") != "single":
            self.original = self.slot

    def called(self):
        self.slot = self.original


class Unaware(Right):
    """Does not know the member `use`."""

    def receive(self, response):
        super().receive({k: v for k, v in response.items() if k != "use"})


class SavesAgain(Right):
    """Saves whatever stands there when a single-use token comes, be it another one."""

    def receive(self, response):
        if response.get("use") == "single":
            self.original = self.slot
            self.slot = response["access_token"]
        else:
            super().receive(response)


class ForgetsRefresh(Right):
    """Takes a response without a refresh token for one that has an empty one."""

    def receive(self, response):
        super().receive({"refresh_token": ""} | response)


class NeverRestores(Right):
    def called(self):
        pass


class OldestForEver(Right):
    """Saves the original when it is swapped out, and never looks at a later one."""

    def receive(self, response):
        kept = self.original
        super().receive(response)
        self.original = kept or self.original


WRONG = {
    Unaware: "one call",
    NeverRestores: "one call",
    ForgetsRefresh: "one call",
    SavesAgain: "every order of events",
    OldestForEver: "every order of events",
}


def unmet(checked):
    return [aim.name for aim in checked.aims if not aim.met]


def test_the_right_answer_is_done_and_the_orders_are_counted():
    checked = check_wallet(Right)
    assert checked.done
    assert f"all {sum(4**n for n in range(1, 6))} looked at" in repr(checked)


@pytest.mark.parametrize("answer", WRONG, ids=lambda each: each.__name__)
def test_a_wrong_answer_is_told_apart_by_the_aim_meant_for_it(answer):
    assert unmet(check_wallet(answer))[0] == WRONG[answer]


@pytest.mark.parametrize("answer", [Unaware, NeverRestores])
def test_the_world_refuses_who_presents_a_used_token(answer):
    assert {"a good line", "a third of the answers lost"} <= set(unmet(check_wallet(answer)))


def test_the_wrong_case_is_told_in_prose():
    [first, *_] = [aim for aim in check_wallet(SavesAgain).aims if not aim.met]
    assert "slot is 'single-1', it should be 'token-0'" in first.because


def test_what_was_not_touched_is_not_attempted():
    class Untouched(Right):
        def receive(self, response):
            return ...

    assert "not attempted yet" in repr(check_wallet(Untouched))


def test_no_story_is_left_behind():
    before = set(STORIES)
    check_wallet(Right)
    assert set(STORIES) == before
