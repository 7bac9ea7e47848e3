"""`tokenrace rare`: the probability of what plain runs hardly ever show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.endings import Interrupted, Mistake
from sim.commands.options import (
    Jobs,
    Json,
    Replications,
    ScenarioName,
    Seed,
    Settings,
    known,
    scenario_from,
)
from sim.commands.output import print_json, progress_bar, styled, terminal
from sim.views.words import counted

if TYPE_CHECKING:
    from rich.text import Text

    from sim.passages import Tilt
    from sim.rare_events import RareEvent

#: What a tilt may set → the field of `Tilt`.
FIELDS = {"loss": "loss_probability", "stretch": "stretch", "actor": "actor"}
#: Links that are named in a sentence; all of them stand in JSON.
MOST_NAMED = 8
Event = Annotated[
    str,
    typer.Argument(
        metavar="EVENT",
        show_default=False,
        help="A property (that a run violates it), or a rate (that a run has a case of it).",
    ),
]
Tilts = Annotated[
    list[str] | None,
    typer.Option(
        "--tilt",
        metavar="LINK,HOW",
        show_default=False,
        help="Which links (a pattern, such as 'payments * > store *') draw otherwise, and how: "
        "loss=0.5, stretch=8 (delays), actor=client (only its). May be repeated.",
    ),
]


def rare(
    name: ScenarioName,
    event: Event,
    tilts: Tilts = None,
    settings: Settings = None,
    seed: Seed = None,
    replications: Replications = 1000,
    jobs: Jobs = 1,
    json: Json = False,
) -> None:
    """How likely a run shows an event, by runs that are tilted towards it and weighed accordingly.

    Best on one intention: --set workload.intentions=1.
    """
    from sim.rare_events import EVENTS, estimate_rare

    scenario = scenario_from(name, settings, seed)
    known("EVENT", [event], EVENTS)
    asked = [tilt_from(text) for text in tilts or []]
    with progress_bar("runs") as progress:
        try:
            found = estimate_rare(
                scenario, event, asked, replications, jobs=jobs, progress=progress
            )
        except ValueError as error:
            raise Mistake(f"--{error}") from error
    if json:
        about = {"scenario": name, "seed": scenario.seed, "replications": found.probability.n}
        print_json(about | {"strategy": scenario.strategy} | found.to_json())
    else:
        terminal().print(told(found))
    if found.probability.n < replications:
        raise Interrupted(f"{found.probability.n} of {replications} replications were finished")


def tilt_from(text: str) -> Tilt:
    """`payments * > store *,stretch=8,actor=client` as a tilt; raises Mistake."""
    from sim.passages import Tilt

    link, *parts = (part.strip() for part in text.split(","))
    fields: dict[str, str | float] = {}
    for key, equals, value in (part.partition("=") for part in parts):
        if key not in FIELDS or not equals:
            said = f"{key}{equals}{value}"
            raise Mistake(f"--tilt {text}: {said!r}; allowed: {'=, '.join(FIELDS)}=")
        try:
            fields[FIELDS[key]] = value if key == "actor" else float(value)
        except ValueError as error:
            raise Mistake(f"--tilt {text}: {key}: {value!r}; allowed: a number") from error
    try:
        return Tilt(link, **fields)  # type: ignore[arg-type]  # a text for the actor alone
    except ValueError as error:
        raise Mistake(f"--tilt {text}: {error}") from error


def told(found: RareEvent) -> Text:
    """The estimate in a few lines, with what it rests on."""
    lines = _seen(found) if found.seen else []
    if found.below is not None:
        bound = (f"{found.event}: below {found.below:.2g}", "bold")
        lines.append(styled(bound, " per run (95 %, rule of three)"))
    if found.warning:
        lines.append(styled(f"{found.warning}."))
    return styled("\n").join([*lines, *map(styled, _by_chance(found))])


def _seen(found: RareEvent) -> list[Text]:
    value, low, high, n = found.probability
    bounds = "no interval" if high is None else f"95 %: {low:.2g} to {high:.2g}"
    seen = f"seen in {found.seen} of"
    weighed = (
        f"{seen} {counted(n, 'tilted run')}, which count as {found.effective:.0f} of equal weight; "
        f"mean weight {found.mean_weight.value:.2f} (1 in truth)"
    )
    return [
        styled((f"{found.event}: {value:.3g}", "bold"), f" per run ({bounds})"),
        styled(f"{seen} {counted(n, 'plain run')}" if found.plain else weighed),
    ]


def _by_chance(found: RareEvent) -> list[str]:
    """What no tilt made likelier: an event that needs it may be missing from the estimate."""
    if found.plain or not found.by_chance:
        return []
    more = len(found.by_chance) - MOST_NAMED
    named = ", ".join(found.by_chance[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return [f"not tilted, though random: {named}; what needs those is only seen by chance."]
