"""From columns to steps: what trees share is computed once, and forgotten after its last use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import cast

from features.catalogue import Column
from features.clock import Window
from features.expressions import expression as x


@dataclass(frozen=True)
class Source:
    """The rows an aggregate needs: a table, a condition, a field that must hold a value."""

    table: str
    where: x.Row | None
    field: str | None


@dataclass(frozen=True)
class Step:
    """One measure to compute.

    Parameters
    ----------
    node : Measure
        What to compute; the measures inside come from `inputs`.
    window : Window
        The window an aggregate sees.
    inputs : tuple of int
        Steps whose results are needed.
    source : int or None
        The position of an aggregate's rows among the plan's sources.
    """

    node: x.Measure
    window: Window
    inputs: tuple[int, ...]
    source: int | None


@dataclass(frozen=True)
class Plan:
    """Steps in an order in which inputs come first.

    Parameters
    ----------
    columns : tuple of Column
        What to compute.
    steps : tuple of Step
        Each is worked out once, from those before it.
    outputs : tuple of int
        The step of each column.
    sources : tuple of Source
    groups : tuple of int
        For each source, which group it is of: those of a group have their table and condition in
        common.
    windows : tuple of frozenset of Window
        The windows asked of each group.
    last_use : tuple of int
        For each step, the step after which its result is not needed; itself if nothing but columns
        need it.
    """

    columns: tuple[Column, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    sources: tuple[Source, ...]
    groups: tuple[int, ...]
    windows: tuple[frozenset[Window], ...]
    last_use: tuple[int, ...]

    @cached_property
    def all_windows(self) -> frozenset[Window]:
        """Every window that is asked for."""
        return frozenset().union(*self.windows)

    @cached_property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    @cached_property
    def sources_of(self) -> dict[int, list[int]]:
        """For each group, its sources."""
        found: dict[int, list[int]] = {}
        for source, group in enumerate(self.groups):
            found.setdefault(group, []).append(source)
        return found

    @cached_property
    def columns_of(self) -> dict[int, list[int]]:
        """For each step that is a column, which columns it is."""
        found: dict[int, list[int]] = {}
        for column, step in enumerate(self.outputs):
            found.setdefault(step, []).append(column)
        return found

    @cached_property
    def last_steps(self) -> frozenset[int]:
        """The steps after which the rows of their group are not needed any more."""
        last = {self.groups[s.source]: n for n, s in enumerate(self.steps) if s.source is not None}
        return frozenset(last.values())


def plan(columns: Sequence[Column]) -> Plan:
    """Return the steps that compute `columns`; the plan of the same objects is made once.

    Columns are known again by identity: to compare trees would take longer than to score one
    customer. A plan holds its columns, so that no other object can have taken their place.
    """
    key = tuple(map(id, columns))
    found = _PLANS.pop(key, None) or _planned(tuple(columns))
    _PLANS[key] = found
    while len(_PLANS) > _KEPT_PLANS:
        _PLANS.pop(next(iter(_PLANS)), None)
    return found


_KEPT_PLANS = 16
_PLANS: dict[tuple[int, ...], Plan] = {}
"""The plans used last, the latest at the end."""


def _planned(columns: tuple[Column, ...]) -> Plan:
    builder = _Builder()
    outputs = tuple(builder.add(column.expression, column.window) for column in columns)
    return builder.finish(columns, outputs)


class _Builder:
    """Collects steps, finding those that are there already."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._known: dict[tuple[x.Measure, Window], int] = {}
        self._sources: dict[Source, int] = {}
        self._groups: dict[tuple[str, x.Row | None], int] = {}
        self._windows: list[set[Window]] = []

    def add(self, node: x.Measure, asked: Window) -> int:
        """Return the step that computes `node` over the window asked for."""
        window = asked
        if isinstance(node, x.Aggregate):
            window = _window_of(node.span, asked)
            node = replace(node, span=None)
        if (node, window) not in self._known:
            inputs = tuple(self.add(inner, asked) for inner in _inner_measures(node))
            step = Step(node, window, inputs, self._source(node, window))
            self.steps.append(step)
            self._known[node, window] = len(self.steps) - 1
        return self._known[node, window]

    def finish(self, columns: tuple[Column, ...], outputs: tuple[int, ...]) -> Plan:
        """Return the plan."""
        return Plan(
            columns,
            tuple(self.steps),
            outputs,
            tuple(self._sources),
            tuple(self._groups[source.table, source.where] for source in self._sources),
            _shared(self._windows),
            _last_uses(self.steps),
        )

    def _source(self, node: x.Measure, window: Window) -> int | None:
        if not isinstance(node, x.Aggregate):
            return None
        source = Source(node.table, node.where, node.field)
        group = self._groups.setdefault((node.table, node.where), len(self._groups))
        if group == len(self._windows):
            self._windows.append(set())
        self._windows[group].add(window)
        return self._sources.setdefault(source, len(self._sources))


def _shared(windows: Sequence[set[Window]]) -> tuple[frozenset[Window], ...]:
    """Return the sets frozen, equal ones as one object: looking it up again is then quick."""
    known: dict[frozenset[Window], frozenset[Window]] = {}
    return tuple(known.setdefault(one, one) for one in map(frozenset, windows))


def _window_of(span: x.Span | None, asked: Window) -> Window:
    """Return the window an aggregate sees when its feature is asked over `asked`."""
    return asked if span is None else Window(cast("int | None", span.start), cast(int, span.end))


def _inner_measures(node: x.Measure) -> Sequence[x.Measure]:
    inner = (getattr(node, field.name) for field in fields(node))
    return [child for child in inner if isinstance(child, x.Measure)]


def _last_uses(steps: Sequence[Step]) -> tuple[int, ...]:
    last = list(range(len(steps)))
    for user, step in enumerate(steps):
        for needed in step.inputs:
            last[needed] = max(last[needed], user)
    return tuple(last)
