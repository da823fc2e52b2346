"""The command line: help, errors in three sentences, exit codes."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import click
import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from features.errors import LadderError, UsageError
from serving import cli

HEAVY = ("numpy", "pyarrow", "pandas", "duckdb", "lightgbm", "sklearn", "mlflow", "fastapi")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return a function that makes `ladder home` call what it is given."""

    def put(callback: Callable[[], None]) -> None:
        module = SimpleNamespace(command=click.command("home")(callback))
        monkeypatch.setattr(cli, "import_module", lambda _: module)

    return put


@pytest.fixture
def fail_with(install: Callable[[Callable[[], None]], None]) -> Callable[[BaseException], None]:
    """Return a function that makes `ladder home` raise what it is given."""

    def put(error: BaseException) -> None:
        def command() -> None:
            raise error

        install(command)

    return put


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from serving import cli; code = cli.run(['--help']);"
        f"print(code, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
    for name in cli.COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help_and_takes_debug(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tests/test_docs.py` looks at what the help says."""
    assert cli.run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80, "a terminal shows it unfolded"
    assert "--debug" in shown


@pytest.mark.parametrize("name", ["db", "home", "runs", "token", "webhook"])
def test_what_a_group_holds_is_told_in_whole_sentences(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([name, "--help"]) == 0
    commands = (
        capsys.readouterr().out.partition("Commands:")[2].partition("Example:")[0].split("\n")
    )
    told = [line for line in commands if line.strip()]
    assert told
    assert all(line.endswith(".") and not line.endswith("...") for line in told)


def test_a_misspelt_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["scor"]) == 2
    assert "'score'" in capsys.readouterr().err


def test_a_missing_choice_is_told_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["list"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert said[1].endswith("Choose from: at-risk, win-back, advocates")


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 2
    assert "Commands:" in "".join(capsys.readouterr())


@pytest.mark.parametrize(("kind", "code"), [(LadderError, 1), (UsageError, 2)])
def test_our_errors_are_three_sentences_and_their_exit_code(
    kind: type[LadderError],
    code: int,
    fail_with: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_with(kind("Must hold.", "This came.", "Do that."))
    assert cli.run(["home"]) == code
    assert capsys.readouterr().err == "Error: Must hold.\nThis came.\nDo that.\n"


def test_an_error_folds_between_words_on_a_terminal(
    fail_with: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "30")
    fail_with(LadderError("A day must be one of the history.", "Got 2031.", "See `ladder check`."))
    assert cli.run(["home"]) == 1
    assert click.unstyle(capsys.readouterr().err) == (
        "Error: A day must be one of\nthe history.\nGot 2031.\nSee `ladder check`.\n"
    )


@pytest.mark.parametrize(("without", "red"), [("", True), ("1", False)])
def test_an_error_is_red_unless_colour_is_unwanted(
    without: str,
    red: bool,
    fail_with: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", without)
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    fail_with(LadderError("Must hold.", "This came.", "Do that."))
    assert cli.run(["home"]) == 1
    assert ("\x1b[31m" in capsys.readouterr().err) is red


def test_an_unexpected_error_is_one_line_and_debug_adds_the_traceback(
    fail_with: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(KeyError("oops"))
    assert cli.run(["home"]) == 1
    quiet = capsys.readouterr().err
    assert quiet.count("\n") == 1
    assert "KeyError" in quiet
    assert cli.run(["home", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_said_plainly(
    fail_with: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
) -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "scores.csv")
    fail_with(error)
    assert cli.run(["home"]) == 1
    assert "No space left on device (scores.csv)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (sqlite3.OperationalError("database or disk is full"), "failed: database or disk is full."),
        (psycopg.OperationalError("no route to db.intern:5432"), "It failed (OperationalError)."),
    ],
)
def test_a_store_that_fails_meanwhile_is_said_without_sql_or_hosts(
    origin: Exception,
    said: str,
    fail_with: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_with(OperationalError("UPDATE records SET record=?", None, origin))
    assert cli.run(["home"]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert "UPDATE" not in shown
    assert "intern" not in shown


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_who_is_ended_deletes_what_was_put_down(tmp_path: Path, name: str, code: int) -> None:
    ended = f"""
import os, signal, sys, time
from types import SimpleNamespace
import click
from features.resources.workspace import Workspace
from serving import cli

def home():
    with Workspace() as workspace:
        (workspace.folder / "rows").touch()
        os.kill(os.getpid(), signal.{name})
        time.sleep(60)

cli.import_module = lambda _: SimpleNamespace(command=click.command("home")(home))
sys.argv = ["ladder", "home"]
cli.main()
"""
    place = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", ended], env=place, check=False, timeout=60)
    assert done.returncode == code
    assert not list(tmp_path.iterdir())


def test_ctrl_c_exits_130(fail_with: Callable[[BaseException], None]) -> None:
    fail_with(KeyboardInterrupt())
    assert cli.run(["home"]) == 130


def test_warnings_of_libraries_are_not_shown(
    install: Callable[[Callable[[], None]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def command() -> None:
        warnings.warn("for developers", DeprecationWarning, stacklevel=1)
        click.echo("done")

    install(command)
    monkeypatch.setattr(sys, "warnoptions", [])
    assert cli.run(["home"]) == 0
    assert capsys.readouterr() == ("done\n", "")


def test_a_closed_pipe_is_quiet() -> None:
    line = f"{sys.executable} -c 'from serving.cli import main; main()' --help | head -c 1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("U", "")


def test_what_has_no_room_to_be_printed_is_an_error_of_three_sentences(tmp_path: Path) -> None:
    buffered = {name: set_to for name, set_to in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = f"{sys.executable} -c 'from serving.cli import main; main()' --help"
    line = f"ulimit -f 0; {command} > {tmp_path / 'help.txt'}"  # no file may grow
    done = subprocess.run(
        line, shell=True, capture_output=True, text=True, check=False, env=buffered
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:2] == ["File too large."]
    assert len(done.stderr.splitlines()) == 3
