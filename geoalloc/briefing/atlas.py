"""What all sheets of one briefing are made with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from geoalloc.briefing import wording
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.ground import Ground
from geoalloc.briefing.paper import Paper
from geoalloc.runs import Run

__all__ = ["Atlas"]

_DWELL_MIN, _MOST = 15, 5


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """What all sheets of one briefing are made with.

    Attributes
    ----------
    paper, frame, ground
        Size of the sheets, what stands on each of them, and what their maps are of.
    shift
        Its date and hours, in words.
    shift_hours
        Hours of the day, 0 to 23, that the shift touches, on the local clock.
    dwell_min
        About how long a visit lasts, minutes.
    most
        Priorities on one sheet.
    """

    paper: Paper
    frame: Frame
    ground: Ground
    shift: str
    shift_hours: frozenset[int]
    dwell_min: int
    most: int

    @classmethod
    def of(cls, run: Run, paper: Paper, *, now: datetime | None = None) -> Self:
        """Prepare the sheets of a run; ``now`` as of `Frame.of`."""
        record = run.record
        said = record.get("briefing") or {}
        zone = ZoneInfo(record["shift"]["time_zone"])
        hours = [
            wording.instant(period).astimezone(zone).hour
            for period in record["shift"]["periods"]
        ]
        return cls(
            paper=paper,
            frame=Frame.of(run, now=now),
            ground=Ground.of(run),
            shift=wording.shift(record),
            shift_hours=frozenset(hours),
            dwell_min=int(said.get("dwell_min", _DWELL_MIN)),
            most=int(said.get("priorities", _MOST)),
        )
