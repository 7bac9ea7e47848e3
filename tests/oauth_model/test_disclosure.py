"""Minutes of 2025-01-20: an answer that says what is lacking may say too much (open question)."""

from __future__ import annotations

import json

import pytest

from oauth_model.disclosure import SAYS, USE_CASES, disclosures
from oauth_model.rar_challenges import RAR_CHALLENGES
from oauth_model.use_cases import BODIES
from tests.cli.command import tokenrace


@pytest.mark.clause("interim-2025-01-20 insufficient RAR")
def test_without_a_challenge_nothing_is_disclosed():
    assert [found.members for found in disclosures("off")] == [()] * len(USE_CASES)


@pytest.mark.clause("interim-2025-01-20 insufficient RAR")
@pytest.mark.parametrize("policy", RAR_CHALLENGES[1:])
def test_either_challenge_discloses_all_that_the_call_named(policy):
    for found in disclosures(policy):
        assert set(json.loads(BODIES[found.use_case])) <= set(found.members)
        assert "type" in found.members


def test_a_signature_makes_the_answer_longer_and_hides_nothing():
    plain, signed = (disclosures(policy) for policy in RAR_CHALLENGES[1:])
    assert [each.members for each in plain] == [each.members for each in signed]
    for short, long in zip(plain, signed, strict=True):
        assert long.header_bytes > 1.5 * short.header_bytes


def test_every_policy_says_what_it_does():
    assert tuple(SAYS) == RAR_CHALLENGES
    for policy, says in SAYS.items():
        statuses = {str(found.status) for found in disclosures(policy)}
        assert statuses == {says.partition(" ")[0]}


def test_the_command_lists_what_each_policy_discloses():
    off, *others = tokenrace("list", "challenges", "--json").json()["challenges"]
    assert all("reveals nothing" in line for line in off["in_each_use_case"])
    assert all("creditorName" in each["in_each_use_case"][2] for each in others)
