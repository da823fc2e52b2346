from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.definitions import voice
from tests.training.made import MakeExamples
from training.bundle.odds import sigmoid
from training.judging import groups


def test_a_stratum_too_small_to_judge_is_shown_as_such(make_examples: MakeExamples) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    found = groups.of(made, truth)
    assert sum(group.rows for group in found.values()) == 3_000
    small = {name for name, group in found.items() if group.rows < groups.GROUP_ROWS}
    assert small
    assert small < set(found)
    for name, group in found.items():
        assert (group.calibration == "too few to judge") == (name in small)
        assert group.mean_probability == pytest.approx(group.rate, abs=0.08)


@pytest.mark.parametrize(("rows", "enough"), [(999, False), (1_000, True)])
def test_a_thousand_customers_are_enough_to_judge(
    make_examples: MakeExamples, rows: int, *, enough: bool
) -> None:
    made = make_examples(customers=rows, cutoffs=1)
    alike = replace(made, stratum=np.zeros_like(made.stratum))
    (found,) = groups.of(alike, np.full(rows, 0.5)).values()
    assert (found.ece is not None) == enough
    told = groups.reliability(alike, np.full(rows, 0.5))
    assert len(told) == 1 + enough


def test_a_group_of_a_sample_is_as_far_off_as_its_customers_of_the_shop(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=2_000, cutoffs=1)
    off = np.arange(2_000) < 1_000  # half of the rows, and a tenth of the customers
    drawn = replace(
        made,
        stratum=np.zeros_like(made.stratum),
        labels=np.where(off, np.arange(2_000) % 10 < 3, np.arange(2_000) % 10 < 2).astype(float),
        weight=np.where(off, 1.0, 9.0),
    )
    said = np.where(off, 0.8, 0.2)
    (found,) = groups.of(drawn, said).values()
    assert found.rows == 10_000
    assert found.rate == pytest.approx(0.1 * 0.3 + 0.9 * 0.2)
    assert found.mean_probability == pytest.approx(0.1 * 0.8 + 0.9 * 0.2)
    assert found.ece == pytest.approx(0.1 * 0.5, abs=0.01)
    for low, high in groups.reliability(drawn, said).values():
        assert (low["customers"], high["customers"]) == (9_000, 1_000)


def test_a_stratum_without_customers_is_left_out(make_examples: MakeExamples) -> None:
    made = make_examples(customers=300, cutoffs=1)
    some = made.take(made.stratum != 0)
    assert "first_time" not in groups.of(some, np.full(len(some), 0.5))


def test_how_customers_came_is_judged_where_it_was_noted(make_examples: MakeExamples) -> None:
    made = make_examples(customers=2_500, cutoffs=1)
    features, names = made.features.copy(), ("came_by_referral", *made.names[1:])
    features[:, 0] = np.where(made.customer % 5 == 0, np.nan, made.customer % 2)
    noted = replace(made, features=features, names=names)
    found = groups.of(noted, sigmoid(made.facts["true_log_odds"]))
    assert [*found][-1] == "came by referral"
    assert found["came by referral"].rows == 1_000
    assert found["came by referral"].ece is not None
    assert "came by advertising" not in found


def test_the_ways_customers_came_are_features_of_the_catalogue() -> None:
    declared = (voice.came_by_referral, voice.came_by_advertising, voice.came_organically)
    assert [*groups.CAME] == [feature.__name__ for feature in declared]


def named(*parts: tuple[str | None, int]) -> pa.DictionaryArray:
    """Return a channel per row: so many rows of each, in this order."""
    return pa.array([name for name, rows in parts for _ in range(rows)]).dictionary_encode()


def test_customers_are_told_apart_by_the_channel_they_bought_through_last(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    channel = named(("web", 1_200), ("shop", 1_100), ("post", 400), (None, 300))
    off = np.where(np.arange(3_000) < 1_200, truth, np.minimum(1.0, truth + 0.1))
    found = groups.of(made, off, channel)
    by = {name: group for name, group in found.items() if name.startswith("last bought")}
    assert [*by] == [f"last bought through {name}" for name in ("web", "shop", "post")]
    assert [group.rows for group in by.values()] == [1_200, 1_100, 400]
    web, shop, post = by.values()
    assert web.ece == pytest.approx(0.0, abs=0.03)
    assert shop.ece == pytest.approx(0.1, abs=0.03)
    assert post.calibration == "too few to judge"


def test_rare_channels_are_judged_together_and_not_named(make_examples: MakeExamples) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    stores = named(*((f"store {number}", 100 + number) for number in range(20)), ("Mrs Ada", 49))
    known = len(stores)
    channel = pa.concat_arrays([stores.cast(pa.string()), pa.nulls(3_000 - known, pa.string())])
    found = groups.of(made, truth, channel.dictionary_encode())
    by = [name for name in found if name.startswith("last bought")]
    assert by == [
        *(f"last bought through store {number}" for number in range(19, 13, -1)),
        "last bought through another channel",
    ]
    few = groups.of(made, truth, named(("web", 2_951), ("Mrs Ada", 49)))
    assert "Mrs Ada" not in " ".join(few)
    assert few["last bought through another channel"].rows == 49


def test_the_channels_of_a_sample_are_those_that_most_of_the_shops_customers_use(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=700, cutoffs=1)
    channel = named(*((f"store {number}", 100) for number in range(7)))
    weight = np.where(np.arange(700) < 600, 1.0, 9.0)
    found = groups.of(replace(made, weight=weight), np.full(700, 0.5), channel)
    by = [name for name in found if name.startswith("last bought")]
    assert by == [
        *(f"last bought through store {number}" for number in (6, 0, 1, 2, 3, 4)),
        "last bought through another channel",
    ]


def test_a_channel_called_another_channel_is_told_with_the_others(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    found = groups.of(made, truth, named(("another channel", 2_960), ("rare", 40)))
    assert found["last bought through another channel"].rows == 3_000


@pytest.mark.parametrize(
    ("name", "shown"),
    [("web | new\nshop", "web new shop"), ("\x1b[31mapp", "[31mapp"), (" ", "(no name)")],
)
def test_the_name_of_a_channel_draws_nothing(
    make_examples: MakeExamples, name: str, shown: str
) -> None:
    made = make_examples(customers=300, cutoffs=1)
    found = groups.of(made, np.full(300, 0.5), named((name, 300)))
    assert [*found][-1] == f"last bought through {shown}"


def test_channels_whose_names_look_alike_are_one_group(make_examples: MakeExamples) -> None:
    made = make_examples(customers=300, cutoffs=1)
    alike = named(("web shop", 200), ("web\tshop", 100))
    found = groups.of(made, np.full(300, 0.5), alike)
    assert found["last bought through web shop"].rows == 300
    long = named(("x" * 500, 300))
    assert [*groups.of(made, np.full(300, 0.5), long)][-1] == f"last bought through {'x' * 40}"


def test_a_group_that_did_it_to_the_last_is_as_far_off_as_it_was_said_not_to(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=2_500, cutoffs=1)
    gone = np.arange(2_500) < 1_000
    labels = np.where(gone, 1.0, made.labels)
    channel = named(("market", 1_000), ("web", 1_500))
    found = groups.of(replace(made, labels=labels), np.full(2_500, 0.4), channel)
    assert found["last bought through market"].ece == pytest.approx(0.6, abs=0.05)


def test_reliability_is_told_of_everybody_and_of_groups_large_enough(
    make_examples: MakeExamples,
) -> None:
    made = make_examples(customers=3_000, cutoffs=1)
    truth = sigmoid(made.facts["true_log_odds"])
    channel = named(("web", 2_500), ("shop", 500))
    found = groups.reliability(made, truth, channel)
    judged = [n for n, group in groups.of(made, truth, channel).items() if group.ece is not None]
    assert [*found] == ["everybody", *judged]
    assert "last bought through web" in judged
    assert sum(one["customers"] for one in found["last bought through web"]) == 2_500
    heads, cells = groups.ordered(found), groups.tenths(found)
    assert heads[0] == "everybody"
    assert [row[0] for row in cells] == [str(number) for number in range(1, 11)]
    assert {len(row) for row in cells} == {1 + len(heads)}
    first = found["everybody"][0]
    assert cells[0][1] == f"{100 * first['predicted']:.1f} / {100 * first['happened']:.1f}%"
