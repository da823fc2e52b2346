"""The page: what a bundle is, how good at a glance, a section per outcome, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from features.errors import LadderError
from features.units import count_of
from training import wording
from training.bundle import figures
from training.bundle.bundle import Bundle
from training.card import LIMITS, NEVER_ACTIVE, UNFIT, objecting
from training.report import markup, profit, section, spend
from training.snapshots.outcomes import ACTS, NAMES

_TENTH = 10
"""Per cent of customers: the list that a sentence tells of."""

_DID = {
    "churn": "left",
    "return": "who had lapsed came back",
    "refer": "referred a friend",
    "share": "shared the brand",
    "review": "left a positive review",
    "advocate": "referred, shared or left a positive review",
}
"""What customers did, as a sentence says it."""

# A page from disk has no server to say so: nothing may run, nothing may be fetched.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"

LAST = {"making": "How it is made", "limits": "Known limits", "words": "Words"}
"""The sections after those of the outcomes: their ids and what they are called."""

WORDS = (
    ("AUROC", "how often a customer it happens to is ranked above one it does not; 0.5 is chance"),
    ("average precision", "how pure the top of the ranking is; the base rate is chance"),
    ("Brier skill", "how much of the Brier of the base rate for everyone is saved; 0 is nothing"),
    ("Brier, log-loss", "how far probabilities lie from what happened; lower is better"),
    (
        "calibration error",
        "how far predicted shares are from observed ones, on average over ten groups of equal "
        "size, less what chance alone would show. At 0 these customers show no error beyond "
        "chance",
    ),
    (
        "95% interval",
        "the range that holds the figure for nineteen of twenty samples of customers like these",
    ),
    (
        "log-odds",
        "the scale on which the effects of features add up: even odds are 0, and 0.7 more doubles "
        "the odds",
    ),
    ("best simple rule", "the rule of thumb that did best before the day of judgement"),
    (
        "what serves",
        "the model; the rule, where its probabilities were better; or, as a prior, the rate of "
        "similar customers where there is too little data to learn from",
    ),
)

SPEND_WORDS = (
    ("deviance", "how far amounts lie from what was spent, for their size; lower is better"),
    (
        "rank correlation",
        "how well amounts rank customers by their spending: 1 is perfect, 0 no better than chance",
    ),
)


def render(bundle: Bundle) -> str:
    """Return a bundle's report as a whole page of HTML, the same bytes for the same bundle.

    Raises
    ------
    LadderError
        If the bundle lacks figures, as one that another version of this program wrote may.
    """
    try:
        return _page(bundle)
    except (LookupError, TypeError, ValueError, AttributeError) as reason:
        raise LadderError(
            "A report needs the figures that this version of the program writes into a bundle.",
            f"The bundle {bundle.id} lacks some ({type(reason).__name__}: {str(reason)[:120]}).",
            "Run `ladder train`, or use the version of the program that trained it.",
        ) from reason


def _page(bundle: Bundle) -> str:
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    title = f"Loyalty Ladder: {bundle.config.shop.name}"
    body = [
        *_opening(bundle),
        _contents(bundle),
        _glance(bundle),
        *_use(bundle),
        *(section.render(bundle, name) for name in _outcomes(bundle)),
        spend.render(bundle),
        *_making(bundle),
        *_limits(bundle),
    ]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            markup.tag("title", markup.text(title)),
            markup.tag("style", style),
            "</head><body><main>",
            *body,
            "</main></body></html>",
            "",
        ]
    )


def _outcomes(bundle: Bundle) -> list[str]:
    """Return the outcomes in the order of every report, which JSON does not keep."""
    return [name for name in NAMES if name in bundle.metrics["outcomes"]]


def _opening(bundle: Bundle) -> Iterator[str]:
    data = bundle.settings["data"]
    yield markup.tag("h1", markup.text(bundle.config.shop.name))
    yield markup.paragraph("How well this shop's customers can be predicted.", "lead")
    yield markup.paragraph(
        f"{bundle.report['customers']:,} customers, rows from {data['first']} until "
        f"{data['until']} (not included). Model version {bundle.id}."
    )


def _contents(bundle: Bundle) -> str:
    """Return where each section begins: the page is long."""
    spent = ["spend"] if bundle.metrics["spend"] else []
    names = [*_outcomes(bundle), *spent, *LAST]
    links = (f'<a href="#{name}">{name}</a>' for name in names)
    return f'<nav aria-label="Sections">{" ".join(links)}</nav>'


def _glance(bundle: Bundle) -> str:
    rows = [_row(name, bundle.metrics["outcomes"][name]) for name in _outcomes(bundle)]
    heads = ["outcome", "happened to", "AUROC, model", "AUROC, best simple rule", "difference"]
    told = (_in_words(name, bundle.metrics["outcomes"]) for name in _outcomes(bundle))
    opening = markup.tag("h2", "At a glance") + markup.items(filter(None, told))
    shown = opening + markup.table(
        [*heads, "so the model ranks", "calibration error of what serves", "serves"],
        rows,
        "On customers as of a day that the fit had not seen, with 95% intervals. Where the rule "
        "gives better probabilities, the rule serves.",
        "glance",
    )
    found = bundle.metrics["spend"]
    spent = markup.paragraph(markup.capitalised(found["verdict"]) if found else "")
    return shown + spent + _worth(bundle)


def _in_words(name: str, found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what a list by the model finds, for whoever has never read an AUROC."""
    judged = found[name]
    if not judged["model"] or judged["model"][f"lift_{_TENTH}"]["value"] is None:
        return ""
    acts = (found[act]["model"] for act in ACTS if act in found)
    if name == "advocate" and any(act == judged["model"] for act in acts):
        return ""  # the only act says the same
    rate, rule = judged["test_rate"], judged["baselines"][judged["best"]]
    times = judged["model"][f"lift_{_TENTH}"]
    hit, by_rule = (rate * side[f"lift_{_TENTH}"]["value"] for side in (judged["model"], rule))
    return (
        f"{markup.share(rate)} of the customers {_DID[name]} within "
        f"{count_of(judged['horizon_days'], 'day')}. Of the tenth that the model ranks first, "
        f"{markup.share(hit)} did: {markup.interval(times, 1)} times as many as of a tenth drawn "
        f"at random. Of the best simple rule's tenth, {markup.share(by_rule)} did."
    )


def _worth(bundle: Bundle) -> str:
    """Say what acting on churn is worth, where that is known."""
    judged = bundle.metrics["outcomes"].get("churn")
    curves = bundle.report["curves"].get("churn")
    money = profit.of(bundle, "churn", judged, curves) if judged and curves else None
    if money is None:
        return ""
    return markup.paragraph(
        f"{profit.at_best_cut(money)} The section on churn says what this assumes."
    )


def _row(name: str, judged: Mapping[str, Any]) -> list[str]:
    best = judged["baselines"].get(judged["best"], {})
    gain = judged["gains"].get(judged["best"], {})
    cells = [
        markup.interval(judged["model"].get("auroc")),
        markup.interval(best.get("auroc")),
        markup.interval(gain.get("auroc"), sign=True),
        judged["finding"],
        markup.interval(figures.served(judged).get("ece")),
    ]
    return [
        f"{name}, {count_of(judged['horizon_days'], 'day')}",
        markup.share(judged["test_rate"]),
        *(cells if judged["model"] else ["not judged", "", "", "", ""]),
        judged["basis"],
    ]


def _use(bundle: Bundle) -> Iterator[str]:
    churn = bundle.config.churn
    yield markup.tag("h2", "What it predicts, and for whom not")
    found = bundle.metrics["outcomes"]
    lines = [
        f"{name}: {wording.question(name, found[name]['horizon_days'], churn, found)}"
        for name in _outcomes(bundle)
    ]
    if bundle.metrics["spend"]:
        lines.append(f"spend: {wording.question('spend', churn.horizon_days, churn)}")
    for skipped in bundle.metrics["skipped"]:
        lines.append(f"{', '.join(skipped['outcomes'])}: not predicted, {skipped['why']}")
    yield markup.items(lines)
    yield markup.paragraph(
        f"Predicted for {wording.asked(churn)} (return: for lapsed ones). {NEVER_ACTIVE} "
        f"{objecting(bundle.report['objecting'])} {UNFIT}"
    )


def _making(bundle: Bundle) -> Iterator[str]:
    metrics = bundle.metrics
    yield _heading("making")
    method = wording.method(len(bundle.features), metrics["learner"], metrics["seed"])
    yield markup.items(method)


def _heading(name: str) -> str:
    """Return the heading of one of the sections after those of the outcomes."""
    return f'<h2 id="{name}">{LAST[name]}</h2>'


def _limits(bundle: Bundle) -> Iterator[str]:
    yield _heading("limits")
    noted = (f"{note.removesuffix('.')}." for note in bundle.metrics["notes"])
    yield markup.items([*LIMITS, *noted])
    yield markup.paragraph(
        "All figures belong to the evaluation fit, which never saw the day it is evaluated on. "
        "What serves is fitted in the same way on newer data."
    )
    yield _heading("words")
    glossary = (*WORDS, *SPEND_WORDS) if bundle.metrics["spend"] else WORDS
    meanings = (markup.tag("dt", word) + markup.tag("dd", meaning) for word, meaning in glossary)
    yield markup.tag("dl", "".join(meanings))
