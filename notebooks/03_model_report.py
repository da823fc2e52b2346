# %% [markdown]
# # The model report
#
# How far the predictions can be trusted, and what acting on them is worth. `ladder report` writes
# the same as a page for a manager; here are the numbers behind it.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from features.config import Config
from features.sample import make_shop
from serving.home import create_home
from training.curves import SHARES
from training.metrics import Campaign
from training.report import render
from training.train import train

# %%
shop = make_shop(customers=4_000, days=730, seed=7)
frames = {name: getattr(shop, name) for name in ("orders", "engagement", "customers")}
about = {"name": "Made-up shop", "currency": "EUR", "timezone": "Europe/Berlin", "margin": 0.4}
config = Config.from_dict({"shop": about, **{name: {"timestamps": "UTC"} for name in frames}})
with tempfile.TemporaryDirectory() as folder:
    home = create_home(Path(folder) / "models")
    trained = train(config, home, frames=frames, wanted=["churn"])
(churn,) = trained.judgements
print(churn.verdict)

# %% [markdown]
# ## Beside every simple rule
#
# Judged once, on customers as of a day that the fit had not seen, with intervals from resampling
# customers. A model earns its place only by the last row.

# %%
figures = ["auroc", "average_precision", "brier", "log_loss", "ece"]
sides = {"model": churn.model, **churn.baselines, "model better by": churn.gain}
pd.DataFrame(
    {
        side: {
            name: f"{said[name].value:.3f} [{said[name].low:.3f}, {said[name].high:.3f}]"
            for name in figures
        }
        for side, said in sides.items()
    }
).T

# %% [markdown]
# ## Do the probabilities mean what they say?
#
# Each dot is a tenth of the customers. On the diagonal, what was predicted is what happened.

# %%
curves = trained.bundle.report["curves"]["churn"]
figure, axes = plt.subplots(figsize=(4.2, 4), layout="constrained")
_ = axes.plot([0, 1], [0, 1], color="#c9c9c9", linestyle="--")
for side, colour in (("baseline", "#9aa3ac"), ("model", "#1f5fa8")):
    bins = pd.DataFrame(curves["reliability"][side])
    _ = axes.plot(bins["predicted"], bins["happened"], "o-", color=colour, label=side)
_ = axes.set(xlabel="predicted", ylabel="happened", title="Reliability")
_ = axes.legend(frameon=False)

# %% [markdown]
# ## Whom a list finds
#
# Of all customers who are going to leave, the share that a list of any length holds.

# %%
figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
_ = axes.plot([0, 100], [0, 1], color="#c9c9c9", linestyle="--")
for side, colour in (("baseline", "#9aa3ac"), ("model", "#1f5fa8")):
    _ = axes.plot(SHARES, curves["gain"][side], color=colour, label=side)
_ = axes.set(xlabel="percent of customers contacted", ylabel="reached", title="Gain")
_ = axes.legend(frameon=False)

# %% [markdown]
# ## What a campaign of each size is worth
#
# In units of the value that is lost with a customer, per 1,000 customers, under assumptions that
# only a hold-out can replace: the offer keeps 30 % of those who would leave, costs a tenth of that
# value from everybody who stays, and contacting costs a hundredth.

# %%
campaign, rate = Campaign(), churn.test_rate
worth = pd.DataFrame({"contacted, %": SHARES})
for side in ("model", "baseline"):
    leavers = pd.Series(curves["gain"][side]) * rate * 1_000
    others = worth["contacted, %"] * 10 - leavers
    worth[side] = leavers * campaign.reached - others * campaign.wasted
figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
_ = axes.plot(worth["contacted, %"], worth["baseline"], color="#9aa3ac", label="best simple rule")
_ = axes.plot(worth["contacted, %"], worth["model"], color="#1f5fa8", label="model")
_ = axes.set(xlabel="percent of customers contacted", ylabel="customers' value", title="Profit")
_ = axes.legend(frameon=False)
best = worth.loc[worth["model"].idxmax()]
print(
    f"Best cut: {best['contacted, %']:.0f} % of the customers, worth {best['model']:.0f} of them."
)

# %% [markdown]
# ## Strata
#
# First-time buyers, repeat customers and clients are calibrated apart, and so may be those who came
# in different ways. Of fewer than 1,000 customers, chance is all that an error would show.

# %%
pd.DataFrame({name: vars(group) for name, group in churn.strata.items()}, dtype=float).T.round(3)

# %% [markdown]
# ## What drives it

# %%
importance = pd.Series(trained.bundle.metrics["importance"]["churn"]).nlargest(10)[::-1]
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
_ = axes.barh(importance.index, importance, color="#1f5fa8")
_ = axes.set(xlabel="mean absolute contribution, log-odds")

# %% [markdown]
# ## Known limits, and the page for a manager

# %%
print(trained.bundle.card.split("## Known limits")[1].strip())
page = render(trained.bundle)
print(f"\nThe whole report is one page of {len(page) // 1_000} kB: `ladder report` writes it.")
