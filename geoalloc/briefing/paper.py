"""Sizes of paper."""

from dataclasses import dataclass

__all__ = ["A3", "A4", "PAPERS", "Paper"]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A size of paper, upright."""

    name: str
    width_mm: float
    height_mm: float

    @property
    def large(self) -> bool:
        """Whether there is room for larger type and more of it than on A4."""
        return self.width_mm > A4.width_mm


A4 = Paper(name="A4", width_mm=210.0, height_mm=297.0)
A3 = Paper(name="A3", width_mm=297.0, height_mm=420.0)
PAPERS = {"a4": A4, "a3": A3}
