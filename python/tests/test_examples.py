"""The notebooks of python/examples, executed as they stand."""

import nbclient
import nbformat
import pytest


@pytest.mark.parametrize("name", ["shop", "fraud"])
def test_a_notebook(root, name, monkeypatch, tmp_path):
    monkeypatch.setenv("NEARHAND_ROOT", str(root))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    book = nbformat.read(root / f"python/examples/{name}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells), "it is kept without outputs"
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [
        output
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.output_type in ("execute_result", "display_data")
    ]
    assert any("text/html" in output.data for output in shown)
