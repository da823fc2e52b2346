"""Where a training's time goes.

A training should spend its time on features and in LightGBM: at most half as much again on
everything else.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm

from benchmarks.measure import cpu
from benchmarks.page import table
from benchmarks.sections import Options
from features.config import load
from features.sample import make_shop
from training.train import train

_LIMIT = 1.5
"""For 100,000 customers; on a small shop MLflow and the intervals weigh more."""


class Stopwatch:
    """CPU-seconds until the fits begin, and inside LightGBM, from whatever thread."""

    def __init__(self) -> None:
        self.start, self.features, self.boosting = cpu(), 0.0, 0.0
        self.lock = threading.Lock()

    def stage(self, name: str, _: float | None = None) -> None:
        """Hear of a training's stage."""
        if name.startswith("judging") and not self.features:
            self.features = cpu() - self.start

    def inside(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, timed."""

        def timed(*given: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return function(*given, **named)
            finally:
                with self.lock:
                    self.boosting += time.thread_time() - start

        return timed


def section(options: Options) -> str:
    """Train once on the made-up shop of the demonstration."""
    with tempfile.TemporaryDirectory() as folder:
        config = load(make_shop(customers=options.customers, seed=7).write(Path(folder)))
        watch, plain = Stopwatch(), lightgbm.train
        lightgbm.train = watch.inside(plain)
        try:
            train(config, Path(folder), progress=watch.stage)
        finally:
            lightgbm.train = plain
        return _text(options.customers, watch, cpu() - watch.start)


def _text(customers: int, watch: Stopwatch, whole: float) -> str:
    bare = watch.features + watch.boosting
    parts = {"reading, features": watch.features, "LightGBM": watch.boosting}
    rows = (*parts.items(), ("the rest", whole - bare), ("all", whole))
    body = ((name, f"{seconds:.1f}", f"{seconds / whole:.0%}") for name, seconds in rows)
    return (
        f"`ladder train` on the made-up shop with {customers:,} customers, once.\n\n"
        + table(("step", "CPU-seconds", "of the whole"), body)
        + f"\nThe whole is {whole / bare:.2f} times features and LightGBM; at 100,000 customers it "
        f"should be at most {_LIMIT}.\n"
    )
