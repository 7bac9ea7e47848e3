"""Effects: how often what the user wanted has really happened.

Rule: only `effect` rows that were executed count, whatever anybody was told.
"""

from __future__ import annotations

from sim.properties.base import (
    MINUTES,
    Property,
    Sighting,
    Use,
    Uses,
    Verdict,
    ms,
    prop,
    sighting,
)
from sim.trace import Row

#: How an operation begins that only reads: it may be repeated (RFC 9110 9.2.1).
SAFE = ("GET ", "HEAD ")


@prop
class AtMostOneEffectPerToken(Property):
    """Single use as the minutes word it: the second use of a token must do nothing."""

    name = "at_most_one_effect_per_token"
    sentence = (
        "A single-use token has at most one effect, at all servers together; at each, where it is "
        "for one use at each."
    )
    clause = f"{MINUTES}: re-use of a single-use token results in invalid_token; RFC 6750 3.1"
    subject = "effect of a single-use token"
    held = "no single-use token had a second effect; first effects: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._uses = Uses()
        self.on_issue = self._uses.learn
        self._effects: dict[Use, Sighting] = {}

    def on_effect(self, row: Row) -> None:
        """Compare with the first effect of this use."""
        use = self._uses.of(row.token, row.detail["server"])
        if not row.detail["executed"] or use is None:
            return
        now = sighting(row)
        first = self._effects.setdefault(use, now)
        if first is now:
            self.seen += 1
            return
        self.violated(
            f"single-use token {row.token} had its effect at {first}, and again at {now}, "
            f"{later(first, now)}; but a second use must do nothing",
            token=row.token,
            intention=row.intention,
            effects=[first._asdict(), now._asdict()],
        )


@prop
class AtMostOneEffectPerIntention(Property):
    """What the user wanted once happens once: not the token counts, but the payment."""

    name = "at_most_one_effect_per_intention"
    sentence = "What the user wanted once happens at most once at a server, whoever presents."
    clause = "RFC 9110 9.2.2: a request that is not idempotent is not repeated automatically"
    subject = "effect of an intention"
    held = "no intention had a second effect at a server; first effects: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._effects: dict[tuple[int, str, str], Sighting] = {}

    def on_effect(self, row: Row) -> None:
        """Compare with the intention's first effect of this kind at this server."""
        operation = row.detail.get("operation", "")
        if not row.detail["executed"] or row.intention < 0 or operation.startswith(SAFE):
            return
        now = sighting(row)
        what = row.intention, row.detail["server"], operation
        first = self._effects.setdefault(what, now)
        if first is now:
            self.seen += 1
            return
        tokens = [first.token, now.token]
        with_what = "the same token" if first.token == now.token else " and then ".join(tokens)
        self.violated(
            f"intention {row.intention} had its effect at {first}, and again at {now}, "
            f"{later(first, now)}, with {with_what}; but the user wanted it once",
            intention=row.intention,
            token=row.token,
            effects=[first._asdict(), now._asdict()],
        )


@prop
class EveryIntentionServed(Property):
    """The counterweight: a server that refuses everything is safe and useless."""

    name = "every_intention_served"
    sentence = "Every honest intention is served in the end."
    clause = f"{MINUTES}: network errors and retries must not give a poor user experience"
    subject = "outcome of an intention"
    held = "every intention was served; intentions: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._begun = 0
        self._unknown: list[Verdict] = []  #: the first, if any

    def on_outcome(self, row: Row) -> None:
        """Refused violates; unknown leaves it open."""
        self.seen += 1
        kind, attempts = row.detail["kind"], row.detail["attempts"]
        if kind == "served":
            return
        tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        because = f"intention {row.intention} ended {kind} at {row.node} at {ms(row.t_us)}, {tries}"
        facts = {"intention": row.intention, "node": row.node, "t_us": row.t_us}
        if kind == "refused":
            self.violated(because, **facts)
        elif not self._unknown:
            self._unknown.append(self.judged(None, f"{because}; none was refused", **facts))

    def on_total(self, row: Row) -> None:
        """How many intentions there were."""
        self._begun = row.detail["intentions"]

    def at_end(self) -> Verdict | None:
        """An outcome that is unknown, or that never came."""
        missing = self._begun - self.seen
        if self._unknown or missing <= 0:
            return next(iter(self._unknown), None)
        return self.judged(
            None, f"{missing} of {self._begun} intentions had not ended with the run"
        )


@prop
class RefusedOnlyWhenDone(Property):
    """Single use is not exactly once: a token can be used up, or guarded, and nothing come of it.

    Who heard nothing does not know, and is not told anything wrong: only refusals count. What is
    done afterwards comes too late, for the client has been told no.
    """

    name = "refused_only_when_done"
    sentence = (
        "A client that presented a token is refused for good only when what it wanted was done."
    )
    clause = f"{MINUTES}: network errors and retries must not give a poor user experience"
    subject = "outcome of an intention whose token was presented"
    held = "nobody was refused before what it wanted was done; intentions: {seen}"

    def __init__(self) -> None:
        super().__init__()
        self._done = set[int]()
        self._told: dict[int, str] = {}  #: intention → what its client heard last

    def on_effect(self, row: Row) -> None:
        """Whoever presents: what the user wanted is done."""
        if row.detail["executed"]:
            self._done.add(row.intention)

    def on_return(self, row: Row) -> None:
        """The latest answer to a client."""
        if row.actor == "client":
            self._told[row.intention] = f"{row.detail['status']} {row.detail['error']}".strip()

    def on_outcome(self, row: Row) -> None:
        """A refusal before the effect violates."""
        kind, attempts = row.detail["kind"], row.detail["attempts"]
        if not attempts:
            return
        self.seen += 1
        if kind == "refused" and row.intention not in self._done:
            tries = "after 1 attempt" if attempts == 1 else f"after {attempts} attempts"
            told = self._told.get(row.intention, "")
            self.violated(
                f"intention {row.intention} was refused at {row.node} at {ms(row.t_us)}, {tries}, "
                f"the last answered {told}, and nothing had been done for it",
                intention=row.intention,
                node=row.node,
                t_us=row.t_us,
            )


def later(first: Sighting, now: Sighting) -> str:
    """The order of two effects, and why it is certain."""
    if first.node == now.node:
        return "after it, because one server did both, one after the other"
    if first.t_us == now.t_us:
        return "at the same instant, because neither server could know of the other"
    lag = ms(now.t_us - first.t_us)
    return f"after it, because {lag} lie between them in simulation time, which no clock disputes"
