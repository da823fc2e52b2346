"""Docstrings say the truth: the parameters they describe are those that there are."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "training", "serving", "benchmarks")
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
SECTION = re.compile(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+$|\Z)", re.DOTALL | re.MULTILINE)
NAMES = re.compile(r"^([*\w][*\w, ]*?)(?: :.*)?$", re.MULTILINE)


def described(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str] | None:
    """Return the names in a docstring's section of parameters, None where it has none."""
    section = SECTION.search(inspect.cleandoc(ast.get_docstring(node) or ""))
    if section is None:
        return None
    return {name.strip(" *") for names in NAMES.findall(section[1]) for name in names.split(",")}


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return {one.arg for one in every if one is not None} - {"self", "cls"}


def taken(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[str]:
    """Return the arguments of a function, or of what makes an instance of a class."""
    if not isinstance(node, ast.ClassDef):
        return arguments(node)
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return arguments(inner)
    fields = (inner.target for inner in node.body if isinstance(inner, ast.AnnAssign))
    return {f.id for f in fields if isinstance(f, ast.Name) and not f.id.startswith("_")}


def untrue(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            said = described(node)
            if said is not None and said != taken(node):
                yield f"line {node.lineno}, {node.name}: {', '.join(sorted(said ^ taken(node)))}"


def test_described_parameters_are_those_that_there_are() -> None:
    for module in MODULES:
        assert not [*untrue(module)], module
