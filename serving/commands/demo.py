"""``ladder demo``: the whole product on a demonstration shop, by the commands of every day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import UsageError
from serving.commands import list as listing
from serving.commands import report, score, serve, train
from serving.commands.options import day_option, example
from serving.terminal.show import say, table

if TYPE_CHECKING:
    from features.sample import SampleShop
    from serving.demonstrations.demo import Shop

CUSTOMERS = 4_000
TOP = 100
ADDRESS = "http://127.0.0.1:8000/"


@example(
    "ladder demo",
    "ladder demo --customers 20000 --serve",
    "ladder demo --shop complete-journey --until 2017-10-01",
)
@click.command("demo")
@click.option(
    "--shop",
    type=click.Choice(["sample", "complete-journey"]),
    default="sample",
    show_default=True,
    help="A made-up shop with known truth, or a year of simulated household purchases.",
)
@click.option(
    "--customers",
    type=click.IntRange(min=100),
    metavar="N",
    help=f"Customers of the made-up shop.  [default: {CUSTOMERS}]",
)
@day_option("--until", help="Train and score as of this day; default: after the newest full day.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="LADDER_HOME",
    metavar="DIR",
    help="Folder for the shop and its models.  [default: models/demo-SHOP]",
)
@click.option("--serve", "stay", is_flag=True, help="Serve the scores at the end, until stopped.")
@click.pass_context
def command(
    context: click.Context,
    shop: Shop,
    customers: int | None,
    until: date | None,
    home: Path | None,
    stay: bool,
) -> None:
    """Run the whole product on a demonstration shop: train, score, list, report.

    Everything happens in one folder, with the commands you would use on your own shop. Each is
    printed before it runs.
    """
    if customers is not None and shop != "sample":
        raise UsageError(
            "Only the made-up shop can have any number of customers.",
            f"--customers {customers} came with --shop {shop}.",
            "Leave out either --customers or --shop.",
        )
    folder = home or Path("models") / f"demo-{shop}"
    config, made_up = _make(folder, shop, customers or CUSTOMERS)
    given = f" -c {config}"

    _say(f"train{given}" + (f" --until {until}" if until else ""))
    context.invoke(train.command, config_path=config, until=until)

    scores = folder / "scores.parquet"
    _say(f"score{given}" + (f" --at {until}" if until else "") + f" --out {scores}")
    context.invoke(score.command, config_path=config, at=until, out=scores)

    at_risk = folder / "at-risk.csv"
    _say(f"list at-risk{given} --top {TOP} --out {at_risk}")
    context.invoke(listing.command, kind="at-risk", config_path=config, top=TOP, out=at_risk)

    page = folder / "report.html"
    _say(f"report{given} --out {page}")
    context.invoke(report.command, config_path=config, out=page)

    _summarise(config, made_up)
    say(f"Scores of everybody in {scores}, the list in {at_risk}.")
    _say(f"serve{given}")
    if stay:
        context.invoke(serve.command, config_path=config)
    else:
        say(f"Run this last one yourself, then open {ADDRESS} for the marketer's desk.")


def _say(line: str) -> None:
    click.secho(f"\n$ ladder {line}", bold=True)


def _make(folder: Path, shop: Shop, customers: int) -> tuple[Path, SampleShop | None]:
    """Write the shop into its folder; return its configuration and, if it has one, its truth."""
    from serving.demonstrations import complete_journey, demo
    from serving.home import find_home
    from serving.terminal.progress import bar

    config = demo.prepare(folder, shop)
    with bar() as progress:
        progress("making the shop", None)
        if shop == "sample":
            from features.sample import make_shop

            made_up = make_shop(customers=customers, days=demo.DAYS, seed=demo.SEED)
            made_up.write(folder)
        else:
            made_up = None
            complete_journey.write(folder)
    demo.sign(config, shop)
    demo.require_own_home(folder, find_home(config))
    if made_up:
        say(f"A made-up shop: {customers:,} customers, {demo.DAYS} days, in {folder}.")
    else:
        say(f"The Complete Journey, in {folder}: its package calls the households simulated.")
        say(f"Loaded: {', '.join(complete_journey.TABLES)}.")
    return config, made_up


def _summarise(config: Path, made_up: SampleShop | None) -> None:
    """Print how good the model is beside the best simple rule and, where it is known, the truth."""
    from serving.demonstrations.demo import summary
    from serving.home import find_home
    from training.bundle import Bundle
    from training.bundle.shelf import Shelf

    bundle = Bundle.read(Shelf(find_home(config)).champion_path())
    click.secho("\nThe whole product, in short", bold=True)
    heads = ["outcome", "figure", "model", "best simple rule", *(["ceiling"] if made_up else [])]
    table(heads, summary(bundle, made_up))
    if made_up:
        say("Ceiling: the made-up shop's truth; given what people did, no score ranks better.")
