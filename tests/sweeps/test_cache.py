"""The cache: a finished replication is found again, and nothing else ever is."""

import errno
import os
import pickle
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth_model.strategies import STRATEGIES
from sim.experiments import run_once
from sim.scenario_files import load, vary
from sim.sweeps import SweepError
from sim.sweeps.cache import MARK, Cache, NoCache, _digest, default_folder, key, stem
from sim.sweeps.code import own_classes
from tests.sweeps.scenes import OWN, QUICK, files

KEY = key(stem(QUICK, ()), 1) or ""


@pytest.fixture(scope="module")
def run():
    """One replication in which a property was violated."""
    return run_once(vary(QUICK, strategy="no_check"), 1)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path)


def told(run):
    return run.seed, run.tally.measures(), run.verdicts


@pytest.mark.parametrize("name", ["two-regions-payment", "toctou-refresh", "three-services"])
def test_a_run_is_found_again_as_it_was(cache, name):
    run = run_once(load(name, {"workload.intentions": 3, "duration_s": 20}), 7)
    cache.put(KEY, run)
    assert told(cache.get(KEY)) == told(run)


def test_a_verdict_keeps_its_witness(cache, run):
    cache.put(KEY, run)
    assert any(verdict.witness for verdict in run.verdicts.values())
    assert cache.get(KEY).verdicts == run.verdicts


def test_a_file_is_whole_or_not_there(cache, run, tmp_path):
    cache.put(KEY, run)
    cache.put(KEY, run)
    assert [path.name for path in files(tmp_path)] == [f"{KEY}.run"]


@given(st.data())
def test_a_torn_or_spoilt_file_is_no_run(tmp_path_factory, run, data):
    cache = Cache(tmp_path_factory.mktemp("torn"))
    cache.put(KEY, run)
    (path,) = files(cache.folder)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert cache.get(KEY) is None


def sealed(cache, payload: bytes) -> None:
    """A file that is whole, with anything in it."""
    path = cache._path(KEY)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(MARK + _digest(KEY, payload) + payload)


class Harmful:
    """What unpickling carelessly would carry out."""

    def __reduce__(self):
        return os.mkdir, ("harm",)


@pytest.mark.parametrize(
    "payload",
    [
        zlib.compress(pickle.dumps(Harmful())),
        zlib.compress(pickle.dumps({"no": "run"})),
        zlib.compress(b"no pickle"),
        zlib.compress(b"Ino number\n."),
        b"nothing compressed",
        b"",
    ],
)
def test_a_foreign_file_is_passed_over_and_does_nothing(cache, monkeypatch, payload):
    monkeypatch.chdir(cache.folder)
    sealed(cache, payload)
    assert cache.get(KEY) is None
    assert not Path("harm").exists()


def test_a_run_under_anothers_name_is_none(cache, run):
    cache.put(KEY, run)
    other = f"{KEY[:-1]}{'0' if KEY[-1] != '0' else '1'}"
    cache._path(KEY).rename(cache._path(other))
    assert cache.get(other) is None


def test_a_folder_where_a_file_should_be_is_passed_over(cache, run):
    cache._path(KEY).mkdir(parents=True)
    assert cache.get(KEY) is None


@pytest.mark.parametrize("what", ["a folder where a file is", "a file where a folder is"])
def test_what_has_the_name_of_a_run_stays_and_the_run_is_not_kept(cache, run, what):
    path = cache._path(KEY)
    path.mkdir(parents=True) if what == "a folder where a file is" else path.parent.touch()
    cache.put(KEY, run)
    assert cache.get(KEY) is None
    assert [each for each in files(cache.folder) if each != path.parent] == []


def test_every_part_of_a_key_counts():
    scenarios = [QUICK, vary(QUICK, client__retries=9), vary(QUICK, strategy="no_check")]
    keys = [key(stem(scenario, ()), seed) for scenario in scenarios for seed in (1, 2)]
    assert len(set(keys)) == 6
    assert keys[0] == key(stem(vary(QUICK, seed=QUICK.seed), ()), 1)


def test_the_code_of_own_classes_counts_where_one_is_named_and_nowhere_else():
    exec(OWN, {"__name__": "__main__"})
    named = vary(QUICK, strategy="mine")
    before = stem(named, own_classes()), stem(QUICK, own_classes())
    del STRATEGIES["mine"]
    exec(OWN.replace("insert", "look"), {"__name__": "__main__"})
    after = stem(named, own_classes()), stem(QUICK, own_classes())
    assert before[0] != after[0]
    assert before[1] == after[1] == stem(QUICK, ())


def test_what_is_not_to_be_found_is_not_kept(cache, run, monkeypatch):
    monkeypatch.setattr("sim.sweeps.cache.own_digest", lambda own: None)
    exec(OWN, {"__name__": "__main__"})
    nothing = key(stem(vary(QUICK, strategy="mine"), own_classes()), 1)
    cache.put(nothing, run)
    assert (nothing, cache.get(nothing), files(cache.folder)) == (None, None, [])


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"TOKENRACE_CACHE": "/own"}, "/own"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/tokenrace"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "~/.cache/tokenrace"),
        ("linux", {}, "~/.cache/tokenrace"),
        ("darwin", {}, "~/Library/Caches/tokenrace"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/tokenrace"),
    ],
)
def test_the_folder_is_where_the_platform_keeps_such_things(
    monkeypatch, platform, environment, folder
):
    for name in ("TOKENRACE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert default_folder() == Path(folder).expanduser()


def test_a_folder_that_cannot_be_written_is_said_before_anything_runs(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SweepError, match=r"cannot be written .*name another folder \(--cache"):
        Cache(tmp_path / "file" / "inside")


def test_of_a_full_disk_nothing_is_kept_that_is_not_whole(tmp_path, run, monkeypatch):
    cache, whole = Cache(tmp_path), Path.write_bytes

    def full(path, content):
        whole(path, content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SweepError, match=r"cannot be written \(No space left on device\)"):
        cache.put(KEY, run)
    assert files(tmp_path) == []


def test_who_writes_the_same_run_meanwhile_is_in_nobodys_way(cache, run, monkeypatch):
    write, others = Path.write_bytes, iter([cache.put])

    def slowly(path, content):
        write(path, content)
        for put in others:
            put(KEY, run)

    monkeypatch.setattr(Path, "write_bytes", slowly)
    cache.put(KEY, run)
    assert told(cache.get(KEY)) == told(run)
    assert list(cache.folder.rglob("*")) == [cache._path(KEY).parent, cache._path(KEY)]


def test_a_folder_that_is_deleted_meanwhile_is_made_anew(cache, run):
    cache.folder.rmdir()
    cache.put(KEY, run)
    assert told(cache.get(KEY)) == told(run)


def test_no_cache_keeps_nothing(run):
    NoCache().put(KEY, run)
    assert NoCache().get(KEY) is None
