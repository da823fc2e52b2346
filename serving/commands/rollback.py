"""``ladder rollback``: return to the champion before this one."""

from __future__ import annotations

from pathlib import Path

import click

from serving.commands.options import config_option, example
from serving.commands.promote import announce


@example("ladder rollback")
@click.command("rollback")
@config_option
def command(config_path: Path) -> None:
    """Return to the previous champion; repeat to go further back."""
    from serving.home import home_of
    from training.succession import rollback

    home = home_of(config_path)
    announce(rollback(home), home, config_path)
