"""A bundle: what training hands to serving, as plain files.

`Bundle.read` checks every byte against the manifest before anything is parsed; each of
`Bundle.outcomes` predicts and explains straight from an Arrow table; `Bundle.write` makes the
folder, the same bytes for the same content. Nothing here needs more than NumPy, Arrow and LightGBM.
"""

from __future__ import annotations

from training.bundle.bundle import Bundle
from training.bundle.outcome import OutcomeModel, SpendModel

__all__ = ["Bundle", "OutcomeModel", "SpendModel"]
