"""The laws of the source tree hold, and each of them notices when it is broken.

The laws and their reasons are in `tests/laws/`; a law that is broken names file, line and what is
wrong there.
"""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.laws import chance, protocol, rooms, shape
from tests.laws.examples import BROKEN, KEPT
from tests.laws.source_tree import Tree
from tests.laws.violation import Law

ROOT = Path(__file__).resolve().parent.parent
LAWS = {law.__name__: law for law in (*protocol.LAWS, *rooms.LAWS, *chance.LAWS, *shape.LAWS)}


def planted(root: Path, files: dict[str, str]) -> Tree:
    """A source tree of these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return Tree(root)


def named(case: object) -> str:
    return getattr(case, "__name__", "")


@pytest.fixture(scope="module")
def project() -> Tree:
    return Tree(ROOT)


@pytest.mark.parametrize("name", LAWS)
def test_the_law_holds(project: Tree, name: str):
    broken = [str(violation) for violation in LAWS[name](project)]
    assert not broken, "\n".join([f"{name}: {LAWS[name].__doc__}", *broken])


@pytest.mark.parametrize(("law", "files", "where"), BROKEN, ids=named)
def test_the_law_notices_when_it_is_broken(tmp_path, law: Law, files: dict[str, str], where: str):
    reported = [str(violation) for violation in law(planted(tmp_path, files))]
    assert any(where in line for line in reported), reported


@pytest.mark.parametrize(("law", "files"), KEPT, ids=named)
def test_the_law_allows_what_it_should(tmp_path, law: Law, files: dict[str, str]):
    assert list(law(planted(tmp_path, files))) == []


def test_every_law_was_shown_to_notice():
    assert {law.__name__ for law, _, _ in BROKEN} == set(LAWS)


@pytest.mark.parametrize("name", LAWS)
def test_every_law_says_why(name: str):
    assert len((LAWS[name].__doc__ or "").split()) > 3


def test_the_laws_read_the_whole_project(project: Tree):
    files = {
        p.relative_to(ROOT).as_posix()
        for room in ("oauth_model", "sim")
        for p in (ROOT / room).rglob("*.py")
    }
    assert {module.path for module in project.modules.values()} == files
    assert len(files) > 50


def test_every_room_on_the_lists_is_there(project: Tree):
    listed = [*rooms.BEFORE, rooms.TRACE, rooms.WORLD, *rooms.AFTER, *rooms.JOINERS]
    assert [name for name in listed if name not in project.modules] == []


def test_an_import_is_known_by_the_file_it_comes_from(tmp_path):
    tree = planted(tmp_path, {"sim/a/b.py": "from .c import d as e\nfrom ..f import *\nimport g.h"})
    assert [found.target for found in tree.modules["sim.a.b"].imports] == [
        "sim.a.c.d",
        "sim.f",
        "g.h",
    ]


def test_the_users_of_the_packages_are_the_command_the_notebooks_and_the_tools(tmp_path):
    notebook = '{"cells": [{"cell_type": "code", "source": ["from sim.lab import panel"]}]}'
    files = {
        "pyproject.toml": '[project.scripts]\ntokenrace = "sim.cli:main"\n',
        "notebooks/00_tour.ipynb": notebook,
        "tools/remake.py": "import sim.views.svg",
        "bench/peers.py": "from sim import benchmark",
    }
    assert list(planted(tmp_path, files).users()) == [
        "sim.cli",
        "sim.views.svg",
        "sim.benchmark",
        "sim.lab.panel",
    ]
