"""Text to HTML: everything that is written passes through `escape` here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from training.bundle.figures import Figure, scaled, with_interval

_COMMAND = re.compile(r"`([^`]+)`")


def tag(name: str, content: str, kind: str = "") -> str:
    """Return an element around HTML that is already safe.

    >>> tag("p", text("5 < 6"), "note")
    '<p class="note">5 &lt; 6</p>'
    """
    attribute = f' class="{kind}"' if kind else ""
    return f"<{name}{attribute}>{content}</{name}>"


def text(words: object) -> str:
    """Return plain text as HTML."""
    return escape(str(words))


def paragraph(words: str, kind: str = "") -> str:
    """Return plain text as a paragraph, nothing where there is none."""
    return tag("p", text(words), kind) if words else ""


def capitalised(words: str) -> str:
    """Return words as a sentence begins.

    >>> capitalised("calibration does not hold")
    'Calibration does not hold'
    """
    return words[:1].upper() + words[1:]


def verdict(words: str, name: str) -> str:
    """Return a verdict as a paragraph that leads, without the name that its heading has said."""
    return paragraph(capitalised(words.removeprefix(f"{name}: ")), "lead")


def items(lines: Iterable[str]) -> str:
    """Return plain lines as a list, nothing if there are none; commands stand between backticks.

    >>> items(["see `ladder list` & more"])
    '<ul><li>see <code>ladder list</code> &amp; more</li></ul>'
    """
    made = "".join(tag("li", _COMMAND.sub(r"<code>\1</code>", text(line))) for line in lines)
    return tag("ul", made) if made else ""


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", kind: str = ""
) -> str:
    """Return a table of plain cells; the first of a row names it."""
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in heads)
    body = "".join(
        tag(
            "tr",
            f'<th scope="row">{text(row[0])}</th>'
            + "".join(tag("td", text(cell)) for cell in row[1:]),
        )
        for row in rows
    )
    # In a span of its own, which stays in sight while the rows are scrolled.
    title = tag("caption", tag("span", text(caption))) if caption else ""
    whole = title + tag("thead", tag("tr", head)) + tag("tbody", body)
    return scrolling(tag("table", whole, kind), ", ".join(heads))


def scrolling(content: str, name: str) -> str:
    """Return something wide that scrolls by itself where a screen is narrow, also by keyboard.

    Parameters
    ----------
    content : str
        HTML.
    name : str
        What somebody hears who comes to it by keyboard.
    """
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{text(name)}">{content}</div>'
    )


def drawing(svg: str, caption: str) -> str:
    """Return a chart with its caption."""
    return tag("figure", svg + tag("figcaption", text(caption)))


def interval(figure: Figure | None, digits: int = 3, *, sign: bool = False) -> str:
    """Return a figure with its interval.

    >>> interval({"value": 0.74132, "low": 0.7251, "high": 0.7577})
    '0.741 [0.725, 0.758]'
    """
    return with_interval(figure, f"{'+' if sign else ''},.{digits}f")


def percent(figure: Figure | None, *, sign: bool = False) -> str:
    """Return a share and its interval in percent, or a difference of shares in percentage points.

    >>> percent({"value": 0.2265, "low": 0.2153, "high": 0.2356})
    '22.7 [21.5, 23.6]'
    """
    return interval(figure and scaled(figure, 100), 1, sign=sign)


def share(value: Any) -> str:
    """Return a share in percent.

    >>> share(0.4312)
    '43.1%'
    """
    return "unknown" if value is None else f"{100 * value:.1f}%"
