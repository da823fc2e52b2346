"""The tree is the table of contents: these rules keep it readable and importable."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "training", "serving")
LONGEST_MODULE = 400
LONG_MODULE = 300
LONGEST_FUNCTION = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def folders() -> list[Path]:
    """Return every package's folder; Alembic's revisions are read by path and are none."""
    return sorted({path.parent for path in modules() if path.parent.name != "versions"})


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every function's name and its number of lines after the docstring."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            told = 1 if ast.get_docstring(node) is not None else 0
            body = node.body[told:] or node.body
            yield node.name, (node.end_lineno or 0) - body[0].lineno + 1


def imports() -> dict[str, set[str]]:
    """Return which of our modules each imports: in functions, and for types alone, too."""
    paths = {
        relative(path)[:-3].replace("/", ".").removesuffix(".__init__"): path for path in modules()
    }
    return {
        name: {found for found in imported(path, paths) if found != name}
        for name, path in paths.items()
    }


def imported(path: Path, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                name = submodule if submodule in known else node.module
                if name in known:
                    yield name
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_imported_from_this_checkout(package: str) -> None:
    """A distribution of the same top-level name must not have taken its place."""
    module = import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).parents[1] == ROOT


@pytest.mark.parametrize("folder", ["models", "notebooks"])
def test_data_folders_are_no_packages(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_tests_are_no_packages() -> None:
    """``tests/features/__init__.py`` would hide the real ``features`` from the tests."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("folder", folders(), ids=relative)
def test_every_package_opens_with_a_map(folder: Path) -> None:
    init = folder / "__init__.py"
    assert init.is_file()
    assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8")))


def test_modules_have_a_noun_and_one_subject() -> None:
    for path in modules():
        assert path.stem not in EMPTY_NAMES, path
        assert lines(path) <= LONGEST_MODULE, path
        long = {name: length for name, length in functions(path) if length > LONGEST_FUNCTION}
        assert not long, path


def test_long_modules_stay_the_exception() -> None:
    long = [path for path in modules() if lines(path) > LONG_MODULE]
    assert len(long) <= len(modules()) / 10, sorted(map(relative, long))


def test_tests_mirror_the_tree() -> None:
    """A folder of tests stands for a folder of code of the same path."""
    tested = {path.parent for path in (ROOT / "tests").rglob("test_*.py")} - {ROOT / "tests"}
    mirrored = {relative(path).removeprefix("tests/") for path in tested}
    assert not [path for path in mirrored if not (ROOT / path).is_dir()]


def test_git_tracks_no_models_and_no_shop_data() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("Not a git checkout.")
    tracked = listed.stdout.splitlines()
    assert [name for name in tracked if name.startswith("models/")] == ["models/README.md"]
    assert not [name for name in tracked if name.endswith((".parquet", ".sqlite", ".db"))]


def test_locks_name_no_machine_and_no_index() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text, lock.name
        assert "://" not in text, lock.name
        assert not [line for line in text.splitlines() if line.startswith(("-", "/"))], lock.name


def test_locks_agree_on_every_version() -> None:
    """What is tested is what is trained and served with."""
    everything = pins("dev")
    for lock in ("serve", "train"):
        assert pins(lock).items() <= everything.items(), lock
    assert pins("spark").items() - everything.items() == {
        (name, pins("spark")[name]) for name in ("pyspark", "py4j")
    }


def test_locks_hold_every_direct_dependency() -> None:
    """A dependency was added and `make lock` was not run, if this fails."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for lock, wanted in {
        "serve": project["dependencies"],
        "train": [*project["dependencies"], *extras["train"], *extras["demo"]],
        "dev": [*extras["postgres"], *extras["dev"]],
        "spark": [*project["dependencies"], *extras["train"], *extras["spark"]],
    }.items():
        names = {re.split(r"[\[<>=~! ]", line)[0] for line in wanted}
        assert names <= pins(lock).keys(), lock


def test_serving_alone_needs_no_training_libraries() -> None:
    assert not pins("serve").keys() & {"matplotlib", "mlflow", "mlflow-skinny", "pandas"}
    assert "scikit-learn" not in pins("serve")


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.split(" ")[0].split("==") for line in text if line and line[0].isalnum()]
    return {line[0]: line[1] for line in pinned}


def spaced_percents(path: Path) -> Iterator[str]:
    """Yield texts with a space before a percent sign, also after a number that is filled in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "0"
            for part in parts
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
        yield from re.findall(r".{0,20}\d\s%(?![ ]?[\w(])", text)


def test_percents_are_written_one_way() -> None:
    """42%, on the terminal, in reports and in sentences."""
    assert {path: found for path in modules() if (found := [*spaced_percents(path)])} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """What only a type checker imports counts, too: it hides a circle, and does not end one."""
    try:
        [*TopologicalSorter(imports()).static_order()]
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
