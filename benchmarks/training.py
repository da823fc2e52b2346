"""Where a training's time goes.

A training should spend its time on features and in LightGBM: at most half as much again on
everything else.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        self.lock, self.held = threading.Lock(), threading.local()

    def stage(self, name: str, _: float | None = None) -> None:
        """Hear of a training's stage."""
        if name.startswith("judging") and not self.features:
            self.features = cpu() - self.start

    @contextmanager
    def on(self, owner: Any, name: str) -> Iterator[None]:
        """Time a function of LightGBM wherever it is called from meanwhile."""
        function = getattr(owner, name)
        setattr(owner, name, self._timed(function))
        try:
            yield
        finally:
            setattr(owner, name, function)

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            start, outer = time.thread_time(), getattr(self.held, "inside", False)
            self.held.inside = True
            try:
                return function(*given, **named)
            finally:
                self.held.inside = outer
                if not outer:  # a fit looks at its data once more; that is in its own time
                    with self.lock:
                        self.boosting += time.thread_time() - start

        return timed


def section(options: Options) -> str:
    """Train once on the made-up shop of the demonstration."""
    with tempfile.TemporaryDirectory() as folder:
        config = load(make_shop(customers=options.customers, seed=7).write(Path(folder)))
        watch, begun = Stopwatch(), time.perf_counter()
        with watch.on(lightgbm, "train"), watch.on(lightgbm.Dataset, "construct"):
            train(config, Path(folder), progress=watch.stage)
        return _text(options.customers, watch, cpu() - watch.start, time.perf_counter() - begun)


def _text(customers: int, watch: Stopwatch, whole: float, seconds: float) -> str:
    bare = watch.features + watch.boosting
    parts = {"reading, features": watch.features, "LightGBM: data, fits": watch.boosting}
    rows = (*parts.items(), ("the rest", whole - bare), ("all", whole))
    body = ((name, f"{took:.1f}", f"{took / whole:.0%}") for name, took in rows)
    return (
        f"`ladder train` on the made-up shop with {customers:,} customers, once: {seconds:.0f} s "
        f"by the clock.\n\n"
        + table(("step", "CPU-seconds", "of the whole"), body)
        + f"\nThe whole is {whole / bare:.2f} times features and LightGBM; at 100,000 customers it "
        f"should be at most {_LIMIT}.\n"
    )
