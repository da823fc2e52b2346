"""The report: a bundle's evaluation as one HTML page that opens from disk.

    render(bundle)      the page: no scripts, nothing fetched, the same bytes for the same bundle

`page` holds what is said of the whole bundle, `section` what is said of one outcome: its
`calibration`, the `gain` of its lists, the `profit` of acting on them, its `drivers`. `spend` is
about amounts. `charts` are the drawings (SVG), `markup` is how text becomes HTML.
"""

from training.report.page import render

__all__ = ["render"]
