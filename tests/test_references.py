"""What pages and code point to exists: pages, headings, modules, what modules hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "training", "serving")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("models/*.md")])
FOLDERS = (*PACKAGES, "benchmarks", "notebooks", "tests")
CODE = sorted(
    [path for name in FOLDERS for path in (ROOT / name).rglob("*.py")]
    + [ROOT / name for name in ("Makefile", "pyproject.toml")]
)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
PAGE = re.compile(r"(?<![\w/])docs/(?!api/)[\w./-]*\w")
NAME = re.compile(r"`((?:features|training|serving)(?:\.\w+)+)`")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def headings(page: Path) -> set[str]:
    """Return what links to a page's headings are called."""
    found = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", head.lower()).strip().replace(" ", "-") for head in found}


@cache
def held(module: Path) -> dict[str, set[str]]:
    """Return the names at the top of a module, and those in its classes."""
    return {name: {*names(inside)} for name, inside in named(ast.parse(text(module)).body)}


def named(body: list[ast.stmt]) -> Iterator[tuple[str, list[ast.stmt]]]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, []
            case ast.ClassDef(name=name, body=inside):
                yield name, inside
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, []
            case ast.Assign(targets=targets):
                yield from ((target.id, []) for target in targets if isinstance(target, ast.Name))
            case ast.ImportFrom(names=names):
                yield from ((alias.asname or alias.name, []) for alias in names)
            case ast.If(body=inside):  # what only a type checker imports
                yield from named(inside)


def names(body: list[ast.stmt]) -> Iterator[str]:
    yield from (name for name, _ in named(body))


def leads_somewhere(name: str) -> bool:
    """Tell whether a dotted name is a package, a module, or something in one."""
    place, parts = ROOT, name.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    module = place / "__init__.py"
    if parts and (place / f"{parts[0]}.py").is_file():
        module = place / f"{parts.pop(0)}.py"
    if not parts:
        return True
    inside = held(module).get(parts[0])
    return inside is not None and (len(parts) == 1 or parts[1] in inside)


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for link, heading in LINK.findall(text(page)):
            target = page.parent / link if link else page
            assert target.exists(), f"{link} in {page}"
            assert not heading or heading in headings(target), f"{link}#{heading} in {page}"


def test_pages_and_names_that_are_told_of_exist() -> None:
    for path in (*CODE, *PAGES):
        said = text(path)
        gone = [page for page in PAGE.findall(said) if not (ROOT / page).exists()]
        gone += [name for name in NAME.findall(said) if not leads_somewhere(name)]
        assert not gone, relative(path)


def test_every_decision_has_a_number_of_its_own() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(len(pages))]
    assert all(text(page).startswith(f"# {page.name[:4]}: ") for page in pages[1:])


def test_every_decision_begins_with_its_gist_and_is_in_the_index() -> None:
    first, *pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    index = text(first.parent / "README.md")
    for page in pages:
        title, _, gist, *_ = text(page).splitlines()
        listed = f"- [{page.name[:4]}]({page.name}): {title[len('# 0000: ') :]}\n"
        assert listed in index, page.name
        assert gist[:1].isalpha() or gist.startswith("`"), page.name


def modules(package: str) -> Iterator[str]:
    """Yield the names in the table of a package's modules."""
    page = text(ROOT / "docs" / "architecture.md")
    table = page.split(f"\n## {package} ")[1].split("| module | owns |\n")[1].split("\n\n")[0]
    for row in table.splitlines():
        yield from re.findall(r"`([\w./]+)`", row.split(" | ")[0])


def door(folder: Path) -> str:
    """Return what a package says of itself."""
    return ast.get_docstring(ast.parse(text(folder / "__init__.py"))) or ""


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_of_modules_is_whole_and_of_this_tree(package: str) -> None:
    folder, listed = ROOT / package, {*modules(package)}
    top = {path.stem for path in folder.glob("[!_]*.py")}
    inner = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert not sorted((top | inner) - {re.split("[./]", name)[0] for name in listed})
    there = {path.stem for path in folder.rglob("*")}
    assert not [name for name in listed if re.split("[./]", name.rstrip("/"))[-1] not in there]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_told_of_in_the_map_or_by_its_package(package: str) -> None:
    page = text(ROOT / "docs" / "architecture.md")
    listed = {re.split("[./]", name)[-1] for name in re.findall(r"`([\w./]*\w)`", page)}
    for folder in (init.parent for init in (ROOT / package).rglob("__init__.py")):
        said = door(folder)
        if "module per" in said or folder.name == "versions":  # they are what it is made of
            continue
        known = listed | set(re.findall(r"\w+", said))
        assert not {path.stem for path in folder.glob("[!_]*.py")} - known, relative(folder)
