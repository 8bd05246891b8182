"""What a page is made of, for paper and screen alike: tables, points, hours."""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Block", "Hours", "Points", "Table"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under a heading.

    Attributes
    ----------
    widths
        Of the columns, in any unit: they share the room that there is.
    numeric
        Columns that are set to the right.
    note
        A sentence below it; often nothing.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numeric: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Points:
    """Sentences under a heading."""

    title: str
    sentences: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Figures by hour: stacked bars on paper, with lines of figures below them.

    Attributes
    ----------
    hours
        When each begins.
    series
        Name and values of what is stacked, the lowest first.
    lines
        Name and texts of what stands below, as many as hours.
    """

    title: str
    hours: Sequence[str]
    series: Sequence[tuple[str, Sequence[float]]]
    lines: Sequence[tuple[str, Sequence[str]]] = field(default_factory=tuple)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """All figures as the rows of a table, a name before each."""
        stacked = [
            (f"{name}, calls", *(f"{value:.1f}" for value in values))
            for name, values in self.series
        ]
        return [*stacked, *((name, *cells) for name, cells in self.lines)]


Block = Table | Points | Hours
