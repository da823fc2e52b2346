"""The report: a bundle's evaluation as one HTML page that opens from disk.

    render(bundle)      the page: no scripts, nothing fetched, the same bytes for the same bundle

`page` holds what is said of the whole bundle, `section` what is said of one outcome, `spend` of
amounts, `profit` the money of a campaign, `charts` the drawings (SVG), `markup` how text becomes
HTML.
"""

from training.report.page import render

__all__ = ["render"]
