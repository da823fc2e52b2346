"""``ladder forget``: a person is erased, everywhere and for good."""

from __future__ import annotations

from pathlib import Path

import click

from serving.commands.options import CustomerId, config_option, example, open_control
from serving.terminal.show import say


@example("ladder forget C-1042")
@click.command("forget")
@config_option
@click.argument("customer_id", type=CustomerId())
def command(config_path: Path, customer_id: str) -> None:
    """Erase CUSTOMER_ID from every run, list and result, and never import them again.

    A keyed hash of the id stays, so that the next import refuses it. The shop must clean its own
    files, files of lists it wrote, and the tools it handed them to.
    """
    from serving.erasure import forget
    from serving.store.audit import COMMAND_LINE

    with open_control(config_path) as control:
        done = forget(control, customer_id, COMMAND_LINE)
    say(f"Erased. Published runs that held them: {', '.join(done.runs) or 'none'}.")
    if not done.runs and not done.tools:
        say(
            f"Is {customer_id!r} the id as the shop's files have it? No run held it: it was erased "
            "before, or never scored, or somebody else was meant, of whom nothing is erased."
        )
    for version in done.bundles:
        state = "serves" if version in done.serving else "does not serve"
        say(f"Model {version} may have learnt from them; it {state}.")
    if done.tools:
        say(f"Delete them also where exports told of them: {', '.join(done.tools)}.")
    say("The next `ladder train` learns without them, and `ladder score` leaves them out.")
