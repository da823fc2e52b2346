# %% [markdown]
# # Why this customer?
#
# One customer from raw rows to reasons: what happened, what the model may see of it, the features
# computed from it, the probability, and what moved it.

# %%
import tempfile
from datetime import date, timedelta
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.clock import midnight
from features.config import Config
from features.engine import compute
from features.history import open_history
from features.rung import STRATA, stratum
from features.sample import make_shop
from serving.home import create_home
from serving.scoring import score
from training.drivers import meaning
from training.train import train

pd.set_option("display.max_colwidth", None)

# %% [markdown]
# ## A shop and a model
#
# The model is trained on everything before the first of July. Later rows only show what happened.

# %%
shop = make_shop(customers=1_500, days=730, seed=7)
frames = shop.frames
zone, as_of = "Europe/Berlin", date(2025, 7, 1)
config = Config.from_dict(
    {
        "shop": {"name": "Made-up shop", "currency": "EUR", "timezone": zone, "margin": 0.4},
        **{name: {"timestamps": "UTC"} for name in frames},
    }
)
with tempfile.TemporaryDirectory() as folder:
    home = create_home(Path(folder) / "models")
    trained = train(config, home, until=as_of, frames=frames, wanted=["churn", "spend"])
bundle = trained.bundle
print(trained.judgements[0].verdict)

# %% [markdown]
# ## Whose value is most at risk?
#
# The probability of leaving times the money that would be lost.

# %%
with open_history(config, until=as_of, frames=frames) as history:
    scores = score(history, bundle, as_of).to_pandas().set_index("customer_id")
columns = ["churn_probability", "spend_if_stays", "value_at_risk", "rung", "risk_tier"]
top = scores.sort_values("value_at_risk", ascending=False)
top[columns].head(5).round(2)

# %% [markdown]
# ## One of them: a timeline
#
# Everything left of the line, in blue, is known at the cutoff. What happened later is right of it,
# in grey; no feature sees it. The shaded horizon decides whether it was churn.

# %%
customer = str(top.index[0])
cutoff = pd.Timestamp(as_of, tz=zone)
rows = {
    "orders": shop.orders.to_pandas().query("customer_id == @customer")["ordered_at"],
    "engagement": shop.engagement.to_pandas().query("customer_id == @customer")["occurred_at"],
}
figure, axes = plt.subplots(figsize=(9, 1.8), layout="constrained")
for level, times in enumerate(rows.values()):
    known = times < cutoff
    _ = axes.plot(times[known], np.full(known.sum(), level), "|", color="#1f5fa8", markersize=16)
    _ = axes.plot(
        times[~known], np.full((~known).sum(), level), "|", color="#8a8a8a", markersize=16
    )
_ = axes.axvline(cutoff, color="#1c2733")
_ = axes.axvspan(cutoff, cutoff + timedelta(days=config.churn.horizon_days), color="#f1f3f5")
_ = axes.set(yticks=[0, 1], yticklabels=list(rows), ylim=(-0.6, 1.6), title=customer)

# %% [markdown]
# Even 96% is not certain: of a hundred such customers, four order after all. Looking back at
# everyone who was about as likely to leave:

# %%
bought = shop.orders.to_pandas().query("not is_return and amount > 0")
ends = cutoff + timedelta(days=config.churn.horizon_days)
back = set(bought[bought["ordered_at"].between(cutoff, ends, inclusive="left")]["customer_id"])
likely = scores[scores["churn_probability"] >= 0.9]
stayed = int(likely.index.isin(back).sum())
expected = (1 - likely["churn_probability"]).sum()
print(
    f"{len(likely)} customers at 90% and more: {stayed} ordered, {expected:.0f} were expected to."
)
print(f"{customer} {'is one of those who did' if customer in back else 'did not'}.")

# %% [markdown]
# ## The engine applies the cutoff
#
# The author of a feature cannot look past the cutoff, because only the engine applies it. Dropping
# every later row changes nothing, to the bit:

# %%
instant = midnight(as_of, zone)
limit = pa.scalar(instant, pa.timestamp("us", "UTC"))
before = {
    "orders": shop.orders.filter(pc.less(shop.orders["ordered_at"], limit)),
    "engagement": shop.engagement.filter(pc.less(shop.engagement["occurred_at"], limit)),
    "customers": shop.customers,
}
tables = []
for known in (frames, before):
    with open_history(config, frames=known) as history:
        (block,) = history.blocks()
        table = compute(block, [instant], bundle.columns)
        tables.append(table.filter(pc.equal(table["customer_id"], customer)))
everything, only_past = (table.drop_columns(["customer_id", "cutoff"]) for table in tables)
bits = [np.array([table[name][0].as_py() or 0.0 for name in table.column_names]).tobytes()
        for table in (everything, only_past)]  # fmt: skip
print("The same to the bit:", bits[0] == bits[1])

# %% [markdown]
# ## The features of this customer
#
# A few of them, beside the usual values of customers in the same stratum.

# %%
names = ["silence_days", "silence_over_gap_mean", "active_days_365d", "spend_365d", "visits_90d"]
described = {column.name: column for column in bundle.features}
names = [name for name in names if name in described]
usual = bundle.thresholds["usual"]["active"]
position = stratum(only_past)[0]
pd.DataFrame(
    {
        "feature": names,
        "meaning": [meaning(described[name]) for name in names],
        "this customer": [round(only_past[name][0].as_py() or 0.0, 2) for name in names],
        f"usual ({STRATA[position]})": [round(usual[name][position], 2) for name in names],
    }
)

# %% [markdown]
# ## What moved the prediction
#
# Every feature raises (red) or lowers (blue) the log-odds; together they add up exactly to the
# score. 0.1 in log-odds is about 10% higher or lower odds; 0.7 is double or half.

# %%
model = bundle.outcomes["churn"]
parts = model.contributions(only_past)[0]
chance = 1 / (1 + np.exp(-parts.sum()))
print(f"Sum of all parts: {chance:.6f}; scored: {scores.churn_probability[customer]:.6f}")
strongest = pd.Series(parts[:-1], index=model.names)
strongest = strongest[strongest.abs().nlargest(10).index][::-1]
words = [meaning(described[name]) for name in strongest.index]
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
_ = axes.barh(words, strongest, color=np.where(strongest > 0, "#b3261e", "#1f5fa8"))
_ = axes.set(title="Largest contributions", xlabel="log-odds of leaving")

# %% [markdown]
# ## In words
#
# Features of one topic make one reason. It quotes the customer's own number and the usual one.

# %%
for sentence in scores.reasons[customer]:
    print("-", sentence)
