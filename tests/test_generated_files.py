"""What the tools make is put where it belongs, and what is out of date is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.generated import checking, filled, refreshed, stored

ROOT = Path(__file__).resolve().parents[1]
PAGE = """\
Before.
<!-- made:one -->
```
typed in
```
<!-- /made:one -->
Between.
<!-- made:two -->
<!-- /made:two -->
<!-- demo:one -->
After.
"""
FILLED = """\
Before.
<!-- made:one -->
```
1
```
<!-- /made:one -->
Between.
<!-- made:two -->
```
2
```
<!-- /made:two -->
<!-- demo:one -->
After.
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.fixture
def asked(monkeypatch):
    return lambda *options: monkeypatch.setattr(sys, "argv", ["tool.py", *options])


def test_each_block_is_made_anew_and_the_rest_is_left_alone(page):
    assert filled(page, "made", {"one": 1, "two": 2}, str) == FILLED


def test_what_was_filled_is_filled_again(page):
    page.write_text(FILLED.replace("1\n", "`1` \\1\n"), encoding="utf-8")
    assert filled(page, "made", {"one": 1, "two": 2}, str) == FILLED


def test_a_block_that_stands_twice_is_filled_twice(page):
    page.write_text(PAGE + PAGE, encoding="utf-8")
    assert filled(page, "made", {"one": 1, "two": 2}, str) == FILLED + FILLED


def test_a_block_that_is_not_on_the_page_is_not_made(page):
    numbers = iter("ab")
    text = filled(page, "made", {"two": 2, "one": 1, "three": 3}, lambda n: f"{n}{next(numbers)}")
    assert ("1a" in text, "2b" in text, next(numbers, "no more")) == (True, True, "no more")


def test_a_block_nobody_knows_is_an_error_that_names_what_there_is(page):
    with pytest.raises(ValueError, match=r"page\.md: no block 'two'; there are one, three"):
        filled(page, "made", {"one": 1, "three": 3}, str)


def test_without_check_every_file_is_written(tmp_path, asked, capsys):
    asked()
    one, two = tmp_path / "one.json", tmp_path / "folder" / "two.json"
    assert refreshed({one: "1", two: "²"}, "out of date: {late}") == 0
    assert (stored(one), stored(two)) == ("1", "²")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("there", "status", "err"),
    [
        ({"a": "1", "b": "2"}, 0, ""),
        ({"a": "1", "b": "3"}, 1, "late: b\n"),
        ({"b": "2 "}, 1, "late: a, b\n"),
    ],
)
def test_with_check_nothing_is_written_and_what_is_late_is_named(
    tmp_path, asked, capsys, there, status, err
):
    asked("--check")
    for name, text in there.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert refreshed({tmp_path / "a": "1", tmp_path / "b": "2"}, "late: {late}") == status
    assert capsys.readouterr().err == err
    assert {path.name: stored(path) for path in tmp_path.iterdir()} == there


def test_check_is_an_option_among_others(asked):
    asked("--check", "x")
    assert checking()
    asked("check")
    assert not checking()


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    assert stored(tmp_path / "none") == ""


def test_a_tool_runs_as_a_script_from_any_folder(tmp_path):
    tool = [sys.executable, "-E", str(ROOT / "tools" / "strategies.py"), "--check"]
    ended = subprocess.run(tool, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr  # whether the page is out of date is said elsewhere
