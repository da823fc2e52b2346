"""MLflow: where a data scientist finds every training, its figures and its model.

The only module that imports MLflow. It goes through clients that are told their address, never
through MLflow's process-wide settings, so that a notebook's own experiment stays as it was. The
champion file of the home decides what serves; the aliases here only mirror it.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from training.pyfunc import signature

PACKAGES = ("features", "training")
"""Source folders that travel with a registered model."""

REQUIREMENTS = ("lightgbm", "mlflow", "numpy", "pandas", "pyarrow", "pydantic", "tzdata")
"""What those packages need to score, pinned to the versions that trained."""

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""What MLflow reads from the environment to stay silent; a user's own settings come first."""

STORE, ARTIFACTS = "mlflow.db", "artifacts"
"""The embedded store's file and folder in the home."""

PREFIX = "Loyalty Ladder "
"""How the names of our experiments and models begin."""

CHAMPION, CHALLENGER = "champion", "challenger"
BUNDLE_TAG = "bundle"

Picture = Callable[[Path], None]


@dataclass(frozen=True)
class Trial:
    """One run to record: the training itself, or one of its outcomes.

    Parameters
    ----------
    name : str
    parameters : mapping
        What was set; written as text.
    metrics : mapping of str to float
        What was measured; figures that are not finite are left out.
    tags : mapping of str to str
    texts : mapping of str to str
        File name to content, for the run's artifacts.
    pictures : mapping of str to callable
        File name to a function that draws into a path.
    """

    name: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)


@dataclass(frozen=True)
class Tracker:
    """MLflow's store for one home.

    Parameters
    ----------
    home : Path
        Holds the embedded store ``mlflow.db`` and ``artifacts/``.
    shop : str
        Names the experiment and the registered model.
    uri : str, optional
        A team's server (``MLFLOW_TRACKING_URI``); the embedded store if left out.
    since : float, optional
        When the training began, in seconds since 1970, so that its run lasts as long as it did;
        by default when it is recorded.
    """

    home: Path
    shop: str
    uri: str | None = None
    since: float | None = None

    @property
    def address(self) -> str:
        """Return the tracking address in use."""
        return self.uri or f"sqlite:///{self.home.absolute() / STORE}"

    @property
    def name(self) -> str:
        """Return the name of experiment and model.

        MLflow refuses ``/`` and ``:`` there, and its filters cannot escape a quote.
        """
        return PREFIX + re.sub(r"[^\w .-]", "-", self.shop)

    def record(
        self,
        parent: Trial,
        children: Sequence[Trial],
        *,
        fingerprint: str,
        bundle: Path,
        alias: str,
    ) -> str:
        """Record a training and register its bundle as a new model version.

        Parameters
        ----------
        parent, children : Trial
            The training, and a run for each outcome.
        fingerprint : str
            Digest of the rows that were read.
        bundle : Path
            The bundle's folder; its name is the bundle's id.
        alias : {"champion", "challenger"}

        Returns
        -------
        str
            The version's number. A bundle that is registered already keeps its number.
        """
        with _quietly() as mlflow:
            client = self._client(mlflow)
            experiment = self._experiment(client)
            run = _start(client, experiment, parent, {}, self.since)
            _log_dataset(client, run, self.shop, fingerprint)
            for child in children:
                inner = _start(client, experiment, child, {"mlflow.parentRunId": run})
                client.set_terminated(inner)
            number = self._register(client, run, bundle)
            client.set_registered_model_alias(self.name, alias, number)
            client.set_terminated(run)
            return number

    def mirror(self, bundle: str) -> bool:
        """Move the alias ``champion`` to a bundle's version; False where it is not registered."""
        with _quietly() as mlflow:
            client = self._client(mlflow)
            number = self._number(client, bundle)
            if number is None:
                return False
            client.set_registered_model_alias(self.name, CHAMPION, number)
            return True

    def champion(self) -> str | None:
        """Return the bundle that the alias ``champion`` names, or None."""
        with _quietly() as mlflow:
            from mlflow.exceptions import MlflowException

            try:
                version = self._client(mlflow).get_model_version_by_alias(self.name, CHAMPION)
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return None  # no such model, or no such alias
                raise
            return str(version.tags.get(BUNDLE_TAG))

    def _client(self, mlflow: Any) -> Any:
        store = self.home.absolute() / STORE
        if self.uri is None and not store.exists():
            # Dozens of migrations make the store. Interrupted half-way, or run by two at once,
            # they would leave one that never opens again; so it is made beside and renamed.
            draft = store.with_name(f".{STORE}.{os.getpid()}")
            mlflow.MlflowClient(f"sqlite:///{draft}").search_experiments(max_results=1)
            os.replace(draft, store)
        return mlflow.MlflowClient(self.address, self.address)

    def _experiment(self, client: Any) -> str:
        found = client.get_experiment_by_name(self.name)
        if found is not None:
            return str(found.experiment_id)
        # A server has its own place for artifacts. A database has none, and without one MLflow
        # leaves ./mlruns wherever it is run.
        served = self.address.startswith(("http:", "https:"))
        artifacts = None if served else (self.home.absolute() / ARTIFACTS).as_uri()
        return str(client.create_experiment(self.name, artifact_location=artifacts))

    def _register(self, client: Any, run: str, bundle: Path) -> str:
        """Log the bundle as a pyfunc model under a run and register it."""
        if not client.search_registered_models(f"name = '{self.name}'"):
            client.create_registered_model(self.name)
        known = self._number(client, bundle.name)
        if known is not None:
            return known
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            save_model(model, bundle)
            client.log_artifacts(run, str(model), "model")
        made = client.create_model_version(
            self.name, f"runs:/{run}/model", run, tags={BUNDLE_TAG: bundle.name}
        )
        return str(made.version)

    def _number(self, client: Any, bundle: str) -> str | None:
        """Return the number of the version that holds a bundle."""
        versions = client.search_model_versions(f"name = '{self.name}'")
        return next((str(v.version) for v in versions if v.tags.get(BUNDLE_TAG) == bundle), None)


@contextmanager
def _quietly() -> Iterator[Any]:
    """Import MLflow and keep its narration of routine work off a person's terminal.

    Errors still raise. Telemetry is off: a training says nothing to anybody.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # What MLflow's libraries deprecate in one another is nothing a shop could mend.
        warnings.simplefilter("ignore")
        import mlflow

        loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield mlflow
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _start(
    client: Any,
    experiment: str,
    trial: Trial,
    tags: Mapping[str, str],
    since: float | None = None,
) -> str:
    """Create a run and log everything of a trial under it; return its id."""
    from mlflow.entities import Metric, Param

    began = None if since is None else int(since * 1000)
    made = client.create_run(experiment, began, {**trial.tags, **tags}, trial.name)
    run = str(made.info.run_id)
    params = [Param(name, str(value)) for name, value in trial.parameters.items()]
    metrics = [
        Metric(name, float(value), 0, 0)
        for name, value in trial.metrics.items()
        if abs(value) < float("inf")
    ]
    client.log_batch(run, metrics, params)
    for name, text in trial.texts.items():
        client.log_text(run, text, name)
    with tempfile.TemporaryDirectory() as folder:
        for name, draw in trial.pictures.items():
            draw(Path(folder) / name)
        client.log_artifacts(run, folder)
    return run


def _log_dataset(client: Any, run: str, shop: str, fingerprint: str) -> None:
    from mlflow.entities import Dataset, DatasetInput

    # The source is said by name only: an address may hold what nobody else should read.
    read = Dataset(shop, fingerprint[:32], "ladder.toml", "{}")
    client.log_inputs(run, [DatasetInput(read)])


def save_model(folder: Path, bundle: Path) -> None:
    """Write a bundle as a pyfunc model: plain files, code and requirements, nothing pickled.

    Parameters
    ----------
    folder : Path
        Made; what ``mlflow models serve --model-uri`` is told.
    bundle : Path
        A bundle's folder.
    """
    root = Path(__file__).parents[1]
    signed, example = signature(bundle)
    with _quietly() as mlflow:
        mlflow.pyfunc.save_model(
            folder,
            loader_module="training.pyfunc",
            data_path=str(bundle),
            code_paths=[str(root / package) for package in PACKAGES],
            signature=signed,
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
