"""The notebook of the how-to runs from top to bottom, and shows what it says."""

import re
import shutil

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is not there")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not there")


@pytest.fixture(scope="module")
def notebook(repository):
    return nbformat.read(repository / "docs" / "compare.ipynb", as_version=4)


@pytest.fixture(scope="module")
def ran(notebook, repository, tmp_path_factory):
    """The notebook after it was run, beside copies of what it reads."""
    folder = tmp_path_factory.mktemp("notebook")
    for name in ("scenarios", "boundaries"):
        shutil.copytree(repository / name, folder / name)
    (folder / "docs").mkdir()
    client = nbclient.NotebookClient(
        nbformat.from_dict(notebook),
        timeout=300,
        resources={"metadata": {"path": str(folder / "docs")}},
    )
    return client.execute()


def shown(notebook, word):
    """What the cell that holds a word shows, as text."""
    (cell,) = [c for c in notebook.cells if c.cell_type == "code" and word in c.source]
    return "\n".join(
        output["data"]["text/plain"] for output in cell.outputs if "data" in output
    )


def test_no_output_is_kept_in_the_repository(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs for cell in code)
    assert all(cell.execution_count is None for cell in code)


def test_the_table_has_each_scenario_with_its_verdict(ran):
    table = shown(ran, "percent =")
    rows = {line.split()[0]: line for line in table.splitlines()[2:]}
    assert list(rows) == ["friday", "bordered", "ten-fewer-crews", "friday-longer"]
    value, difference, low, high = map(float, rows["bordered"].split()[1:5])
    assert low < difference < high
    assert value > difference > 0  # borders cost something
    assert rows["bordered"].endswith("worse")
    assert rows["friday"].split()[2] == "NaN"


def test_each_difference_has_a_sentence(ran):
    told = shown(ran, '"sentence"] != ""')
    assert told.count("interval") == 3
    assert re.search(r"bordered", told)


def test_the_order_of_the_variants_is_shown_under_both_assumptions(ran):
    table = shown(ran, "as assumed")
    rows = [line.split() for line in table.splitlines()[-2:]]
    assert [row[0] for row in rows] == ["bordered", "ten-fewer-crews"]
    assert all(len(row) == 3 and "NaN" not in row for row in rows)


def test_every_cell_ran_and_none_complained(ran):
    outputs = [o for c in ran.cells if c.cell_type == "code" for o in c.outputs]
    assert {o.output_type for o in outputs} <= {"execute_result", "display_data"}
    assert any("image/png" in o.get("data", {}) for o in outputs)
