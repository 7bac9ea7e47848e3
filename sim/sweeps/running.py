"""sweep: a scenario at every point of a grid, again and again, with the same seeds everywhere.

Rule: results are merged in the order of the seeds, so they are the same whoever made the
replications, in whatever order, now or before. An interrupted sweep has every round that all points
finished, and keeps every finished replication for the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any

from sim.experiments import Result, Run, replication_seed
from sim.scenario import Scenario
from sim.sweeps.cache import Cache, NoCache, default_folder, key, stem
from sim.sweeps.code import code_digest, own_classes
from sim.sweeps.errors import SweepError
from sim.sweeps.executors import Hands, as_they_finish, on_dask, processes
from sim.sweeps.grid import Cell, grid
from sim.sweeps.luggage import carry_out
from sim.sweeps.progress import bar
from sim.sweeps.results import Sweep

REPLICATIONS = 20


def sweep(
    scenario: Scenario,
    vary: Mapping[str, Iterable[Any]],
    strategies: Sequence[str] | None = None,
    replications: int = REPLICATIONS,
    *,
    jobs: int = 1,
    client: Any = None,
    cache: Path | str | bool = True,
    progress: bool = True,
) -> Sweep:
    """Run a scenario with every combination of values, under each strategy, so many times.

    `vary`: dotted field → its values; `strategies`: the scenario's own when left out. The work is
    shared by `jobs` processes, which stay for the next call, or by the workers of a Dask `client`.
    Finished replications are kept in the folder `cache` (True: `default_folder`, False: nowhere)
    and not made again; after Ctrl-C the sweep is `interrupted`, and the same call goes on. Raises
    SweepError for what cannot be.
    """
    if replications < 1 or jobs < 1:
        raise SweepError(f"replications {replications}, jobs {jobs}; allowed: 1 or more of each")
    cells, own = grid(scenario, vary, strategies), own_classes()
    seeds = [replication_seed(scenario.seed, index) for index in range(replications)]
    stems = [stem(cell.scenario, own) for cell in cells]
    keys = [key(each, seed) for seed in seeds for each in stems]
    store = _store(cache)
    runs = {place: run for place, each in enumerate(keys) if (run := store.get(each)) is not None}
    kept, missing = len(runs), [place for place in range(len(keys)) if place not in runs]
    tasks = [(cells[place % len(cells)].scenario, seeds[place // len(cells)]) for place in missing]
    hands = on_dask(client, own) if client is not None else processes(jobs, own)
    try:
        with bar(len(keys), kept, drawn=progress and bool(missing)) as shown:
            for number, run in _carried_out(hands, tasks):
                store.put(keys[missing[number]], run)
                runs[missing[number]] = run
                shown.update()
    except KeyboardInterrupt:
        pass
    return Sweep(
        scenario=scenario,
        cells=tuple(cells),
        results=_merged(cells, runs, replications),
        asked=replications,
        kept=kept,
        made=len(runs) - kept,
    )


def _carried_out(
    hands: AbstractContextManager[Hands], tasks: Sequence[tuple[Scenario, int]]
) -> Iterator[tuple[int, Run]]:
    """The number of each task and its run, as they finish; no hands where nothing is asked."""
    if tasks:
        with hands as ready:
            more = (code_digest(), ready.luggage)
            yield from as_they_finish(ready, carry_out, ((*task, *more) for task in tasks))


def _merged(cells: Sequence[Cell], runs: Mapping[int, Run], asked: int) -> tuple[Result, ...]:
    """A result for each cell from all rounds that are whole."""
    results = tuple(Result(cell.scenario, asked=asked) for cell in cells)
    first_missing = next(place for place in count() if place not in runs)
    for place in range(first_missing - first_missing % len(cells)):
        results[place % len(cells)].add(runs[place])
    return results


def _store(cache: Path | str | bool) -> Cache | NoCache:
    if cache is False:
        return NoCache()
    if cache == "":
        raise SweepError("cache '': names no folder; write . for this one")
    return Cache(default_folder() if cache is True else Path(cache))
