"""The reason for which each row is refused, if any."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoalloc._types import BoolArray, IndexArray
from geoalloc.incidents.reading import Reason

_REASONS = list(Reason)


@dataclass
class Verdicts:
    """One verdict a row, filled in as cleaning goes on: the first reason stands.

    Attributes
    ----------
    code : (n_rows,)
        Position of the reason in `Reason`; -1 for a row that is good.
    """

    code: npt.NDArray[np.int8]

    @classmethod
    def none(cls, n_rows: int) -> "Verdicts":
        """Start with every row good."""
        return cls(np.full(n_rows, -1, dtype=np.int8))

    @property
    def good(self) -> BoolArray:
        """Rows that no reason speaks against."""
        return self.code < 0

    def refuse(self, rows: BoolArray, reason: Reason) -> None:
        """Refuse those of ``rows`` that are still good."""
        self.code[rows & self.good] = _REASONS.index(reason)

    def reason_is_not(self, reason: Reason) -> BoolArray:
        """Rows that are good, or refused for another reason."""
        return self.code != _REASONS.index(reason)

    def reason_is(self, *reasons: Reason) -> BoolArray:
        """Rows that are refused for one of these reasons."""
        return np.isin(self.code, [_REASONS.index(reason) for reason in reasons])

    def reasons(self, rows: IndexArray) -> pd.Series:
        """Reason of each refused row, as text."""
        names = pd.Series([reason.value for reason in Reason], dtype="str")
        return names.iloc[self.code[rows]].reset_index(drop=True)

    def tally(self) -> dict[str, int]:
        """Rows by reason, in order of `Reason`, those that occur."""
        n = np.bincount(self.code[~self.good], minlength=len(_REASONS))
        return {r.value: int(n[i]) for i, r in enumerate(Reason) if n[i]}
