"""The home: the one folder that holds models, published runs and the secret.

::

    HOME/home.json         says that this folder is a home, and of which format
    HOME/secret            32 random bytes, hexadecimal, readable by its owner only
    HOME/bundles/, HOME/champion     the shelf of models (``training.bundle.shelf``)
    HOME/runs/, HOME/control.sqlite  the score store (``serving.store``), for its owner only, too
"""

from __future__ import annotations

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from features.errors import LadderError, UsageError

MARK, SECRET = "home.json", "secret"
FORMAT = 1
SECRET_BYTES = 32


def find_home(config_path: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the home is, whether or not it exists yet.

    ``LADDER_HOME`` in the environment, else ``home`` in the shop's ``ladder.toml`` (relative to
    that file), else ``models/`` beside it. The path is absolute.

    Parameters
    ----------
    config_path : Path
        The shop's ``ladder.toml``; it may be missing.
    environ : mapping of str to str
        The environment.

    Raises
    ------
    UsageError
        If the configuration is not TOML, or its ``home`` is not text.

    Examples
    --------
    >>> find_home(Path("ladder.toml"), {"LADDER_HOME": "/srv/ladder"}).as_posix()
    '/srv/ladder'
    """
    if named := environ.get("LADDER_HOME"):
        return Path(named).absolute()
    return config_path.absolute().parent / Path(_configured(config_path) or "models").expanduser()


def home_of(config_path: Path) -> Path:
    """Return the home of a shop's ``ladder.toml``, found by `find_home`, opened by `open_home`."""
    return open_home(find_home(config_path))


def _configured(config_path: Path) -> str | None:
    """Return ``home`` of a configuration; None where either is missing."""
    if not config_path.is_file():
        return None
    try:
        home = tomllib.loads(config_path.read_text(encoding="utf-8-sig")).get("home")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            "The configuration must be a TOML file in UTF-8.",
            f"{config_path} is not: {error}.",
            "Correct that line, or write a new file with `ladder init`.",
        ) from error
    if home is None or isinstance(home, str):
        return home
    raise UsageError(
        "`home` in the configuration must be a path in quotes.",
        f"{config_path} says home = {home!r}.",
        'Write for example: home = "models".',
    )


def create_home(path: Path | str, environ: Mapping[str, str] = os.environ) -> Path:
    """Make a folder a home, or confirm that it is one, and return it.

    A secret is made with it, unless ``LADDER_SECRET`` is set.

    Raises
    ------
    LadderError
        If the folder cannot be made, or is a home of a newer format.
    """
    path = Path(path)
    if (path / MARK).is_file():
        return open_home(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not environ.get("LADDER_SECRET"):
            _write_secret(path / SECRET)
        mark = {"format": FORMAT, "created_at": datetime.now(UTC).isoformat(timespec="seconds")}
        # Last, and in one step: a folder with the mark is whole.
        draft = path / f".{MARK}.{secrets.token_hex(4)}"
        draft.write_text(json.dumps(mark) + "\n", encoding="utf-8")
        os.replace(draft, path / MARK)
    except OSError as error:
        raise LadderError(
            "The home must be a writable folder.",
            f"{path} is not: {error.strerror}.",
            "Choose another with LADDER_HOME, or with `home` in ladder.toml.",
        ) from error
    return path


def open_home(path: Path | str) -> Path:
    """Return a home that exists.

    Raises
    ------
    LadderError
        If the folder is not a home, or is one of a newer format than this program knows.
    """
    path = Path(path)
    try:
        made = json.loads((path / MARK).read_text(encoding="utf-8"))["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LadderError(
            f"The home must be a folder with a {MARK}, which `ladder train` creates.",
            f"{path} has none, or it cannot be read.",
            "Run `ladder train` or `ladder demo` first (`ladder serve` where LADDER_DATABASE_URL "
            "has the scores), or set LADDER_HOME to the right folder.",
        ) from error
    if not isinstance(made, int) or made > FORMAT:
        raise LadderError(
            f"The home must be of format {FORMAT} or older.",
            f"{path} has format {made!r}.",
            "Use the newer version of ladder that created it.",
        )
    return path


def read_secret(home: Path, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the key of hold-outs, cursors and erasure hashes.

    ``LADDER_SECRET`` in the environment, else the file in the home. Losing it would let erased
    people back in and redraw every hold-out, so it is never made anew for a home that lacks it.

    Raises
    ------
    LadderError
        If there is none, or it is shorter than 16 characters.
    """
    text = environ.get("LADDER_SECRET", "").strip() or _kept_secret(home / SECRET)
    if text is None:
        raise LadderError(
            "A home must contain its secret, the key for hold-outs and erasures.",
            f"{home / SECRET} cannot be read.",
            "Restore it from the back-up, or set LADDER_SECRET to its content.",
        )
    if len(text) < SECRET_BYTES // 2:
        raise LadderError(
            f"The secret must have at least {SECRET_BYTES // 2} characters.",
            f"It has {len(text)}.",
            "Restore it from the back-up, or set LADDER_SECRET to a long random text.",
        )
    return text.encode()


def _kept_secret(path: Path) -> str | None:
    """Return the secret in a home, None where there is none to be read."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _write_secret(path: Path) -> None:
    """Write a new secret that only its owner may read; whole, and unless there is one."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # a rename would take the place of one made meanwhile
        except FileExistsError:
            pass
        except OSError:  # this disk knows no links
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
