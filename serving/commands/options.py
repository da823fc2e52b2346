"""Options that several commands share, declared once so that they read the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from features.errors import UsageError
from features.resources.budget import DEFAULT

if TYPE_CHECKING:
    from serving.store import Control

F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=click.Command)

USUAL = Path("ladder.toml")
"""The configuration of a shop that is worked on from its own folder."""


class Day(click.ParamType[date]):
    """A calendar day written YYYY-MM-DD, as a ``datetime.date``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day, or fail saying how a day is written."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day: write it as YYYY-MM-DD.", param, ctx)


class LanguageTag(click.ParamType[str]):
    """A language that reasons can be read in, by its tag: ``de-AT`` and ``de_DE`` read ``de``."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the tag of the language that fits, or fail naming those there are."""
        from serving.languages.accepted import looked_up
        from serving.languages.language import languages

        if tag := looked_up(str(value), languages()):
            return tag
        self.fail(f"{value!r} is not one of {', '.join(languages())}.", param, ctx)


class CustomerId(click.ParamType[str]):
    """A customer's id, by the rule that holds for ids in addresses of the API."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id, or fail saying why nobody can have it."""
        from serving.endpoints.ids import wrong_with

        if wrong := wrong_with(value):
            self.fail(wrong, param, ctx)
        return str(value)


def example(*lines: str) -> Callable[[C], C]:
    """Return a decorator that ends a command's ``--help`` with an Example section.

    Placed above ``@click.command``; every command has one (the tests insist).
    """

    def add(command: C) -> C:
        # \b keeps click from joining the lines into a paragraph.
        command.epilog = "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])
        return command

    return add


def _config_option(**default: Any) -> Callable[[F], F]:
    return click.option(
        "-c",
        "--config",
        "config_path",
        type=click.Path(path_type=Path),
        help="The shop's configuration.",
        **default,
    )


config_option = _config_option(default=USUAL, show_default=True)
"""``-c/--config``: the shop's ``ladder.toml``, passed on as ``config_path``."""

inherited_config_option = _config_option(default=lambda: click.get_current_context().obj)
"""The same for a command of a group that takes it too: the group's by default."""


def open_control(config_path: Path) -> Control:
    """Open the control database of the home that a configuration names."""
    from serving.home import home_of
    from serving.store import Control

    return Control(home_of(config_path))


def config_argument(config_path: Path) -> str:
    """Return ``-c`` as a command that is proposed must have it; empty for the usual file.

    Examples
    --------
    >>> config_argument(Path("ladder.toml")), config_argument(Path("shop/ladder.toml"))
    ('', ' -c shop/ladder.toml')
    """
    return "" if config_path == USUAL else f" -c {config_path}"


def day_option(*names: str, help: str) -> Callable[[F], F]:
    """Return an option that takes a cutoff day: the start of it in the shop's timezone."""
    return click.option(*names, type=Day(), metavar="DATE", help=help)


outcome_option = click.option(
    "--outcome",
    "outcomes",
    multiple=True,
    metavar="NAME",
    help="Only this outcome; may be repeated. Default: all that the history carries.",
)
"""``--outcome NAME``, passed on as ``outcomes``: the names, none for all of them."""

seed_option = click.option(
    "--seed", default=7, show_default=True, help="Seed for folds, trees and resamples."
)
"""``--seed N``, passed on as ``seed``."""


def out_option(help: str) -> Callable[[F], F]:
    """Return ``--out FILE``, passed on as ``out``: a path or None."""
    return click.option(
        "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=help
    )


language_option = click.option(
    "--language",
    "tag",
    type=LanguageTag(),
    default="en",
    metavar="TAG",
    show_default=True,
    help="The language of the reasons: en or de.",
)
"""``--language TAG``, passed on as ``tag``."""

spreadsheet_option = click.option(
    "--spreadsheet",
    "for_people",
    is_flag=True,
    help="Write .csv that a spreadsheet in that language opens correctly.",
)
"""``--spreadsheet``, passed on as ``for_people``."""

memory_option = click.option(
    "--memory",
    default=DEFAULT,
    metavar="SIZE",
    show_default=True,
    help="Memory for reading and computing features; the rest moves to disk.",
)
"""``--memory SIZE``, passed on as ``memory``."""


def engine_options(command: F) -> F:
    """Add ``--engine`` and ``--master``, from which `cluster` tells where the work is done."""
    engine = click.option(
        "--engine",
        type=click.Choice(["local", "spark"]),
        default="local",
        show_default=True,
        help="Where to read and compute: this machine or a Spark cluster (docs/scale.md).",
    )
    master = click.option(
        "--master", metavar="URL", help="The cluster: spark://HOST:PORT, yarn, k8s://..., local[N]."
    )
    return engine(master(command))


def cluster(engine: str, master: str | None) -> str | None:
    """Return the master of the cluster that does the work, None for this machine.

    Raises
    ------
    UsageError
        If only one of the two was given.
    """
    if (engine == "spark") == (master is not None):
        return master
    raise UsageError(
        "--engine spark and --master URL belong together.",
        "Only one of them came.",
        "Add the other: --engine spark --master spark://HOST:7077.",
    )
