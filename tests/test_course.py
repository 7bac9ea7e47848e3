"""The notebooks are what their sources say, in an edition to work in and one with answers."""

from __future__ import annotations

import re

import pytest

from tools import course

NAMES = sorted(path.stem for path in course.SOURCES.glob("*.md"))
SOURCE = """\
# Halves

See [the tour](00_tour.ipynb) and [the RFC](https://www.rfc-editor.org/rfc/rfc6749).

```python tags=["attempt"]
half = ...
```

```python tags=["solution"]
half = 0.5
```

```python tags=["raises-exception"]
half
```
"""


@pytest.fixture
def editions(tmp_path):
    source = tmp_path / "halves.md"
    source.write_text(SOURCE)
    return {path.parent.name: made for path, made in course.editions(source).items()}


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_every_notebook_is_as_its_source_says(capsys):
    assert course.main(["--check"]) == 0, capsys.readouterr().out


def test_every_notebook_has_a_source():
    stems = {path.stem for path in course.FOLDER.glob("**/*.ipynb")}
    assert stems == set(NAMES)


def test_one_edition_is_to_work_in_and_one_has_the_answers(editions):
    assert code(editions["notebooks"]) == ["half = ...", "half"]
    assert code(editions["solutions"]) == ["half = 0.5", "half"]


def test_the_tags_of_an_edition_are_gone_and_others_stay(editions):
    tags = [cell.metadata.get("tags") for cell in editions["solutions"].cells]
    assert tags[-1] == ["raises-exception"]
    assert not any("solution" in (each or []) for each in tags)


def test_from_the_answers_links_lead_out_of_their_folder(editions):
    links = re.findall(r"\]\(([^)]+)\)", editions["solutions"].cells[0].source)
    assert links == ["../00_tour.ipynb", "https://www.rfc-editor.org/rfc/rfc6749"]


def test_a_source_without_an_exercise_has_one_edition(tmp_path):
    source = tmp_path / "tour.md"
    source.write_text("# A tour\n\n```python\n1 + 1\n```\n")
    assert [path.parent.name for path in course.editions(source)] == ["notebooks"]


@pytest.mark.parametrize("name", [name for name in NAMES if name[:2].isdigit() and name[:2] > "00"])
def test_a_lesson_is_predicted_run_looked_at_varied_tried_and_discussed(name):
    text = (course.SOURCES / f"{name}.md").read_text(encoding="utf-8")
    parts = re.findall(r"^## \d+\. (.*)$", text, re.MULTILINE)
    order = ["Predict", "Run", "Look", "Vary one control", "Exercise", "What to take"]
    found = [name for part in parts for name in order if part.startswith(name)]
    assert list(dict.fromkeys(found)) == order
    assert "my_prediction" in text


def test_a_name_without_a_source_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        course.main(["99_none"])
    assert ended.value.code == 2
    assert "no source 99_none in source/" in capsys.readouterr().err
