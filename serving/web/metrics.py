"""Numbers for Prometheus, counted in this process."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict

from serving.store import PublishedRun
from serving.store.run import now

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the latency buckets, in seconds."""


class Metrics:
    """Requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests[method, route, status] += 1
        self._buckets[route][bisect_left(BOUNDS, seconds)] += 1
        self._seconds[route] += seconds

    def text(self, run: PublishedRun) -> str:
        """Return everything in Prometheus's text format."""
        age = now() / 1e6 - run.published_at.timestamp()
        lines = ["# TYPE ladder_requests_total counter"]
        for (method, route, status), count in sorted(self._requests.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            lines.append(f"ladder_requests_total{{{labels}}} {count}")
        lines.append("# TYPE ladder_request_seconds histogram")
        for route, counts in sorted(self._buckets.items()):
            lines += self._histogram(route, counts)
        lines += [
            "# TYPE ladder_run_age_seconds gauge",
            f"ladder_run_age_seconds {age:.0f}",
            "# TYPE ladder_run_customers gauge",
            f"ladder_run_customers {run.customers}",
            "# TYPE ladder_run_info gauge",
            f'ladder_run_info{{run_id="{run.run_id}",as_of="{run.info.as_of}"}} 1',
        ]
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str, counts: list[int]) -> list[str]:
        """Return a route's latencies: cumulative buckets, sum and count."""
        name, total, lines = "ladder_request_seconds", 0, []
        for bound, count in zip((*BOUNDS, "+Inf"), counts, strict=True):
            total += count
            lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {total}')
        lines.append(f'{name}_sum{{route="{route}"}} {self._seconds[route]:.6f}')
        return [*lines, f'{name}_count{{route="{route}"}} {total}']
