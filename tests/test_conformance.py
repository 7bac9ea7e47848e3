"""The conformance table: every mark has a row, every row a test or a reason, and it is up to date.

The marked tests are collected here and not run: they are part of the suite that this file is in.
What the committed table says of their outcome is compared with all of them having passed.
"""

import pytest

from tools.conformance import (
    TABLE,
    Clause,
    Document,
    Marks,
    catalogue,
    changed,
    coarse,
    marked,
    problems,
    table,
)

DOCUMENTS = (
    Document(
        "RFC 1",
        "An example",
        (
            Clause("RFC 1 2 a", "AS", "MUST", "a"),
            Clause("RFC 1 2 b", "AS", "MUST", "b"),
            Clause("RFC 1 3", "RS", "MAY", "c", "it cannot happen here"),
        ),
    ),
)


@pytest.fixture(scope="module")
def collected() -> Marks:
    """The marks of the whole suite, each test taken to have passed."""
    marks = marked("--collect-only")
    marks.seen = set().union(*marks.tests.values())
    return marks


def example(**tests: str) -> Marks:
    """Marks on `DOCUMENTS`; an underscore stands for a space. All tests passed."""
    marks = Marks()
    marks.tests = {name.replace("_", " "): {test} for name, test in tests.items()}
    marks.seen = set(tests.values())
    return marks


def told(collected: Marks, kind: str) -> str:
    """The problems of one kind, a line each: a long list is shown whole when it is a message."""
    return "\n".join(line for line in problems(catalogue(), collected) if line.startswith(kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unknown clause", "open", "has a test and needs no reason"])
def test_every_mark_has_a_row_and_every_row_a_test_or_a_reason(collected, kind):
    found = told(collected, kind)
    assert not found, found


@pytest.mark.slow
def test_the_committed_table_lists_exactly_these_tests_and_all_passed(collected):
    found = "\n".join(changed(TABLE.read_text(encoding="utf-8"), table(catalogue(), collected)))
    assert not found, found


def test_every_level_and_party_is_one_of_those_explained():
    rows = [clause for document in catalogue() for clause in document.clauses]
    levels = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "says", "ours"}
    assert {row.level for row in rows} <= levels
    assert {row.party for row in rows} == {"AS", "RS", "client"}


def test_a_row_with_a_passed_test_is_held_and_one_with_a_failed_one_is_not():
    marks = example(RFC_1_2_a="t.py::a", RFC_1_2_b="t.py::b")
    marks.failed = {"t.py::b"}
    assert [marks.outcome(clause) for clause in DOCUMENTS[0].clauses] == [
        "held",
        "failed",
        "no test",
    ]
    assert list(problems(DOCUMENTS, marks)) == ["failed: RFC 1 2 b: b"]


def test_a_test_that_was_never_run_shows_nothing():
    marks = example(RFC_1_2_a="t.py::a")
    marks.seen.clear()
    assert marks.outcome(DOCUMENTS[0].clauses[0]) == "failed"


def test_what_is_wrong_is_named():
    marks = example(RFC_1_2_a="t.py::a", RFC_1_3="t.py::c", RFC_9_9="t.py::d", RFC_1_2="t.py::e")
    assert list(problems(DOCUMENTS, marks)) == [
        "unknown clause 'RFC 9 9' in t.py::d",
        "open: RFC 1 2 b: b",
        "has a test and needs no reason: RFC 1 3",
    ]
    assert coarse(DOCUMENTS, marks.tests) == {"RFC 1 2": {"t.py::e"}}


def test_a_difference_is_a_line_that_names_its_row():
    before, after = (table(DOCUMENTS, example(RFC_1_2_a=test)) for test in ("t.py::a", "t.py::z"))
    assert [line[:7] for line in changed(before, after)] == ["-| 2 a ", "+| 2 a "]


def test_what_is_not_held_is_said_before_the_tables():
    said = table(DOCUMENTS, example(RFC_1_2_a="t.py::a"))
    start = said.index("## Not held by a test")
    listed = said[start : said.index("## RFC 1: An example")].splitlines()
    assert [line for line in listed if line.startswith("*")] == [
        "* RFC 1 2 b (AS, MUST): b **open**",
        "* RFC 1 3 (RS, MAY): c *it cannot happen here*",
    ]


@pytest.mark.parametrize("id", ["RFC 1 2", "RFC 2 1"])
def test_a_row_that_comes_twice_or_stands_elsewhere_is_refused(tmp_path, id):
    rows = ", ".join(
        f'{{ id = "{name}", party = "AS", level = "MAY", requires = "" }}'
        for name in ("RFC 1 2", id)
    )
    path = tmp_path / "conformance.toml"
    path.write_text(f'[[document]]\nname = "RFC 1"\ntitle = ""\nclauses = [{rows}]\n')
    with pytest.raises(ValueError, match=f"in the wrong place: {id}"):
        catalogue(path)
