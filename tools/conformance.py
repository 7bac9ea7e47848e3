"""Join the clauses of tests/conformance.toml with the tests that show them, in docs/conformance.md.

A row is held when tests carry its mark and every one of them passed just now: the marked tests are
run to write the table, and to say (`--check`) which rows of the committed one are out of date. A
row needs a test or a written reason; one that has neither is open, and that is an error.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))  # a script sees its own folder only
from tools.generated import checking, stored

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "tests" / "conformance.toml"
TABLE = ROOT / "docs" / "conformance.md"
OUTCOMES = ("held", "failed", "no test", "open")
HEAD = """\
# Conformance

What the specifications ask for, in our words, and the tests that show it. A row is **held** when
all its tests passed when the table was made; one with **no test** says why; an **open** one has
neither test nor reason yet. *MUST*, *SHOULD* and *MAY* are the document's; where it speaks without
a key word the level is *says*, where it is silent and [we chose](decisions.md), *ours*.

Made by `python tools/conformance.py`, which runs the marked tests. Rows: `tests/conformance.toml`.
"""


class Clause(NamedTuple):
    """One requirement; `reason` says why no test shows it, and is empty when one has to."""

    id: str
    party: str
    level: str
    requires: str
    reason: str = ""


class Document(NamedTuple):
    """A specification and its rows; every row's id starts with the document's name."""

    name: str
    title: str
    clauses: tuple[Clause, ...]


class Marks:
    """A pytest plugin that keeps which tests carry which mark, and how they ended.

    A test is `path::name`, all its parameters together; skipped or expected to fail is not passed.
    """

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = {}
        self.failed: set[str] = set()
        self.seen: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the marks, those of a class, a module or a single parameter included."""
        for item in items:
            for mark in item.iter_markers("clause"):
                for name in mark.args:
                    self.tests.setdefault(name, set()).add(without_parameters(item.nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended; its fixtures count too."""
        test = without_parameters(report.nodeid)
        self.seen.add(test)
        if report.outcome != "passed":
            self.failed.add(test)

    def outcome(self, clause: Clause) -> str:
        """One of `OUTCOMES`."""
        tests = self.tests.get(clause.id, set())
        if not tests:
            return "no test" if clause.reason else "open"
        return "held" if tests <= self.seen - self.failed else "failed"


def without_parameters(nodeid: str) -> str:
    """The test without the square brackets of one case."""
    return nodeid.partition("[")[0]


def marked(*options: str) -> Marks:
    """Run the marked tests, or only collect them; raises RuntimeError when that is not possible."""
    marks = Marks()
    files = [
        str(path)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "mark.clause" in path.read_text(encoding="utf-8")
    ]
    with contextlib.chdir(ROOT):
        asked = ["-q", "-p", "no:cacheprovider", "-m", "clause", *options, *files]
        status = pytest.main(asked, plugins=[marks])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"pytest ended with {status!r}")
    return marks


def catalogue(path: Path = CATALOGUE) -> tuple[Document, ...]:
    """The rows; raises ValueError for one that comes twice or stands under another document."""
    read = tomllib.loads(path.read_text(encoding="utf-8"))["document"]
    documents = tuple(
        Document(each["name"], each["title"], tuple(Clause(**row) for row in each["clauses"]))
        for each in read
    )
    count = Counter(clause.id for document in documents for clause in document.clauses)
    strays = [c.id for d in documents for c in d.clauses if not c.id.startswith(f"{d.name} ")]
    wrong = [*(name for name, times in count.items() if times > 1), *strays]
    if wrong:
        raise ValueError(f"{path.name}: twice, or in the wrong place: {', '.join(wrong)}")
    return documents


def coarse(documents: tuple[Document, ...], tests: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The marks that name a clause of which the catalogue has the parts only."""
    rows = [clause.id for document in documents for clause in document.clauses]
    return {
        name: tests[name]
        for name in sorted(tests)
        if name not in rows and any(row.startswith((f"{name} ", f"{name}.")) for row in rows)
    }


def problems(documents: tuple[Document, ...], marks: Marks) -> Iterator[str]:
    """A line for each mark without a row, row without a test, idle reason, and failed row."""
    known = {clause.id: clause for document in documents for clause in document.clauses}
    for name in sorted(marks.tests.keys() - known.keys() - coarse(documents, marks.tests).keys()):
        yield f"unknown clause {name!r} in {', '.join(sorted(marks.tests[name]))}"
    for clause in known.values():
        outcome = marks.outcome(clause)
        if outcome in ("open", "failed"):
            yield f"{outcome}: {clause.id}: {clause.requires}"
        if clause.reason and clause.id in marks.tests:
            yield f"has a test and needs no reason: {clause.id}"


def table(documents: tuple[Document, ...], marks: Marks) -> str:
    """The whole of docs/conformance.md."""
    parts = [HEAD, "\n".join(_summary(documents, marks)), "\n".join(_not_held(documents, marks))]
    for document in documents:
        rows = [_row(document, clause, marks) for clause in document.clauses]
        title = f"## {_heading(document)}\n"
        heads = _cells("clause", "who", "level", "what it requires", "outcome", "shown by")
        parts.append("\n".join([title, heads, _cells(*["---"] * 6), *rows]))
    vague = coarse(documents, marks.tests)
    if vague:
        lines = [f"* {name}: {', '.join(map(_link, sorted(vague[name])))}" for name in vague]
        parts.append("\n".join(["## Marks that name a clause and none of its rows\n", *lines]))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _summary(documents: tuple[Document, ...], marks: Marks) -> Iterator[str]:
    yield _cells("document", *OUTCOMES)
    yield _cells(*["---"] * 5)
    total: Counter[str] = Counter()
    for document in documents:
        count = Counter(marks.outcome(clause) for clause in document.clauses)
        total += count
        name = f"[{document.name}](#{_anchor(_heading(document))})"
        yield _cells(name, *(str(count[outcome]) for outcome in OUTCOMES))
    yield _cells("together", *(str(total[outcome]) for outcome in OUTCOMES))


def _heading(document: Document) -> str:
    return f"{document.name}: {document.title}"


def _anchor(heading: str) -> str:
    """What a heading is linked by where Markdown is shown as a page."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _not_held(documents: tuple[Document, ...], marks: Marks) -> Iterator[str]:
    """What a reader looks for first: what failed, is open, or has a reason instead of a test."""
    yield "## Not held by a test\n"
    for clause in (clause for document in documents for clause in document.clauses):
        outcome = marks.outcome(clause)
        if outcome != "held":
            said = f"*{clause.reason}*" if clause.reason else f"**{outcome}**"
            yield f"* {clause.id} ({clause.party}, {clause.level}): {clause.requires} {said}"


def _row(document: Document, clause: Clause, marks: Marks) -> str:
    tests, outcome = sorted(marks.tests.get(clause.id, ())), marks.outcome(clause)
    topic = clause.id.removeprefix(f"{document.name} ")
    shown = "<br>".join(map(_link, tests)) or clause.reason
    said = outcome if outcome == "held" else f"**{outcome}**"
    return _cells(topic, clause.party, clause.level, clause.requires, said, shown)


def _link(test: str) -> str:
    """The name of a test as the sentence that it is, which leads to its file."""
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})"


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def changed(old: str, new: str) -> list[str]:
    """The lines that differ, `-` for the committed one: each row names its clause."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def main() -> int:
    """Write the table, or with `--check` compare; 1 when it is out of date or has a problem."""
    documents, marks = catalogue(), marked()
    new = table(documents, marks)
    said = list(problems(documents, marks))
    if checking():
        said += changed(stored(TABLE), new)
    else:
        TABLE.write_text(new, encoding="utf-8")
    for name, tests in coarse(documents, marks.tests).items():
        sys.stderr.write(f"too coarse, not counted: {name} in {', '.join(sorted(tests))}\n")
    sys.stderr.writelines(f"{line}\n" for line in said)
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())
