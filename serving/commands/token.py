"""``ladder token``: who may ask the API, for what, until when."""

from __future__ import annotations

from pathlib import Path

import click

from serving.commands.options import config_option, example, open_control
from serving.store.run import now, to_datetime
from serving.tokens import SCOPES, Token, lifetime, mint


@example("ladder token create --scope score --name mailing --expires 90d")
@click.group("token")
def command() -> None:
    """Create, list and revoke API tokens."""


@example("ladder token create --scope score,lists --name mailing --expires 90d")
@command.command("create")
@config_option
@click.option(
    "--scope",
    "given",
    required=True,
    multiple=True,
    help=f"What it may do, separated by commas or repeated: {', '.join(SCOPES)}.",
)
@click.option("--name", required=True, help="Who it is for; shown by `ladder token list`.")
@click.option(
    "--expires", default="52w", show_default=True, help="Its lifetime: 90d, 12h, 4w, never."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Maximum requests a minute for each server process.  [default: no limit]",
)
def create(
    config_path: Path, given: tuple[str, ...], name: str, expires: str, limit: int | None
) -> None:
    """Create a token and print it. It is shown once; only its hash is stored."""
    scopes = [part.strip() for scope in given for part in scope.split(",") if part.strip()]
    token, text = mint(name, scopes, lifetime(expires), limit)
    with open_control(config_path) as control:
        control.add_token(token)
    click.echo(text)
    click.echo(f"Keep it: it is shown only now. {_line(token)}", err=True)


@example("ladder token list")
@command.command("list", short_help="List tokens and what each may do.")
@config_option
def list_tokens(config_path: Path) -> None:
    """List every token: id, name, scopes and expiry."""
    with open_control(config_path) as control:
        tokens = control.tokens()
    if not tokens:
        click.echo("No tokens yet. `ladder token create --scope score --name NAME` makes one.")
    for token in tokens:
        click.echo(_line(token))


@example("ladder token revoke mailing")
@command.command("revoke", short_help="Revoke a token.")
@config_option
@click.argument("token")
def revoke(config_path: Path, token: str) -> None:
    """Revoke TOKEN, given by its id or name; servers reject it within seconds."""
    with open_control(config_path) as control:
        revoked = control.revoke(token)
    click.echo(f"Revoked {revoked.token_id} ({revoked.name}).")


def _line(token: Token) -> str:
    """Return a token as a line of the list."""
    if token.revoked_at is not None:
        state = f"revoked {to_datetime(token.revoked_at):%Y-%m-%d}"
    elif token.expires_at is None:
        state = "never expires"
    else:
        word = "expires" if token.live(now()) else "expired"
        state = f"{word} {to_datetime(token.expires_at):%Y-%m-%d}"
    often = f"  {token.per_minute:,} a minute" if token.per_minute else ""
    return f"{token.token_id}  {token.name}  {','.join(sorted(token.scopes))}  {state}{often}"
