"""Render notebooks/*.py to notebooks with their outputs: .ci/notebooks.py [FOLDER [NAME]].

The scripts are the source: they are reviewed, linted and tested. The notebooks beside them are for
readers on a page that shows charts.
"""

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"


def render(script: Path, folder: Path) -> Path:
    """Run a script cell by cell and write it with its outputs; return the notebook's path."""
    notebook = jupytext.read(script)
    # The same notebook for the same outputs: no random names of cells, no times, no machine.
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02}"
        cell.metadata.clear()
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata = {"kernelspec": python, "language_info": {"name": "python"}}
    where = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=300, record_timing=False, resources=where).execute()
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        # Warnings and progress are this machine's; what a notebook says is on stdout.
        if "outputs" in cell:
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    target = folder / f"{script.stem}.ipynb"
    nbformat.write(notebook, target)
    return target


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    pattern = sys.argv[2] if len(sys.argv) > 2 else "*"
    for script in sorted(FOLDER.glob(f"{pattern}.py")):
        sys.stdout.write(f"{render(script, folder)}\n")
