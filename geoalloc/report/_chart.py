"""Charts as SVG for a page and as PDF: same figures in, same bytes out.

Only the object interface of Matplotlib is used, and its settings are put back. It is
imported when the first chart is drawn, so that no other command waits for it.
Colors are those of ``page.css``, told apart in gray by dashes and marks too.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike

from geoalloc.report._page import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

INK = "#1d252b"
SOFT = "#55616b"
RULE = "#cfd6da"
PAPER = "#ffffff"
BANDS = ("#cfe0f1", "#a3c5e6", "#6fa3d6")
"""Of a fan, the widest interval first."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a series is drawn: color, dashes and marks, each enough to know it by."""

    color: str
    dash: str | tuple[int, tuple[int, ...]] = "-"
    mark: str = "o"


STYLES = (
    Style(color="#0b5cad"),
    Style(color="#b34700", dash=(0, (5, 2)), mark="s"),
    Style(color="#00664f", dash=(0, (1, 1)), mark="^"),
    Style(color="#8a5a00", dash=(0, (6, 2, 1, 2)), mark="D"),
    Style(color="#8f2f7d", dash=(0, (3, 1)), mark="v"),
    Style(color=INK, dash=(0, (2, 2)), mark="P"),
)
"""In order of use; a seventh series starts again with the first."""

BASELINE = Style(color="#4a5560", dash=(0, (8, 3)), mark="X")
"""Of what the others are held against."""

_SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
    "pdf.fonttype": 42,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "geoalloc",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": SOFT,
    "xtick.labelsize": 9,
    "ytick.color": SOFT,
    "ytick.labelsize": 9,
}
_INCH = 72.0
_STYLE = re.compile(r' style="([^"]*)"')
_ID = re.compile(r'\bid="([^"]+)"|url\(#([^)]+)\)|href="#([^"]+)"')


@contextmanager
def settings() -> Iterator[None]:
    """Draw with the settings of these reports, and put back what was there."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)  # type: ignore[arg-type]
        yield


def grid(
    rows: int = 1, columns: int = 1, *, width: float = 760, height: float = 280
) -> "tuple[Figure, list[Axes]]":
    """Lay out empty axes, row by row, inside `settings`.

    Parameters
    ----------
    rows, columns
        Of axes.
    width, height
        Of the whole, in points of 1/72 inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / _INCH, height / _INCH), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(axes.ravel())


def line(
    axes: "Axes",
    x: ArrayLike,
    y: ArrayLike,
    style: Style,
    *,
    label: str = "",
    marks: bool = False,
) -> None:
    """Draw a series as a line; nan breaks it."""
    axes.plot(
        x,
        np.asarray(y, dtype=float),
        color=style.color,
        linestyle=style.dash,
        marker=style.mark if marks else "",
        label=label or None,
    )


def fan(
    axes: "Axes",
    x: ArrayLike,
    bands: Sequence[tuple[ArrayLike, ArrayLike]],
    labels: Sequence[str] = (),
) -> None:
    """Shade intervals, the widest first, as `BANDS`."""
    for i, (low, high) in enumerate(bands):
        axes.fill_between(
            x,
            np.asarray(low, dtype=float),
            np.asarray(high, dtype=float),
            facecolor=BANDS[min(i, len(BANDS) - 1)],
            edgecolor="none",
            linewidth=0,
            label=labels[i] if labels else None,
        )


def ranges(
    axes: "Axes",
    at: ArrayLike,
    value: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    style: Style,
) -> None:
    """Draw values as marks with their intervals along x, one under another."""
    middle = np.asarray(value, dtype=float)
    axes.hlines(at, low, high, colors=style.color, linewidth=1.8)
    axes.plot(
        middle, at, linestyle="", marker=style.mark, color=style.color, markersize=6
    )


def key(figure: "Figure", styles: Mapping[str, Style], *, columns: int = 4) -> None:
    """Draw the key of series above the axes, by name."""
    figure.legend(
        handles=handles(styles),
        loc="outside upper left",
        ncols=columns,
        handlelength=3.6,
    )


def handles(styles: Mapping[str, Style]) -> "list[Line2D]":
    """Make the entries of a key, by name."""
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [],
            [],
            color=style.color,
            linestyle=style.dash,  # type: ignore[arg-type]
            marker=style.mark,
            label=name,
        )
        for name, style in styles.items()
    ]


def chart(figure: "Figure", name: str, *, alt: str, caption: str = "") -> Chart:
    """Write a figure as SVG that stands in a page.

    Parameters
    ----------
    name
        Of letters, digits and hyphens, unlike that of any other chart of the page.
    alt
        What the drawing shows, for those who do not see it.
    """
    return Chart(svg=svg(figure, name), alt=alt, caption=caption)


def svg(figure: "Figure", name: str) -> Markup:
    """Write a figure as SVG without style attributes, links or metadata."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.BytesIO()
    with settings():
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    text = out.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    text = re.sub(r' (?:width|height)="[\d.]+pt"', "", text, count=2)
    text = text.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Markup(_ID.sub(lambda m: _own_id(m, name), _STYLE.sub(_attributes, text)))


def pdf(figure: "Figure", *, title: str) -> bytes:
    """Write a figure as one page of PDF, without the hour at which it was made."""
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    out = io.BytesIO()
    with settings():
        FigureCanvasPdf(figure).print_pdf(  # type: ignore[no-untyped-call]
            out, metadata={"Title": title, "Creator": "geoalloc", "CreationDate": None}
        )
    return out.getvalue()


def _attributes(match: re.Match[str]) -> str:
    """Say in attributes what a policy without inline styles would not let pass."""
    declared = (part.partition(":") for part in match.group(1).split(";"))
    pairs = [(name.strip(), value.strip()) for name, _, value in declared]
    return "".join(
        f' {name}="{value}"'
        for name, value in pairs
        if name and not name.startswith("font-family")  # that of the page
    )


def _own_id(match: re.Match[str], name: str) -> str:
    own, clip, link = match.groups()
    if own:
        return f'id="{name}-{own}"'
    return f"url(#{name}-{clip})" if clip else f'href="#{name}-{link}"'
