"""A bundle: what training hands to serving, as plain files.

`Bundle.read` checks every byte against the manifest before anything is parsed; each of
`Bundle.outcomes` predicts and explains straight from an Arrow table; `Bundle.write` makes the
folder, the same bytes for the same content. Nothing here needs more than NumPy, Arrow and LightGBM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.bundle.bundle import Bundle
    from training.bundle.outcome import OutcomeModel, SpendModel

__all__ = ["Bundle", "OutcomeModel", "SpendModel"]


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for.

    A server is ready before NumPy and Arrow are imported; until then it needs the manifest alone.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from training.bundle import bundle, outcome

    return getattr(bundle if name == "Bundle" else outcome, name)
