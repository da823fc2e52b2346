"""Where a training's time goes: .ci/bench.py [CUSTOMERS].

CPU-seconds of all processes, which other work on the machine disturbs least. A training should
spend its time on features and in LightGBM: at most half as much again on everything else.
"""

import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm

from features.config import load
from features.sample import make_shop
from training.train import train

LIMIT = 1.5
"""For 100,000 customers; on a small shop MLflow and the intervals weigh more."""


class Stopwatch:
    """CPU-seconds until the fits begin, and inside LightGBM, from whatever thread."""

    def __init__(self) -> None:
        self.start, self.features, self.boosting = spent(), 0.0, 0.0
        self.lock = threading.Lock()

    def stage(self, name: str, _: float | None = None) -> None:
        """Hear of a training's stage."""
        if name.startswith("judging") and not self.features:
            self.features = spent() - self.start

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


def spent() -> float:
    """Return the CPU-seconds of this process and of those that it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def main(customers: int) -> int:
    """Train once on a made-up shop and print the table; 1 where the limit is passed."""
    with tempfile.TemporaryDirectory() as folder:
        config = load(make_shop(customers=customers, seed=7).write(Path(folder)))
        watch = Stopwatch()
        lightgbm.train = watch.inside(lightgbm.train)
        train(config, Path(folder), progress=watch.stage)
        whole = spent() - watch.start
    bare = watch.features + watch.boosting
    parts = {"reading, features": watch.features, "LightGBM": watch.boosting}
    rows = (*parts.items(), ("the rest", whole - bare), ("all", whole))
    lines = [
        f"{customers:,} customers, {os.cpu_count()} cores\n",
        "| step | CPU-seconds | of the whole |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {seconds:.1f} | {seconds / whole:.0%} |" for name, seconds in rows),
        f"\nThe whole is {whole / bare:.2f} times features and LightGBM; at most {LIMIT}.\n",
    ]
    sys.stdout.write("\n".join(lines))
    return int(whole > LIMIT * bare)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
