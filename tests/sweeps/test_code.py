"""Digests of code: they change whenever a result may, and else stay."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from oauth_model.strategies import STRATEGIES
from sim.scenario_files import vary
from sim.sweeps import sweep
from sim.sweeps.code import code_digest, own_classes, own_digest
from tests.sweeps.scenes import JUDGE, OWN, QUICK

ROOT = Path(__file__).resolve().parents[2]
#: Everything that a strategy of one's own may rest on.
LARGE = """
import functools
LIMIT = {"a": 3, "b": {"GET", "HEAD", "PUT"}}
class Policy:
    def allows(self, n): return n < 5
POLICY = Policy()
def helper(n, more=2):
    return [m for m in range(n) if m in {"x", "y"} or POLICY.allows(m)]
@functools.lru_cache
def kept(n): return helper(n) and kept
twice = functools.partial(helper, 7)
class Mine:
    bound = 11
    def begin(self, use):
        def inner(): return helper(LIMIT["a"]), kept(1), twice()
        return inner()
    @staticmethod
    def other(): return 13
    @property
    def third(self): return 17
"""


def mine(source: str, name: str = "__main__") -> type:
    """The class of a notebook's cell."""
    cell: dict[str, Any] = {"__name__": name}
    exec(source, cell)
    found: type = cell["Mine"]
    return found


def digest(source: str) -> str | None:
    return own_digest([{"mine": mine(source)}])


def test_the_same_code_has_the_same_digest_wherever_it_stands():
    assert digest(LARGE) == digest(f"# a comment\n\n{LARGE}# another\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"a": 3', '"a": 4'),
        ('"HEAD"', '"POST"'),
        ("n < 5", "n <= 5"),
        ("more=2", "more=3"),
        ('"y"', '"z"'),
        ("and kept", "or kept"),
        ("helper, 7", "helper, 8"),
        ("bound = 11", "bound = 12"),
        ('LIMIT["a"]', 'LIMIT["b"]'),
        ("return 13", "return 14"),
        ("return 17", "return 18"),
        ("class Mine:", "class Mine(Policy):"),
    ],
)
def test_whatever_a_strategy_rests_on_changes_its_digest(old, new):
    assert old in LARGE
    assert digest(LARGE.replace(old, new)) != digest(LARGE)


def test_two_processes_with_other_hash_seeds_give_the_same():
    script = "from tests.sweeps.test_code import *; print(digest(LARGE), code_digest())"
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert told == {f"{digest(LARGE)} {code_digest()}\n"}


def test_code_is_what_it_was_when_it_was_imported_and_not_at_the_first_sweep():
    script = (
        "from pathlib import Path; from sim.sweeps.code import code_digest\n"
        "Path.read_bytes = lambda path: b'edited since'; print(code_digest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert told == f"{code_digest()}\n"


def test_where_something_cannot_be_told_there_is_no_digest():
    source = "import threading\nLOCK = threading.Lock()\nclass Mine:\n def begin(self): return LOCK"
    assert digest(source) is None
    assert digest(source.replace("threading.Lock()", "3")) is not None


def test_a_module_of_ones_own_counts_as_its_file(tmp_path, monkeypatch):
    path = tmp_path / "my_helpers.py"
    source = "import my_helpers\nclass Mine:\n def begin(self): return my_helpers.f()"
    seen = []
    for text in ("def f(): return 1", "def f(): return 2"):
        path.write_text(text)
        module = ModuleType("my_helpers")
        module.__file__ = str(path)
        monkeypatch.setitem(sys.modules, "my_helpers", module)
        seen.append(digest(source))
    assert seen[0] != seen[1]


def test_only_what_is_not_part_of_the_project_is_ones_own():
    assert own_classes() == ({}, {})
    exec(OWN, {"__name__": "__main__"})
    assert own_classes() == ({"mine": STRATEGIES["mine"]}, {})


def test_a_property_of_ones_own_is_not_taken_for_what_it_was_before(tmp_path):
    asked, seen = vary(QUICK, properties=["judge"]), []
    for verdict in (True, False):
        exec(JUDGE.format(verdict=verdict), {"__name__": "__main__"})
        found = sweep(asked, {}, replications=1, cache=tmp_path, progress=False)
        seen.append(found.results[0].findings["judge"].verdict.holds)
    assert seen == [True, False]


def test_what_the_project_offers_is_named_and_not_opened():
    source = "from oauth_model.strategies import Strategy\nclass Mine(Strategy):\n name = 'mine'"
    assert digest(source) == digest(f"{source}\n")
    assert digest(source) != digest(source.replace("'mine'", "'yours'"))
