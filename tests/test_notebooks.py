"""The notebooks are what they promise: executed, short, in order, readable without eyes or kernel.

nbval compares what a cell said; it passes over a cell that was never executed. These tests do not.
"""

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from tools import regenerate_notebooks as tool

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted([*FOLDER.glob("*.ipynb"), *FOLDER.glob("solutions/*.ipynb")])
MOST_LINES = 15
#: What needs an Output widget, which nbval does not know and nbclient hangs on.
FORBIDDEN = {"interact", "interactive", "interactive_output", "Output", "clear_output"}
TABLE = re.compile(r"^-{2,}(  -{2,})+$", re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return tool.read(path)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def shown(notebook, kind):
    """What was shown as this MIME type."""
    return [o.data[kind] for o in outputs(notebook) if kind in o.get("data", {})]


def printed(notebook):
    return "".join(o.text for o in outputs(notebook) if o.output_type == "stream")


def speaks(cell):
    """Whether a cell is expected to say something: it prints, or ends in a value."""
    body = ast.parse(cell.source).body
    calls = [n.func for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Call)]
    prints = any(isinstance(f, ast.Name) and f.id == "print" for f in calls)
    return prints or isinstance(body[-1], ast.Expr)


def imports(cell):
    nodes = ast.walk(ast.parse(cell.source))
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


def test_there_are_notebooks():
    assert {"00_tour", "07_lost_response", "laboratory"} <= {p.stem for p in FOLDER.iterdir()}


# --- executed -------------------------------------------------------------------------------------


def test_every_code_cell_was_executed_once_and_in_order(notebook):
    counts = [cell.execution_count for cell in code(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_every_cell_that_says_something_has_said_it(notebook):
    silent = [cell.source for cell in code(notebook) if speaks(cell) and not cell.outputs]
    assert silent == []


def test_no_cell_failed_or_warned(notebook):
    kinds = [o.get("name", o.output_type) for o in outputs(notebook)]
    assert not {"error", "stderr"} & set(kinds)


def test_the_file_is_as_the_tool_writes_it(path, notebook):
    assert tool.to_text(tool.normalised(notebook)) == path.read_text(encoding="utf-8")


def test_it_names_no_kernel_but_python_and_keeps_no_state_of_widgets(notebook):
    assert notebook.metadata == tool.METADATA
    assert shown(notebook, tool.WIDGET_VIEW) == []


# --- short ----------------------------------------------------------------------------------------


def test_a_cell_holds_one_idea(notebook):
    long = [c.source for c in code(notebook) if len(c.source.splitlines()) > MOST_LINES]
    assert long == []


def test_the_first_code_cell_has_the_imports_and_the_only_ones(notebook):
    first, *others = code(notebook)
    assert len(imports(first)) == len(ast.parse(first.source).body)
    assert [cell.source for cell in others if imports(cell)] == []


def test_no_cell_ends_in_a_semicolon(notebook):
    assert [c.source for c in code(notebook) if c.source.rstrip().endswith(";")] == []


def test_no_cell_needs_an_output_widget(notebook):
    words = {word for cell in code(notebook) for word in re.findall(r"\w+", cell.source)}
    assert not FORBIDDEN & words


# --- in order -------------------------------------------------------------------------------------


def test_it_begins_with_its_only_title(notebook):
    levels = [len(marks) for marks, _ in HEADING.findall(prose(notebook))]
    assert notebook.cells[0].source.startswith("# ")
    assert levels.count(1) == 1


def test_no_heading_skips_a_level(notebook):
    levels = [len(marks) for marks, _ in HEADING.findall(prose(notebook))]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_it_ends_with_what_to_take_to_a_discussion(notebook):
    headings = [words for _, words in HEADING.findall(prose(notebook))]
    assert headings[-1].endswith("What to take to a discussion")


def test_it_says_where_its_claims_are_written(notebook):
    assert re.search(r"RFC \d{4}, section \d", prose(notebook))


def test_its_links_to_other_files_lead_somewhere(path, notebook):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", prose(notebook))
    assert [target for target in targets if not (path.parent / target).exists()] == []


# --- readable -------------------------------------------------------------------------------------


def test_it_has_a_panel_that_runs_the_simulation_again(notebook):
    assert any(re.match(r"\w+Panel\(", text) for text in shown(notebook, "text/plain"))


def test_it_prints_a_table(notebook):
    assert TABLE.search(printed(notebook))


def test_every_picture_has_its_words(notebook):
    images = re.findall(r"<img[^>]*>", "".join(shown(notebook, "text/html")))
    assert images
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in images)


# --- the tool -------------------------------------------------------------------------------------


def two_cells():
    """A notebook that was executed: one cell printed, one was a widget."""
    view = {"text/plain": "IntSlider()", tool.WIDGET_VIEW: {"model_id": "3f"}}
    cells = [
        nbformat.v4.new_code_cell("print('x')", execution_count=1),
        nbformat.v4.new_code_cell("IntSlider()", execution_count=2),
    ]
    cells[0].outputs = [nbformat.v4.new_output("stream", text="x\n")]
    cells[1].outputs = [nbformat.v4.new_output("execute_result", view, execution_count=2)]
    return nbformat.v4.new_notebook(cells=cells)


def test_what_is_random_or_of_the_machine_is_left_out():
    notebook = two_cells()
    notebook.cells[0].metadata = {"execution": {"iopub.status.busy": "10:00"}, "tags": ["keep"]}
    notebook.metadata = {"kernelspec": {"name": "mine"}, "widgets": {"state": {}}}
    normal = tool.normalised(notebook)
    assert normal.metadata == tool.METADATA
    assert normal.cells[0].metadata == {"tags": ["keep"]}
    assert tool.WIDGET_VIEW not in normal.cells[1].outputs[0].data
    assert [cell.id for cell in normal.cells] == ["c01", "c02"]


def test_normalising_twice_is_normalising_once():
    once = tool.normalised(two_cells())
    assert tool.to_text(tool.normalised(once)) == tool.to_text(once)


def test_equal_notebooks_do_not_differ_whatever_their_widgets_are_called():
    other = two_cells()
    other.cells[1].outputs[0].data[tool.WIDGET_VIEW]["model_id"] = "9a"
    assert list(tool.differences(two_cells(), other)) == []


def test_a_cell_that_says_something_else_is_one_line():
    other = two_cells()
    other.cells[0].outputs[0].text = "y\n"
    assert list(tool.differences(two_cells(), other)) == ["cell 1: - stdout: x; + stdout: y"]


def test_a_cell_that_was_never_executed_is_one_line():
    stored = two_cells()
    stored.cells[1].execution_count = None
    [line] = tool.differences(stored, two_cells())
    assert line.startswith("cell 2: ")


@pytest.fixture
def scratch(tmp_path):
    """A notebook on disk that was never executed."""
    lines = ["print('x', end='')", "print({'b', 'a'} & {'a'})", "import ipywidgets"]
    cells = [nbformat.v4.new_code_cell("\n".join(lines)), nbformat.v4.new_code_cell("1 + 1")]
    path = tmp_path / "scratch.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.slow
def test_regenerating_twice_writes_the_same_bytes_and_then_the_check_is_content(scratch):
    assert tool.main([str(scratch)]) == 0
    first = scratch.read_bytes()
    assert tool.main([str(scratch)]) == 0
    assert scratch.read_bytes() == first
    assert tool.main(["--check", str(scratch)]) == 0


@pytest.mark.slow
def test_the_check_names_each_cell_that_differs_and_writes_nothing(scratch, capsys):
    before = scratch.read_bytes()
    assert tool.main(["--check", str(scratch)]) == 1
    assert scratch.read_bytes() == before
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(": cell ")[2][:2] for line in said[:2]] == ["1:", "2:"]


@pytest.mark.slow
def test_a_notebook_that_fails_is_a_line_and_is_not_written(scratch, capsys):
    scratch.write_text(scratch.read_text().replace("1 + 1", "1 / 0"))
    before = scratch.read_bytes()
    assert tool.main([str(scratch)]) == 1
    assert scratch.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().out
