"""The pages cannot rot: what they name exists, and what exists is named."""

from __future__ import annotations

import re
import shlex
import tomllib
import warnings
from importlib import import_module
from pathlib import Path

import click
import pytest

from benchmarks.sections import SECTIONS
from serving.cli import COMMANDS, ladder
from serving.schemas.record import Record

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = ("features", "training", "serving")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("models/*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GLOSSARY = (
    "cutoff snapshot activity eligible lapsed outcome churn rung basis champion challenger hold-out"
)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def shell_lines() -> list[tuple[str, str]]:
    """Return every command in a fenced block of a page, with the page's name."""
    found = []
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            lines = [line.split("#")[0].strip() for line in block.splitlines()]
            found += [(relative(page), line) for line in lines if line]
    return found


def commands(names: list[str], group: click.Command) -> list[tuple[str, click.Command]]:
    """Return a command and its sub-commands with their full names."""
    found = [(" ".join(names), group)]
    for name, child in group.commands.items() if isinstance(group, click.Group) else ():
        found += commands([*names, name], child)
    return found


@pytest.mark.parametrize(("page", "line"), shell_lines())
def test_documented_commands_are_accepted(page: str, line: str) -> None:
    """Every ``ladder`` line parses with options that exist, every ``make`` line has its target."""
    words = shlex.split(line)
    if words[0] == "make":
        assert f"\n{words[1]}: " in (ROOT / "Makefile").read_text(encoding="utf-8"), page
    elif words[0] == "ladder":
        parse(ladder, words[1:])
    elif words[0] == "mlflow":
        parse(mlflow(), words[1:])
    else:  # tests/serving/test_app.py sends the requests
        assert words[0] in {".", "pip", "cd", "curl"}, f"{page}: cannot check {line!r}"


def mlflow() -> click.Group:
    """Return MLflow's command line, which takes seconds to import."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cli: click.Group = import_module("mlflow.cli").cli
    return cli


def parse(program: click.Group, words: list[str]) -> None:
    """Parse arguments as the command line would, without running the command."""
    context = click.Context(program)
    command, rest = program.get_command(context, words[0]), words[1:]
    while isinstance(command, click.Group) and rest:
        command, rest = command.get_command(context, rest[0]), rest[1:]
    assert command is not None
    paths_need_not_exist(command)
    command.make_context(words[0], rest)


def paths_need_not_exist(command: click.Command) -> None:
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            parameter.type.exists = False


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    for path, command in commands([name], import_module(COMMANDS[name][0]).command):
        help_text = command.get_help(click.Context(command, info_name=f"ladder {path}"))
        assert f"ladder {path}" in help_text.partition("Example")[2], path
        options = [option for option in command.params if isinstance(option, click.Option)]
        assert not [option.name for option in options if not option.help], path


def test_every_command_is_in_the_readme() -> None:
    assert not [name for name in COMMANDS if f"`ladder {name}`" not in README]


def test_the_glossary_defines_the_words() -> None:
    section = README.split("## Words")[1].split("\n## ")[0]
    terms = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    assert not [word for word in GLOSSARY.split() if not any(word in term for term in terms)]


def test_every_field_of_a_record_is_explained_in_the_words_of_the_api() -> None:
    page = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE)
    assert told == [(name, field.description) for name, field in Record.model_fields.items()]


def test_every_direct_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    extras = PROJECT["optional-dependencies"].values()
    wanted = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.split(r"[\[<>=~! ]", line)[0] for line in wanted}
    assert not {name for name in names if f"`{name}`" not in page}


def test_a_dependency_is_listed_once_in_each_extra() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for part in page.split("\n## "):
        extra, named = "", []
        for first, second in re.findall(r"^\| (`[^|]*?) \| ([^|]*?) \|", part, re.MULTILINE):
            extra, names = (first, second) if part.startswith("Other") else (extra, first)
            named += [(extra, name) for name in re.findall(r"`([\w-]+)`", names)]
        assert len(named) == len(set(named)), named


def test_every_section_of_the_benchmarks_is_named_for_contributors() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [name for name in SECTIONS if f"`{name}`" not in page]


def test_every_environment_setting_is_documented() -> None:
    modules = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    settings = set(re.findall(r"[\"`](LADDER_[A-Z_]+)[\"`]", code))
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert not {name for name in settings if name not in pages}


def test_the_changelog_has_something_unreleased() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in changelog
