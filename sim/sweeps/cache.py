"""The cache: finished replications on disk, so that a sweep which was interrupted can go on.

Rule: a replication is there whole or not at all, and is found again only for the same scenario,
seed and code. Whatever else is in the folder is passed over. Files may be deleted at any time.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import zlib
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from sim.experiments import Run
from sim.scenario import Scenario
from sim.sweeps.code import Own, code_digest, own_digest
from sim.sweeps.errors import SweepError

MARK = b"tokenrace run 1\n"
DIGEST = 32  #: bytes
#: All that a `Run` is made of. A pickle that asks for anything else is none of ours.
CLASSES = {
    "sim.experiments": {"Run"},
    "sim.metrics": {"Tally"},
    "sim.clusters": {"Clusters", "Durations"},
    "sim.patterns": {"Patterns"},
    "sim.aftermath": {"Aftermath"},
    "sim.one_time": {"OneTime"},
    "sim.properties.base": {"Verdict"},
    "collections": {"Counter"},
    "array": {"array", "_array_reconstructor"},
}


def default_folder() -> Path:
    """`TOKENRACE_CACHE`, else a folder of ours where the platform has such things."""
    if own := os.environ.get("TOKENRACE_CACHE"):
        return Path(own)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):  # a relative one is to be ignored (XDG Base Directory)
            base = str(Path.home() / ".cache")
    return Path(base) / "tokenrace"


def stem(scenario: Scenario, own: Own) -> str | None:
    """What the replications of a scenario have in common: it, our code, and own classes if any.

    `own`: the strategies and properties that are the user's. All of them count where one is named,
    for one may hand on to another. None where their code cannot be told.
    """
    tree = scenario.model_dump(mode="json")
    code = own_digest(own) if _texts(tree) & set().union(*own) else ""
    if code is None:
        return None
    parts = [tree, code_digest(), code]
    return _hashed(json.dumps(parts, sort_keys=True, separators=(",", ":")))


def key(stem: str | None, seed: int) -> str | None:
    """What a replication is found by; None for one that is not to be found."""
    return None if stem is None else _hashed(f"{stem}/{seed}")


def _hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=20).hexdigest()


def _texts(tree: Any) -> set[str]:
    """Every text in a tree of plain values."""
    if isinstance(tree, str):
        return {tree}
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return {text for each in inner for text in _texts(each)}


class Cache:
    """Runs in a folder, each in a file of its own that is named by its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise _unwritable(folder, error) from error

    def get(self, key: str | None) -> Run | None:
        """The run of this key; None when there is none, or its file is torn or another's."""
        if key is None:
            return None
        try:
            content = self._path(key).read_bytes()
        except OSError:
            return None
        head, payload = content[: len(MARK) + DIGEST], content[len(MARK) + DIGEST :]
        if head != MARK + _digest(key, payload):
            return None
        try:
            run = _Ours(BytesIO(zlib.decompress(payload))).load()
        except Exception:  # whatever else comes of what is no run
            return None
        return run if isinstance(run, Run) else None

    def put(self, key: str | None, run: Run) -> None:
        """Keep a run, unless something else has its name. Raises SweepError when it cannot be."""
        if key is None:
            return
        payload = zlib.compress(pickle.dumps(run, protocol=5), level=1)
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Others may write the same run: threads, or processes that share no more than a disk.
            with TemporaryDirectory(prefix=".", dir=path.parent) as own:
                partial = Path(own, path.name)
                partial.write_bytes(MARK + _digest(key, payload) + payload)
                partial.replace(path)
        except OSError as error:
            if path.is_dir() or path.parent.is_file():
                return
            raise _unwritable(self.folder, error) from error

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.run"


class NoCache:
    """Keeps nothing."""

    def get(self, key: str | None) -> Run | None:
        """Nothing."""

    def put(self, key: str | None, run: Run) -> None:
        """Not at all."""


class _Ours(pickle.Unpickler):
    """Makes what a run is made of, and nothing else: a file may be anybody's."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in CLASSES.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a run")
        return super().find_class(module, name)


def _digest(key: str, payload: bytes) -> bytes:
    """Binds a payload to its key: a file under another's name is torn."""
    return blake2b(payload, digest_size=DIGEST, key=key.encode()).digest()


def _unwritable(folder: Path, error: OSError) -> SweepError:
    return SweepError(
        f"cache {folder}: cannot be written ({error.strerror}); name another folder (--cache, "
        "TOKENRACE_CACHE) or do without (--no-cache)"
    )
