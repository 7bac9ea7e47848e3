"""Options that commands share, and what is said of a value that cannot be.

Rule: whatever is wrong with the command line ends in one line that names the option, the value and
what is allowed (`Mistake`), and nothing has been written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.endings import Mistake
from sim.commands.settings import fields_set, is_path, whose_mistake

if TYPE_CHECKING:
    from sim.scenario import Scenario


def whole(least: int, most: int) -> Callable[[str], int]:
    """A parser for whole numbers between two bounds."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise typer.BadParameter(f"{text!r}; allowed: a whole number from {least} to {most}")
        return number

    return parse


def share(text: str) -> float:
    """A parser for what is more than nothing and less than all."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise typer.BadParameter(f"{text!r}; allowed: more than 0 and less than 1, such as 0.1")
    return number


def _count(*names: str, least: int, most: int, about: str) -> Any:
    return typer.Option(*names, parser=whole(least, most), metavar="N", help=about)


ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        show_default=False,
        help="A preset's name (tokenrace list scenarios), or the path of a TOML file.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        show_default=False,
        help="Another value for a field, such as client.retries=3 (tokenrace schema: every field). "
        "May be repeated.",
    ),
]
Seed = Annotated[
    int | None,
    _count("--seed", least=0, most=2**53, about="Another seed than the scenario's own."),
]
Replications = Annotated[
    int,
    _count("--replications", least=1, most=1_000_000, about="How many runs, each with its seed."),
]
AtMost = Annotated[
    int | None,
    _count(
        "--replications",
        least=1,
        most=1_000_000,
        about="How many runs, each with its seed; 1 when left out. With --precision the most, 1000 "
        "when left out.",
    ),
]
Precise = Annotated[
    float | None,
    typer.Option(
        "--precision",
        parser=share,
        metavar="SHARE",
        help="Run until the 95 % interval reaches no further than this share of the value to "
        "either side: 0.1 for ± 10 %. At least 10 runs; of what never or always happens, at least "
        "30.",
    ),
]
Measure = Annotated[
    str | None,
    typer.Option(
        "--measure",
        metavar="NAME",
        show_default=False,
        help="Whose interval --precision is about, such as availability or latency_ms.p95; "
        "double_accept_rate when left out.",
    ),
]
Against = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="NAME",
        show_default=False,
        help="Show how each strategy differs from this one of them, on the same seeds.",
    ),
]
Jobs = Annotated[
    int, _count("--jobs", least=1, most=256, about="How many processes share the work.")
]
Strategies = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        show_default=False,
        help="Which strategies, by name (tokenrace list strategies); all that suit the scenario "
        "when left out.",
    ),
]
StrategiesOrOwn = Annotated[
    str | None,
    typer.Option(
        "--strategies",
        metavar="A,B",
        show_default=False,
        help="Which strategies, by name (tokenrace list strategies); the scenario's own when left "
        "out.",
    ),
]
#: The field that names the strategy of the servers.
SERVERS = "strategy"
Where = Annotated[
    str,
    typer.Option(
        "--in",
        metavar="FIELD",
        help="Whose strategies are compared: strategy (of the servers, for single-use tokens), "
        "authorization_server.strategy (for codes, refresh tokens and assertions) or "
        "servers.0.proof_strategy (of the first server, for DPoP proofs).",
    ),
]
Properties = Annotated[
    list[str] | None,
    typer.Option(
        "--property",
        metavar="P",
        show_default=False,
        help="Which property to check, instead of those the scenario names (tokenrace list "
        "properties). May be repeated.",
    ),
]
Picture = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--picture",
        metavar="FILE",
        show_default=False,
        help="Draw double acceptance against added latency, as .svg or .png.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def scenario_from(
    name: str,
    settings: list[str] | None = None,
    seed: int | None = None,
    properties: list[str] | None = None,
) -> Scenario:
    """The scenario of a command line; raises Mistake."""
    from sim.checker import PROPERTIES
    from sim.scenario_files import ScenarioError, load, presets

    if not is_path(name):
        known("SCENARIO", [name], presets())
    if properties:
        known("--property", properties, PROPERTIES)
    asked = fields_set(settings)
    for option, field, value in (
        ("--seed", "seed", seed),
        ("--property", "properties", properties),
    ):
        if value not in (None, []) and field in asked:
            raise Mistake(f"--set {field}: not with {option}, which says the same")
    more = {"seed": seed, "properties": properties or None}
    overrides = asked | {field: value for field, value in more.items() if value is not None}
    try:
        scenario = load(name, overrides)
    except ScenarioError as error:
        raise Mistake(whose_mistake(str(error), name, asked)) from error
    known(f"{name}: properties", scenario.properties, PROPERTIES)
    return scenario


def precision_from(
    precision: float | None, measure: str | None, replications: int | None
) -> dict[str, Any]:
    """What `--precision` and `--measure` ask of an experiment; raises Mistake."""
    from sim.precision import COMMON, LEAST, MEASURED

    if precision is None:
        if measure is not None:
            raise Mistake(f"--measure {measure}: only with --precision")
        return {}
    if replications is not None and replications < LEAST:
        raise Mistake(f"--replications {replications}: with --precision, {LEAST} or more")
    of = measure or COMMON
    known("--measure", [of], MEASURED)
    return {"precision": precision, "of": of}


#: What a strategy needs to be compared that stands here as a mistake to be found.
BY_NAME = "to be named, for it is wrong on purpose"


def strategies_from(names: str | None, scenario: Scenario) -> tuple[list[str], dict[str, str]]:
    """The strategies of `--strategies a,b`, in that order; raises Mistake.

    When left out, all but those that are wrong on purpose or whose need the scenario does not meet;
    of these name → need.
    """
    from oauth_model.strategies import STRATEGIES

    if names is None:
        needs = {n: cls.needs for n, cls in STRATEGIES.items() if cls.needs is not None}
        lacking = {n: str(need) for n, need in needs.items() if not need.met_by(scenario)}
        lacking |= {n: BY_NAME for n, cls in STRATEGIES.items() if cls.mistaken}
        return [name for name in STRATEGIES if name not in lacking], lacking
    return listed("--strategies", names, STRATEGIES), {}


def listed(option: str, text: str, allowed: Iterable[str]) -> list[str]:
    """The names of `a,b`, in that order; raises Mistake unless each is allowed and there once."""
    names = [name.strip() for name in text.split(",")]
    if "" in names:
        raise Mistake(f"{option} {text!r}: a name is empty; one or more of {', '.join(allowed)}")
    known(option, names, allowed)
    return names


def strategy_fields(scenario: Scenario) -> list[str]:
    """The fields of a scenario that name a strategy for one-time objects."""
    of_proofs = [f"servers.{number}.proof_strategy" for number in range(len(scenario.servers))]
    return [SERVERS, "authorization_server.strategy", *of_proofs]


def known(what: str, names: Iterable[str], allowed: Iterable[str]) -> None:
    """Raise Mistake, naming what there is, unless every name is allowed and given once."""
    options, asked = list(allowed), list(names)
    for name in asked:
        if name not in options:
            hint = get_close_matches(name, options, 1)
            meant = f" (did you mean {hint[0]}?)" if hint else ""
            raise Mistake(f"{what}: {name!r} does not exist{meant}; one of {', '.join(options)}")
        if asked.count(name) > 1:
            raise Mistake(f"{what}: {name!r} is given twice; name it once")


def drawable(option: str, path: Path) -> None:
    """Raise Mistake unless a figure could be written there."""
    from sim.views.figure_files import SUFFIXES

    if path.suffix not in SUFFIXES:
        raise Mistake(f"{option} {path}: {path.suffix!r}; allowed: {', '.join(SUFFIXES)}")
    writable(option, path)


def writable(option: str, path: Path) -> None:
    """Raise Mistake unless a file could be written there: before the work, not after it."""
    if path.is_dir():
        raise Mistake(f"{option} {path}: a folder; name a file")
    if not path.parent.is_dir():
        raise Mistake(f"{option} {path}: the folder {path.parent} does not exist")
    probe = path.with_name(f".partial-{path.name}")
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Mistake(f"{option} {path}: cannot be written ({error.strerror})") from error
