# %% [markdown]
# # The model report
#
# How good the predictions are, and what acting on them is worth. `ladder report` writes the same as
# a page for a manager; these are the numbers behind it.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from features.config import Config
from features.sample import make_shop
from serving.home import create_home
from training.bundle.figures import MAIN_FIGURES, scaled, with_interval
from training.drivers import meaning
from training.judging.curves import SHARES
from training.learning.baselines import RULES
from training.report import render
from training.statistics.tally import LENGTHS, Campaign
from training.train import train

# %%
shop = make_shop(customers=4_000, days=730, seed=7)
frames = shop.frames
about = {"name": "Made-up shop", "currency": "EUR", "timezone": "Europe/Berlin", "margin": 0.4}
config = Config.from_dict({"shop": about, **{name: {"timestamps": "UTC"} for name in frames}})
with tempfile.TemporaryDirectory() as folder:
    home = create_home(Path(folder) / "models")
    trained = train(config, home, frames=frames, wanted=["churn", "spend"])
(churn,) = trained.judgements
print(churn.verdict)
print(churn.drift)

# %% [markdown]
# ## Beside every simple rule
#
# Evaluated once, on a day that the fit had not seen, with intervals from resampling customers. Only
# the last row shows whether the model is worth having.

# %%
rules = {RULES[name]: figures for name, figures in churn.baselines.items()}
sides = {"model": churn.model, **rules, f"better than {RULES[churn.best]} by": churn.gain}
pd.DataFrame(
    {
        side: {words: f"{said[name]:.3f}" for name, words in MAIN_FIGURES.items()}
        for side, said in sides.items()
    }
).T

# %% [markdown]
# ## Do the probabilities mean what they say?
#
# Each dot is a tenth of the customers, with its 95% interval. On the diagonal, predictions match
# what happened.

# %%
SIDES = (("baseline", "#9aa3ac", "best simple rule"), ("model", "#1f5fa8", "model"))
curves = trained.bundle.report["curves"]["churn"]
figure, axes = plt.subplots(figsize=(4.2, 4), layout="constrained")
_ = axes.plot([0, 100], [0, 100], color="#c9c9c9", linestyle="--")
for side, colour, label in SIDES:
    bins = 100 * pd.DataFrame(curves["reliability"][side])
    off = [bins["happened"] - bins["low"], bins["high"] - bins["happened"]]
    _ = axes.errorbar(
        bins["predicted"],
        bins["happened"],
        off,
        fmt="o-",
        color=colour,
        label=label,
        elinewidth=0.7,
    )
_ = axes.set(xlabel="predicted, %", ylabel="happened, %", title="Reliability")
_ = axes.legend(frameon=False)

# %% [markdown]
# ## Whom a list finds
#
# The share of all leaving customers that a list of any length contains. The dashed line is a list
# drawn at random.

# %%
figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
_ = axes.plot([0, 100], [0, 100], color="#c9c9c9", linestyle="--")
for side, colour, label in SIDES:
    _ = axes.plot(SHARES, 100 * pd.Series(curves["gain"][side]), color=colour, label=label)
_ = axes.set(xlabel="customers contacted, %", ylabel="leavers reached, %", title="Gain")
_ = axes.legend(frameon=False)

# %% [markdown]
# ## What a campaign of each size is worth
#
# Per 1,000 customers, with 95% intervals at some sizes, under assumptions that only a hold-out can
# replace: the offer keeps 30% of those who would leave; everyone who stays takes it up, for a tenth
# of what a customer who leaves costs; each contact costs a hundredth of it. The best size is chosen
# on the customers it is evaluated on, which flatters model and rule alike.

# %%
campaign, leaving, stake = Campaign(), churn.test_rate, trained.bundle.metrics["stake"]
judged = {"baseline": churn.baselines[churn.best], "model": churn.model, "more": churn.gain}
figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
for (side, colour, label), shift in zip(SIDES, (0.5, -0.5), strict=True):
    leavers = pd.Series(curves["gain"][side]) * leaving * 1_000
    others = 10 * pd.Series(SHARES) - leavers
    worth = stake * (leavers * campaign.reached - others * campaign.wasted)
    _ = axes.plot(SHARES, worth, color=colour, label=label)
    at = [judged[side][f"profit_{length}"] for length in LENGTHS]
    low, high = ([1_000 * stake * getattr(one, end) for one in at] for end in ("low", "high"))
    _ = axes.vlines([length + shift for length in LENGTHS], low, high, color=colour)
_ = axes.set(xlabel="customers contacted, %", ylabel="EUR per 1,000 customers", title="Profit")
_ = axes.legend(frameon=False)
print(f"A customer who leaves costs {stake:.2f} EUR in 90 days, at a margin of 40%.")
for side, label in (("model", "Model"), ("baseline", "Rule"), ("more", "Model less rule")):
    in_money = scaled(judged[side]["profit"].to_json(), 1_000 * stake)
    print(f"{label} at its best size: {with_interval(in_money, ',.0f')} EUR per 1,000 customers.")

# %% [markdown]
# ## Strata
#
# Calibration sets a level each for first-time buyers, repeat customers and clients. The table shows
# whether it is right for them, and for customers by how they came and where they last bought. With
# fewer than 1,000 customers, an error is mostly chance. Intervals are of what happened.

# %%
pd.DataFrame(
    {
        name: {
            "customers": f"{group.rows:,}",
            "happened, %": group.happened,
            "predicted, %": f"{100 * group.mean_probability:.1f}",
            "calibration error": group.calibration,
        }
        for name, group in churn.strata.items()
    }
).T

# %% [markdown]
# ## What drives it

# %%
importance = pd.Series(trained.bundle.metrics["importance"]["churn"]).nlargest(10)[::-1]
columns = {column.name: column for column in trained.bundle.columns}
words = [meaning(columns[name]) for name in importance.index]
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
_ = axes.barh(words, importance, color="#1f5fa8")
_ = axes.set(xlabel="mean absolute contribution, log-odds")

# %% [markdown]
# ## Known limits, and the page for a manager

# %%
print(trained.bundle.card.split("## Known limits")[1].strip())
page = render(trained.bundle)
print(f"\nThe whole report is one page of {len(page) // 1_000} kB: `ladder report` writes it.")
