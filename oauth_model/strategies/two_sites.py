"""Two sites that both record a use before it counts, or one of them that goes on alone."""

from __future__ import annotations

from oauth_model.flows import UNKNOWN, Flow
from oauth_model.strategies.base import Outcome, Replay, Strategy, Use, strategy


@strategy
class TwoSites(Strategy):
    """A deny-list at the first two members; a use is the first if both say so.

    They are asked in one order by everybody, so of two uses that begin at different sites one wins.
    When a site is silent, consistency goes before availability: the use is undecided. With
    `survivor` that site decides alone while the other is silent, as if that one had been taken
    offline; the detection is nobody's here, each use waits for its own time-out.
    """

    name = "two_sites"
    promise = "at most one use, whatever is lost; the word of the `survivor` is in every first use"
    fails = "as on_outage says when either site is silent, or when the survivor is"
    costs = "a round trip to each of two sites, the farther one included, for each first use"
    in_the_field = "Keycloak multi-cluster (two sites, synchronous, under 10 ms apart)"
    placement = "two sites, both before the answer"

    def begin(self, use: Use) -> Flow[Outcome]:
        """Insert at the one site, then at the other; whichever refuses has seen the key."""
        answers = []
        for site in self.place.members[:2]:
            answers.append((yield self.ask(site, "insert", use)))
            if answers[-1] is not UNKNOWN and not answers[-1].granted:
                return Replay()
        alone = self.settings.survivor
        if UNKNOWN in answers:
            return self.decide(answers[alone - 1] if 0 < alone <= len(answers) else UNKNOWN)
        return self.decide(min(answers, key=lambda answer: answer.age_s))  # it may have forgotten
