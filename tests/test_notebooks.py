"""The notebooks run, show what their scripts say, and use what anybody may use."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "notebooks").glob("*.py"))
MOST_CELLS = 15

Rendering = tuple[Path, subprocess.Popen[str]]

scripts = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return found


def sources(notebook: Path) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells(notebook)]


def shown(notebook: Path) -> list[tuple[int, set[str]]]:
    """Return what kinds of output each cell has: text, charts, tables."""
    return [
        (number, {kind for output in cell["outputs"] for kind in output.get("data", ["stream"])})
        for number, cell in enumerate(cells(notebook))
        if cell.get("outputs")
    ]


def test_there_are_three() -> None:
    assert [script.stem[:2] for script in SCRIPTS] == ["01", "02", "03"]
    assert [p.stem for p in sorted((ROOT / "notebooks").glob("*.ipynb"))] == [
        script.stem for script in SCRIPTS
    ]


@pytest.fixture(scope="module")
def rendering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Rendering]]:
    """Yield each notebook's folder and the process that renders it there, beside the others."""
    with ExitStack() as stack:
        begun = {}
        for script in SCRIPTS:
            folder = tmp_path_factory.mktemp(script.stem)
            command = [sys.executable, str(ROOT / ".ci" / "notebooks.py"), str(folder), script.stem]
            process = subprocess.Popen(
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            begun[script.stem] = folder, stack.enter_context(process)
        yield begun


@scripts
def test_a_notebook_runs_and_the_one_beside_its_script_shows_the_same(
    script: Path, rendering: dict[str, Rendering]
) -> None:
    """In a kernel, as a reader would; after a change of a script, `make notebooks` renders it."""
    folder, process = rendering[script.stem]
    _, said = process.communicate()
    assert process.returncode == 0, said[-3000:]
    fresh, committed = folder / f"{script.stem}.ipynb", script.with_suffix(".ipynb")
    assert sources(committed) == sources(fresh), "run `make notebooks`"
    assert shown(committed) == shown(fresh)
    assert any("image/png" in kinds for _, kinds in shown(fresh))
    assert [path.name for path in folder.iterdir()] == [fresh.name], "nothing else is left behind"


@scripts
def test_a_notebook_defines_nothing_and_imports_only_public_names(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.FunctionDef | ast.ClassDef)
        if isinstance(node, ast.ImportFrom):
            assert not [alias.name for alias in node.names if alias.name.startswith("_")]
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_")


@scripts
def test_a_notebook_is_short_and_names_no_machine(script: Path) -> None:
    notebook = script.with_suffix(".ipynb")
    assert sum(kind == "code" for kind, _ in sources(notebook)) <= MOST_CELLS
    text = notebook.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "Traceback" not in text
