# %% [markdown]
# # Meet the data
#
# The data a shop needs, what it contains, and what *churn* means here. The shop is made up, so no
# real purchases are shown. To use your own shop, pass `features.config.load("ladder.toml")` instead
# of the settings and the frames.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from features.config import Config
from features.history import open_history
from features.sample import make_shop
from features.tables import TABLES
from training.snapshots.dataset import prepare

pd.set_option("display.max_colwidth", None, "display.max_rows", 100)

# %% [markdown]
# ## Four tables
#
# Orders *or* engagement are enough; everything else improves predictions. These are the columns:

# %%
pd.DataFrame(
    [
        (table.name, column.name, column.type, "yes" if column.required else "", column.meaning)
        for table in TABLES.values()
        for column in table.columns
    ],
    columns=["table", "column", "type", "required", "meaning"],
)

# %%
shop = make_shop(customers=2_000, days=730, seed=7)
shop.orders.slice(0, 5).to_pandas()

# %%
shop.engagement.slice(0, 5).to_pandas()

# %% [markdown]
# ## Check the data
#
# Every row that cannot be used is counted by reason, and for every outcome the report says whether
# it can be learnt from this history. `ladder check` prints the same.

# %%
frames = shop.frames
config = Config.from_dict(
    {
        "shop": {"name": "Made-up shop", "currency": "EUR", "timezone": "Europe/Berlin"},
        **{name: {"timestamps": "UTC"} for name in frames},
    }
)
with open_history(config, frames=frames) as history:
    report = history.report
    data = prepare(history, ("churn",), lambda *_: None)
print(report)

# %% [markdown]
# ## A shop's rhythm
#
# The shop grows, and its weeks go up and down: a model must not depend on one season.

# %%
first = shop.orders.to_pandas().groupby("order_id")["ordered_at"].min().dt.tz_localize(None)
weeks = first.dt.to_period("W").value_counts().sort_index()[:-1]  # the last one is not whole
figure, axes = plt.subplots(figsize=(8, 2.8), layout="constrained")
_ = axes.bar(weeks.index.start_time, weeks, width=6, color="#1f5fa8")
_ = axes.set(title="Orders per week", xlabel="week of the first line", ylabel="orders")

# %% [markdown]
# ## When does silence mean churn?
#
# Days between two order days of the same customer; returns are not orders. Where nearly all gaps
# are shorter than the horizon (90 days, the dashed line), a horizon without orders is informative.

# %%
bought = shop.orders.to_pandas().query("not is_return and amount > 0")
local = bought["ordered_at"].dt.tz_convert("Europe/Berlin").dt.tz_localize(None)
days = bought[["customer_id"]].assign(day=local.dt.normalize())
gaps = days.drop_duplicates().sort_values(["customer_id", "day"])
gaps = gaps.groupby("customer_id")["day"].diff().dt.days.dropna()
figure, axes = plt.subplots(figsize=(8, 2.8), layout="constrained")
_ = axes.hist(gaps, bins=np.arange(0, 365, 7), color="#1f5fa8")
_ = axes.axvline(config.churn.horizon_days, color="#1c2733", linestyle="--")
_ = axes.set(title="Days between order days", xlabel="days", ylabel="gaps of customers")
within = 100 * (gaps <= config.churn.horizon_days).mean()
print(f"{within:.0f}% of the gaps are within the horizon.")

# %% [markdown]
# ## What churn means here
#
# A customer is *eligible* at a *cutoff* if they were active in the year before it. They *churned*
# if no order followed within the horizon. Models learn from several cutoffs. The newest one whose
# horizon has passed is kept apart for evaluation.

# %%
(plan,) = data.plans
rates = {
    day: data.slices.examples(plan.outcome, (day,)).labels
    for day in (*plan.evaluation, plan.newest)
}
pd.DataFrame(
    {
        "cutoff": list(rates),
        "eligible": [len(labels) for labels in rates.values()],
        "churned": [f"{100 * labels.mean():.1f}%" for labels in rates.values()],
        "use": ["learn"] * len(plan.evaluation) + ["evaluate"],
    }
)
