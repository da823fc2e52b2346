"""Packaging: a bundle as a folder that MLflow serves, with the code that reads it."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from training.pyfunc import signature
from training.registry.connection import quietly

PACKAGES = ("features", "training")
"""Source folders that travel with a registered model."""

REQUIREMENTS = ("lightgbm", "mlflow", "numpy", "pandas", "pyarrow", "pydantic", "tzdata")
"""What those packages need to score, pinned to the versions that trained."""

ABOUT = (
    "Probabilities that a customer leaves, returns, refers a friend, shares the brand or leaves a "
    "positive review, from raw histories.\n\n"
    "Input: a row per customer with `customer_id` and, nested, `orders`, `engagement` and "
    "`profile`; the parameter `as_of` is the instant of the score.\n\n"
    "The version called `champion` mirrors the one that serves. A version's description says how "
    "good it is; its run holds the model card and the report."
)
"""What a registered model is, for whoever finds it in MLflow."""


def save_model(folder: Path, bundle: Path) -> None:
    """Write a bundle as a pyfunc model: plain files, code and requirements, nothing pickled.

    Parameters
    ----------
    folder : Path
        Made; what ``mlflow models serve --model-uri`` is told.
    bundle : Path
        A bundle's folder.
    """
    root = Path(__file__).parents[2]
    signed, example = signature(bundle)
    with quietly() as mlflow:
        mlflow.pyfunc.save_model(
            folder,
            loader_module="training.pyfunc",
            data_path=str(bundle),
            code_paths=[str(root / package) for package in PACKAGES],
            signature=signed,
            input_example=example,
            pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
        )
