"""Records every training in MLflow, and mirrors which version serves.

It goes through clients that are told their address (`training.registry.connection`), never through
MLflow's process-wide settings, so that a notebook's own experiment stays as it was. The champion
file of the home decides what serves; the aliases here only mirror it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.errors import LadderError
from training.registry import unfinished
from training.registry.connection import ARTIFACTS, connect, quietly
from training.registry.packaging import ABOUT, save_model
from training.registry.unfinished import Note

PREFIX = "Loyalty Ladder "
"""How the names of our experiments and models begin."""

CHAMPION, CHALLENGER = "champion", "challenger"
BUNDLE_TAG = "bundle"
MODEL = "model"
"""The folder of a run's artifacts that holds the MLflow model."""

VERDICT = "verdict"
"""The tag of a run that says how good an outcome is."""

LONGEST = 5_000
"""Characters of a version's description that MLflow's store takes."""

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

        Raises
        ------
        LadderError
            If the experiment was deleted.
        MlflowException
            If MLflow cannot be reached or refuses; its run is then marked as failed.
        """
        with quietly():
            client = connect(self.home, self.uri)
            experiment = self._experiment(client)
            unfinished.end(self.home, client)
            with (
                unfinished.noting(self.home) as note,
                _run(client, experiment, parent, {}, note, self.since) as run,
            ):
                _log_dataset(client, run, self.shop, fingerprint)
                for child in children:
                    with _run(client, experiment, child, {"mlflow.parentRunId": run}, note):
                        pass
                number = self._register(client, run, bundle, _about(children))
                self._give(client, alias, number)
            return number

    def mirror(self, bundle: str) -> bool:
        """Move the alias ``champion`` to a bundle's version; False where it is not registered."""
        with quietly():
            client = connect(self.home, self.uri)
            number = self._number(client, bundle)
            if number is None:
                return False
            self._give(client, CHAMPION, number)
            return True

    def champion(self) -> str | None:
        """Return the bundle that the alias ``champion`` names, or None."""
        with quietly():
            from mlflow.exceptions import MlflowException

            try:
                version = connect(self.home, self.uri).get_model_version_by_alias(
                    self.name, CHAMPION
                )
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return None  # no such model, or no such alias
                raise
            return str(version.tags.get(BUNDLE_TAG))

    def _experiment(self, client: Any) -> str:
        found = client.get_experiment_by_name(self.name)
        if found is None:
            # A server has its own place for artifacts. A database has none, and without one MLflow
            # leaves ./mlruns wherever it is run.
            served = (self.uri or "").startswith(("http:", "https:"))
            artifacts = None if served else (self.home.absolute() / ARTIFACTS).as_uri()
            with _unless_another_did():
                client.create_experiment(self.name, artifact_location=artifacts)
            found = client.get_experiment_by_name(self.name)
        if found.lifecycle_stage == "deleted":
            raise LadderError(
                "The MLflow experiment that records trainings must not be deleted.",
                f"{self.name!r} was deleted.",
                f"Run `mlflow experiments restore --experiment-id {found.experiment_id}`, or "
                "`mlflow gc` to begin a new one.",
            )
        return str(found.experiment_id)

    def _register(self, client: Any, run: str, bundle: Path, about: str) -> str:
        """Log the bundle as a pyfunc model under a run and register it with what is said of it."""
        if not client.search_registered_models(f"name = '{self.name}'"):
            with _unless_another_did():
                client.create_registered_model(self.name, description=ABOUT)
        known = self._number(client, bundle.name)
        if known is not None:
            return known
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / MODEL
            save_model(model, bundle)
            client.log_artifacts(run, str(model), MODEL)
        made = client.create_model_version(
            self.name,
            f"runs:/{run}/{MODEL}",
            run,
            tags={BUNDLE_TAG: bundle.name},
            description=about,
        )
        return str(made.version)

    def _give(self, client: Any, alias: str, number: str) -> None:
        """Move an alias to a version; the champion challenges nobody."""
        client.set_registered_model_alias(self.name, alias, number)
        aliases = client.get_registered_model(self.name).aliases
        if CHALLENGER in aliases and aliases[CHALLENGER] == aliases.get(CHAMPION):
            client.delete_registered_model_alias(self.name, CHALLENGER)

    def _number(self, client: Any, bundle: str) -> str | None:
        """Return the number of the version that holds a bundle."""
        versions = client.search_model_versions(f"name = '{self.name}'")
        return next((str(v.version) for v in versions if v.tags.get(BUNDLE_TAG) == bundle), None)


@contextmanager
def _unless_another_did() -> Iterator[None]:
    """Make what has one name; another training may have made it meanwhile."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


@contextmanager
def _run(
    client: Any,
    experiment: str,
    trial: Trial,
    tags: Mapping[str, str],
    note: Note,
    since: float | None = None,
) -> Iterator[str]:
    """Log everything of a trial under a run of its own, yield its id, and end it.

    A run that cannot be recorded whole is marked as failed: MLflow would show it as running for
    ever. That of a training that is killed is ended by the next one.
    """
    began = None if since is None else int(since * 1000)
    made = client.create_run(experiment, began, {**trial.tags, **tags}, trial.name)
    run = str(made.info.run_id)
    note(run)
    try:
        _log(client, run, trial)
        yield run
    except BaseException:
        with suppress(Exception):  # what went wrong first is what to tell of
            client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run)


def _log(client: Any, run: str, trial: Trial) -> None:
    """Log parameters, figures, texts and pictures of a trial under a run."""
    from mlflow.entities import Metric, Param

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


def _about(children: Sequence[Trial]) -> str:
    """Return how good each outcome is, for whoever looks at a version in the registry."""
    verdicts = (child.tags[VERDICT] for child in children if VERDICT in child.tags)
    return "\n".join(f"- {verdict}" for verdict in verdicts)[:LONGEST]


def _log_dataset(client: Any, run: str, shop: str, fingerprint: str) -> None:
    from mlflow.entities import Dataset, DatasetInput

    # The source is said by name only: an address may hold what nobody else should read.
    read = Dataset(shop, fingerprint[:32], "ladder.toml", "{}")
    client.log_inputs(run, [DatasetInput(read)])
