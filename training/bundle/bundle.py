"""The bundle: all that serving needs of a training, as an object and as a folder of plain files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from features.catalogue import Column
from features.config import Config
from features.errors import LadderError
from training.bundle import manifest
from training.bundle.blend import Blend
from training.bundle.money import Money
from training.bundle.outcome import OutcomeModel, SpendModel
from training.bundle.similar import Similar

SPEND = "spend"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What training hands to serving.

    Parameters
    ----------
    settings : mapping
        The sections of the configuration without sources, and ``data``: the data's window and
        fingerprint; JSON data.
    columns : tuple of Column
        Features and facts, in the order the engine shall compute them.
    outcomes : mapping of str to OutcomeModel
    spend : SpendModel, optional
    money : Money
        Friends, next order, what leavers spend.
    thresholds, metrics, golden : mapping
        JSON data: tiers and quadrant; figures beside baselines; made-up customers and their scores.
    card : str
        Markdown.
    report : mapping
        JSON data: curves and shapes of effects, what `training.report` draws beside the figures.
    """

    settings: Mapping[str, Any]
    columns: tuple[Column, ...]
    outcomes: Mapping[str, OutcomeModel]
    spend: SpendModel | None = None
    money: Money = field(default_factory=Money)
    thresholds: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    golden: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Return the bundle's name: a digest of its content."""
        return manifest.identity(manifest.seal(self.files()))

    @cached_property
    def config(self) -> Config:
        """Return the shop's configuration as trained with, without its sources."""
        return Config.from_settings({k: v for k, v in self.settings.items() if k != "data"})

    @cached_property
    def similar(self) -> Mapping[str, Similar]:
        """Return what is usual among the customers of each outcome."""
        return {name: Similar.of(model, self.thresholds) for name, model in self.outcomes.items()}

    @property
    def features(self) -> tuple[Column, ...]:
        """Return the feature columns."""
        return tuple(column for column in self.columns if column.is_feature)

    def files(self) -> dict[str, bytes]:
        """Return the content of every file but the manifest, the same bytes each time."""
        data: dict[str, Any] = {
            "settings.json": self.settings,
            "columns.json": [column.to_json() for column in self.columns],
            "money.json": self.money.to_json(),
            "thresholds.json": self.thresholds,
            "metrics.json": self.metrics,
            "golden.json": self.golden,
            "report.json": self.report,
            "card.md": self.card,
        }
        models = {**self.outcomes, **({SPEND: self.spend} if self.spend else {})}
        for name, model in models.items():
            data |= {f"outcomes/{name}/{file}": part for file, part in model.files().items()}
        return {
            name: part.encode() if isinstance(part, str) else manifest.encode(part)
            for name, part in data.items()
        }

    def write(self, folder: Path) -> Path:
        """Write the bundle as a folder: whole, or not at all.

        Raises
        ------
        LadderError
            If the folder exists.
        """
        manifest.write(folder, self.files())
        return folder

    @classmethod
    def read(cls, folder: Path | str) -> Self:
        """Read a bundle whose every byte is as its manifest says.

        Raises
        ------
        LadderError
            If a file is missing, extra, changed, linked or outside the folder, of a newer format,
            or not what this program writes.
        """
        identity, files = manifest.read(Path(folder))
        try:
            bundle = cls._parsed(files)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as reason:
            raise LadderError(
                "A bundle must have the contents that this version of the program writes.",
                f"{folder} does not ({type(reason).__name__}: {str(reason)[:120]}).",
                "Run `ladder train`, then `ladder promote` with the version that it makes.",
            ) from reason
        # The name it was written under, whatever this program would write today.
        vars(bundle)["id"] = identity
        return bundle

    @classmethod
    def _parsed(cls, files: Mapping[str, bytes]) -> Self:
        data = {name: json.loads(files[name]) for name in files if name.endswith(".json")}
        outcomes = {
            name.split("/")[1]: (part, _texts(files, name, part))
            for name, part in data.items()
            if name.endswith("/blend.json")
        }
        spend = outcomes.pop(SPEND, None)
        return cls(
            settings=data["settings.json"],
            columns=tuple(Column.from_json(column) for column in data["columns.json"]),
            outcomes={name: OutcomeModel.from_json(*parts) for name, parts in outcomes.items()},
            spend=SpendModel.from_json(*spend) if spend else None,
            money=Money.from_json(data["money.json"]),
            thresholds=data["thresholds.json"],
            metrics=data["metrics.json"],
            golden=data["golden.json"],
            card=files["card.md"].decode(),
            report=data["report.json"],
        )


def _texts(files: Mapping[str, bytes], name: str, part: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the trees of the outcome whose ``blend.json`` is `name`."""
    count = Blend.models(part["blend"]) if part["blend"] else 0
    folder = name.removesuffix("blend.json")
    return tuple(files[f"{folder}model-{number}.txt"].decode() for number in range(count))
