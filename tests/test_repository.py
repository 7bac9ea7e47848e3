"""The repository keeps its promises: one lock, one command, nothing of the machine it grew on."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)"
    r"(?: ; (?P<marker>[^\\]+?))?"
    r"(?: --hash=sha256:[0-9a-f]{64})+"
)
# The bracket and the group keep these two from finding themselves in this file.
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(work|root|home)/")
INDEX_HOST = re.compile(r"pypi[.]org|python[h]osted|registry[.]npmjs|deb[.]debian")


def pins() -> list[str]:
    """The lock, one string for each pin, without comments."""
    text = (ROOT / "requirements.lock").read_text().replace(" \\\n", "")
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return [re.sub(r" +", " ", line) for line in lines if line]


def sources() -> list[Path]:
    """Every file that is in the repository or is about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Call the `run` script of a folder from somewhere else, with nothing on standard input."""
    return subprocess.run(
        [sys.executable, str(folder / "run"), *arguments],
        cwd="/",
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def module(folder: Path) -> ModuleType:
    """The `run` script of a folder, loaded to look inside."""
    loaded = ModuleType("run_script")
    loaded.__file__ = str(folder / "run")
    exec((folder / "run").read_text(), vars(loaded))
    return loaded


def copy(folder: Path) -> Path:
    """A folder that holds only what the `run` script reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("run", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def ready(folder: Path, program: str) -> Path:
    """The copy with an environment that is complete: this Python, and a program as tokenrace.

    No test lets `run` set up the project's own environment: the other tests are running in it.
    """
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "tokenrace").write_text(program)
    (programs / "tokenrace").chmod(0o755)
    (folder / ".venv" / "tokenrace.stamp").write_text(module(folder).stamp())
    return folder


# --- the lock ---------------------------------------------------------------------------------


def test_the_lock_holds_versions_and_hashes_and_nothing_else():
    assert [pin for pin in pins() if not PIN.fullmatch(pin)] == []
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_the_lock_has_every_direct_dependency():
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["lab"], *extras["dev"]]
    names = {re.split(r"[\[>=<~ ]", requirement)[0].lower() for requirement in wanted}
    locked = {pin.split("==")[0] for pin in pins()}
    assert names - locked == {PROJECT["name"]}  # dev asks for lab by the project's own name


def test_the_lock_gives_each_python_the_numpy_that_supports_it():
    found = [PIN.fullmatch(pin) for pin in pins() if pin.startswith("numpy==")]
    markers = {match["marker"] for match in found if match}
    assert markers == {"python_full_version < '3.12'", "python_full_version >= '3.12'"}


# --- nothing of the machine -------------------------------------------------------------------


def test_no_file_names_a_place_on_somebodys_machine_or_a_package_index():
    found = []
    for path in sources():
        try:
            # A notebook spells its line ends out, and a path may follow one.
            text = path.read_text(encoding="utf-8").replace("\\n", "\n")
        except UnicodeDecodeError:
            continue
        hits = [*MACHINE_PATH.finditer(text), *INDEX_HOST.finditer(text)]
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in hits]
    assert found == []


def test_what_is_to_be_executed_may_be_executed():
    for name in ("run", ".ci/run", "binder/postBuild", "binder/start"):
        assert os.access(ROOT / name, os.X_OK), name


def test_the_changelogs_newest_version_is_the_projects():
    versions = re.findall(r"^## \[(\d[^]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == PROJECT["version"]


def test_every_file_of_the_packages_is_installed():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = [ROOT / name.rstrip("*") for name in setup["packages"]["find"]["include"]]
    files = [path for path in sources() if any(room in path.parents for room in rooms)]
    packages = {path.parent for path in files if path.name == "__init__.py"}
    data = {
        path
        for room in rooms
        for glob in setup["package-data"][room.name]
        for path in room.glob(glob)
    }
    left_out = [path for path in files if path.suffix != ".py" and path not in data]
    assert left_out + [p for p in files if p.suffix == ".py" and p.parent not in packages] == []


# --- ./run ------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [[], ["--help"], ["-h"], ["help"]])
def test_run_tells_its_commands_without_any_setup(tmp_path, asked):
    answer = run(copy(tmp_path), *asked)
    assert answer.returncode == 0
    for command in ("setup", "demo", "test", "test --fast", "lab", "list", "run SCENARIO"):
        assert f"\n  {command} " in answer.stdout
    assert not (tmp_path / ".venv").exists()


def test_run_refuses_a_command_that_does_not_exist(tmp_path):
    program = Path(sys.executable).with_name("tokenrace").read_text()
    answer = run(ready(copy(tmp_path), program), "frobnicate")
    assert answer.returncode == 2
    assert "frobnicate" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_run_hands_arguments_on_and_exit_status_back(tmp_path):
    program = '#!/bin/sh\necho "$PWD|$1|$2|$PYTHONPATH"\nexit 3\n'
    folder = ready(copy(tmp_path / "a folder with spaces"), program)
    answer = run(folder, "explore", "two words", PYTHONPATH="elsewhere")
    assert (answer.returncode, answer.stdout) == (3, "/|explore|two words|\n")


@pytest.mark.parametrize(
    ("chosen", "spread"),
    [
        ([], True),
        (["--ignore=notebooks", "-m", "not slow"], True),
        (["-k", "replay", "-x"], True),
        (["tests/test_readme.py"], False),
        (["-x", "tests/test_readme.py::test_a_table"], False),
        (["notebooks/00_tour.ipynb"], False),
    ],
)
def test_run_uses_every_processor_unless_a_file_is_named(chosen, spread):
    assert ("-n" in module(ROOT).spread(chosen)) == spread


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_run_sets_up_again_when_what_it_was_made_from_changes(tmp_path, name):
    script = module(copy(tmp_path))
    before = script.stamp()
    with (tmp_path / name).open("a") as file:
        file.write("# a change\n")
    assert script.stamp() != before


def test_run_sets_up_again_when_the_folder_moves(tmp_path):
    here, there = copy(tmp_path / "here"), copy(tmp_path / "there")
    assert module(here).stamp() != module(there).stamp()


@pytest.mark.slow
def test_run_shows_why_a_setup_failed_and_leaves_nothing_that_looks_complete(tmp_path):
    (copy(tmp_path) / "requirements.lock").write_text(f"nowhere==1 --hash=sha256:{'0' * 64}\n")
    answer = run(tmp_path, "setup", PIP_NO_INDEX="1")
    assert answer.returncode == 1
    assert "No matching distribution found for nowhere==1" in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("./run: ")
    assert not (tmp_path / ".venv" / "tokenrace.stamp").exists()


@pytest.mark.slow
def test_run_makes_an_environment_of_its_own_where_it_finds_a_link_to_another(tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    folder = copy(tmp_path / "here")
    (folder / ".venv").symlink_to(other)
    (folder / "requirements.lock").write_text(f"nowhere==1 --hash=sha256:{'0' * 64}\n")
    run(folder, "setup", PIP_NO_INDEX="1")
    assert not (folder / ".venv").is_symlink()
    assert [path.name for path in other.iterdir()] == ["kept"]


# --- other machines ---------------------------------------------------------------------------


def test_ci_calls_run_test_and_nothing_more_from_any_folder(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "run").write_text('#!/bin/sh\necho "$PWD|$*" >>called\nexit 5\n')
    (tmp_path / "run").chmod(0o755)
    done = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], cwd="/", check=False)
    assert done.returncode == 5
    assert (tmp_path / "called").read_text() == f"{tmp_path}|test\n"


def test_binder_builds_python_3_11_from_the_lock():
    pytest.importorskip("repo2docker")
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    recipe = done.stdout + done.stderr
    assert "python=3.11" in recipe
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in recipe
    assert "RUN ./binder/postBuild" in recipe
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in recipe
    assert (ROOT / "binder" / "requirements.txt").read_text() == "-r ../requirements.lock\n"


def test_binder_starts_with_a_fixed_hash_seed():
    show = "import json, os, sys; print(json.dumps([os.environ['PYTHONHASHSEED'], sys.argv[1:]]))"
    start = [str(ROOT / "binder" / "start"), sys.executable, "-c", show, "two words"]
    done = subprocess.run(start, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["0", ["two words"]]
