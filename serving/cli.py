"""The console script ``ladder``: a table of commands, and errors a person can act on.

A command's module is imported when the command is used, so that ``ladder --help`` and shell
completion stay instant however heavy one command is.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from features.errors import LadderError
from serving.commands.options import example

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("serving.commands.demo", "Run the whole product on a demonstration shop."),
    "init": ("serving.commands.init", "Write a ladder.toml, guessed from your files."),
    "check": ("serving.commands.check", "Report data quality and what can be predicted."),
    "features": ("serving.commands.features", "List every feature with its unit and meaning."),
    "train": ("serving.commands.train", "Fit, calibrate and evaluate models."),
    "backtest": ("serving.commands.backtest", "Evaluate on many past days."),
    "report": ("serving.commands.report", "Write the evaluation of a version as an HTML page."),
    "models": ("serving.commands.models", "List model versions and show which one serves."),
    "promote": ("serving.commands.promote", "Make a model version the champion."),
    "rollback": ("serving.commands.rollback", "Return to the previous champion."),
    "score": ("serving.commands.score", "Score every customer as of a day and publish the run."),
    "list": ("serving.commands.list", "Draw a list of whom to contact, with a hold-out."),
    "outcome": ("serving.commands.outcome", "Read the results of a list; estimate its effect."),
    "runs": ("serving.commands.runs", "List published runs, or choose which one serves."),
    "serve": ("serving.commands.serve", "Start the API and the marketer's desk."),
    "token": ("serving.commands.token", "Create, list and revoke API tokens."),
    "webhook": ("serving.commands.webhook", "Notify other systems of runs and changed customers."),
    "db": ("serving.commands.db", "Show the score store, and upgrade it."),
    "audit": ("serving.commands.audit", "Show who did what, when, and to how many people."),
    "access": ("serving.commands.access", "Export everything held about a person."),
    "forget": ("serving.commands.forget", "Erase a person everywhere, for good."),
    "doctor": ("serving.commands.doctor", "Check everything that serving depends on."),
    "home": ("serving.commands.home", "Show where models, runs and secrets are kept."),
}
"""Command name to its module and its line in ``ladder --help``, in the order of a first day."""

ERROR = "Error: "

INTERRUPTED = 130
"""What shells report for a program ended by Ctrl-C (128 + SIGINT)."""

ENDED_BY = (signal.SIGTERM, signal.SIGHUP)
"""By `kill`, a container's stop or a closed terminal: a shop's rows are deleted then, too."""


class LazyGroup(click.Group):
    """A group whose commands are named in a table and imported on use."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the table's order."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return it with ``--debug`` added."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        _accept_debug(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, naming the nearest ones for a misspelt name."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in COMMANDS.items()])


def _debug_option() -> click.Option:
    # Its value is read from the arguments in `run`, which also sees errors of parsing.
    return click.Option(
        ["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error."
    )


def _accept_debug(command: click.Command) -> None:
    """Let ``--debug`` stand after any command and sub-command."""
    if not any(parameter.name == "debug" for parameter in command.params):
        command.params.append(_debug_option())
    for child in command.commands.values() if isinstance(command, click.Group) else ():
        _accept_debug(child)


@example(
    "ladder init orders.csv",
    "ladder check",
    "ladder train",
    "ladder score --out scores.csv",
    "ladder list at-risk --top 100 --out at-risk.csv",
)
@click.group(cls=LazyGroup, params=[_debug_option()])
@click.version_option(package_name="loyalty-ladder", prog_name="ladder")
def ladder() -> None:
    """Predict who will leave a shop and who will recommend it, and whom to contact."""


def main() -> NoReturn:
    """Run ``ladder`` with the process's arguments and exit."""
    for number in ENDED_BY:
        if signal.getsignal(number) == signal.SIG_DFL:  # `nohup` lets a hang-up be ignored
            signal.signal(number, _end)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        # `ladder list | head`: the reader has what it wanted; or the disk is full.
        if not (code or isinstance(error, BrokenPipeError)):
            code = report(error)
        # Python flushes once more at exit, and would end with 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)  # what shells report for it


def run(arguments: Sequence[str]) -> int:
    """Run ``ladder`` and return its exit code: 0 done, 1 failed, 2 wrong use, 130 interrupted."""
    debug = "--debug" in arguments
    try:
        with warnings.catch_warnings():
            if not (debug or sys.warnoptions):
                # Libraries warn developers; what users must know, commands print themselves.
                warnings.simplefilter("ignore")
            code = ladder.main(list(arguments), prog_name="ladder", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.Abort:
        return INTERRUPTED
    except Exception as error:
        if debug:
            traceback.print_exc()
        return report(error)


def report(error: Exception) -> int:
    """Print an error to stderr as a person reads it and return the exit code it asks for."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    from rich.console import Console

    from serving.terminal.show import folded

    code, text = explain(error)
    message = folded(f"{ERROR}{text}", Console(stderr=True))
    colour = None if os.environ.get("NO_COLOR") else "red"
    click.secho(ERROR, err=True, fg=colour, bold=True, nl=False)
    click.echo(message.removeprefix(ERROR), err=True)
    return code


def explain(error: Exception) -> tuple[int, str]:
    r"""Return the exit code of an error and its sentences: what must hold, what came, what to do.

    Examples
    --------
    >>> explain(LadderError("Amounts are numbers.", "Got 'ten'.", "Correct line 3."))
    (1, "Amounts are numbers.\nGot 'ten'.\nCorrect line 3.")
    >>> explain(MemoryError())[1].splitlines()[2]
    'Give less with --memory, or more memory to the machine.'
    >>> explain(ZeroDivisionError("division by zero"))[1]
    'Unexpected ZeroDivisionError: division by zero. Run again with --debug and report it.'
    """
    if isinstance(error, LadderError):
        return error.exit_code, str(error)
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "ladder"
        must = f"`{path}` takes the arguments and options that its help names."
        came = " ".join(error.format_message().split())  # choices come on lines of tabs
        return error.exit_code, f"{must}\n{came}\nSee `{path} --help`."
    if isinstance(error, OSError) and error.strerror:
        return 1, _of_the_machine(error)
    if isinstance(error, MemoryError):
        return 1, (
            "The machine must have memory for the work.\nIt had none left.\n"
            "Give less with --memory, or more memory to the machine."
        )
    if refusal := _of_the_store(error):
        return 1, refusal
    message = " ".join(str(error).split()).rstrip(".")
    named = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return 1, f"Unexpected {named}. Run again with --debug and report it."


def _of_the_store(error: Exception) -> str | None:
    """Return the sentences for a score store that failed in the middle of its work."""
    from sqlite3 import OperationalError as FileError

    from sqlalchemy.exc import OperationalError

    if not isinstance(error, OperationalError):
        return None
    # A server's driver may name hosts and users: of it, only the kind of error is told.
    tellable = isinstance(error.orig, FileError)
    said = f": {error.orig}" if tellable else f" ({type(error.orig).__name__})"
    return (
        "The score store must be readable and writable until the work is done.\n"
        f"It failed{said}.\n"
        "Check its disk, or its server, then run the command again: that finishes what was begun."
    )


def _of_the_machine(error: OSError) -> str:
    """Return the sentences for a file or socket that the machine refused."""
    where = f" ({error.filename})" if error.filename else ""
    return (
        "The machine must let `ladder` use its files and ports.\n"
        f"{error.strerror}{where}.\n"
        "Check that the path exists, may be used and has room, then run the command again."
    )
