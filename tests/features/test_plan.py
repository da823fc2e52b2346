"""Plans: shared work is done once, and nothing is kept longer than needed."""

from __future__ import annotations

from dataclasses import replace

from features.catalogue import Column
from features.clock import Window
from features.contract import Engagement, Orders
from features.plan import Source, plan

ORDERS = Orders()


def test_what_trees_share_is_one_step() -> None:
    orders, spend = ORDERS.placed.count(), ORDERS.amount.sum()
    columns = [Column("orders", orders), Column("mean", spend / orders), Column("spend", spend)]
    made = plan(columns)
    assert len(made.steps) == 3
    assert made.outputs == (0, 2, 1)
    assert made.steps[2].inputs == (1, 0)
    assert made.sources == (
        Source("orders", ORDERS.placed.condition, None),
        Source("orders", None, "amount"),
    )


def test_a_window_asked_for_and_a_window_fixed_are_the_same_step() -> None:
    columns = [
        Column("asked", ORDERS.count(), Window.before(30)),
        Column("fixed", ORDERS.count().over(30)),
        Column("fixed_wins", ORDERS.count().over(30), Window.before(90)),
        Column("other", ORDERS.count(), Window.before(90)),
    ]
    made = plan(columns)
    assert made.outputs == (0, 0, 0, 1)
    assert made.windows == (frozenset({Window.before(30), Window.before(90)}),)


def test_inputs_come_first_and_results_are_let_go_after_their_last_use(
    standard: tuple[Column, ...],
) -> None:
    made = plan(standard)
    for number, step in enumerate(made.steps):
        assert all(needed < number for needed in step.inputs)
        assert all(made.last_use[needed] >= number for needed in step.inputs)
        assert made.last_use[number] >= number
    assert len(made.steps) < 2 * len(standard)


def test_a_plan_of_the_same_columns_is_made_once() -> None:
    columns = [Column("rows", Engagement().count())]
    made = plan(columns)
    assert plan(list(columns)) is made
    assert plan(tuple(columns)) is made
    other = [replace(columns[0], window=Window.before(7))]
    assert plan(other) is not made
    for days in range(1, 40):  # more plans than are kept
        plan([Column("rows", Engagement().count(), Window.before(days))])
    assert plan(columns) == made
