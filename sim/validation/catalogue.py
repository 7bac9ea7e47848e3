"""The catalogue: every experiment by its name, and carrying them out by several processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.processes import in_order
from sim.validation import (
    failovers,
    filters,
    losses,
    pbs,
    pbs_drawn,
    queues,
    quorums,
    races,
)
from sim.validation.checks import FAMILYWISE, Check, Experiment

EXPERIMENTS: dict[str, Experiment] = {
    each.name: each
    for room in (races, losses, failovers, filters, queues, quorums, pbs, pbs_drawn)
    for each in room.EXPERIMENTS
}
#: What `--quick` takes of each experiment's n.
QUICK = 0.1


def all_checks() -> int:
    """How many checks the whole catalogue makes."""
    return sum(len(each.checks) for each in EXPERIMENTS.values())


def level() -> float:
    """Of each check, whichever are carried out: all of them together have `FAMILYWISE`."""
    return FAMILYWISE / all_checks()


def chosen(beginning: str) -> list[str]:
    """The experiments whose name begins like this."""
    return [name for name in EXPERIMENTS if name.startswith(beginning)]


def carry_out(
    names: Sequence[str],
    share: float = 1.0,
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """All checks of these experiments, each with a share of its n, in their order.

    When interrupted, those of the experiments that were finished.
    """
    found: list[Check] = []
    tasks = [(name, share, level()) for name in names]
    try:
        for done, checks in enumerate(in_order(_carry_out, tasks, jobs), 1):
            found.extend(checks)
            if progress is not None:
                progress(done, len(names))
    except KeyboardInterrupt:
        if not found:
            raise
    return found


def _carry_out(name: str, share: float, level: float) -> list[Check]:
    return EXPERIMENTS[name].run(share, level)
