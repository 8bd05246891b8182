"""What stands on every sheet of a document: marking, validity, sources."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from geoalloc import runs
from geoalloc.briefing import wording
from geoalloc.incidents.integrity_rows import spans
from geoalloc.runs import Run

__all__ = ["Frame"]

_DESTROY_AFTER_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What is the same on every sheet.

    Attributes
    ----------
    title
        Of the document, in its metadata.
    marking, handling
        The protective marking, with EXERCISE and SYNTHETIC where they hold; and how
        the sheet must be handled. Both stand at the top and at the bottom.
    notice
        What must not be overlooked, such as EXPIRED; often nothing.
    validity, destroy_after, made, run_id
        From when to when the sheet holds, the day after which it is destroyed, when
        its plan was made (all local), and of which run.
    data_period
        That the incidents are of, with months that are missing.
    nature
        What is a forecast and what is retrospective.
    attribution
        Whose data it is made from.
    as_of
        Date of the data, which dates the file.
    """

    title: str
    marking: str
    handling: str
    notice: str
    validity: str
    destroy_after: str
    made: str
    run_id: str
    data_period: str
    nature: str
    attribution: str
    as_of: datetime

    @classmethod
    def of(cls, run: Run, *, now: datetime | None = None) -> Self:
        """Read what stands on every sheet from a run's record.

        Parameters
        ----------
        now
            When the sheets are printed: outside the time for which the plan holds
            each of them says so. Without it none does.
        """
        record = run.record
        zone = ZoneInfo(record["shift"]["time_zone"])
        start, end = (wording.instant(record["valid"][key]) for key in ("from", "to"))
        days = (record.get("briefing") or {}).get(
            "destroy_after_days", _DESTROY_AFTER_DAYS
        )
        destroy = end.astimezone(zone) + timedelta(days=days)
        valid = [wording.clock(moment.astimezone(zone)) for moment in (start, end)]
        return cls(
            title=f"Briefing sheets: {record['name']}",
            marking=runs.marking(record),
            handling=record["handling"],
            notice=_notice(start, end, now),
            validity=f"Valid from {valid[0]} to {valid[1]}",
            destroy_after=_day(destroy),
            made=wording.clock(wording.instant(record["made_at"]).astimezone(zone)),
            run_id=record["run_id"],
            data_period=_data_period(record, zone),
            nature=record["retrospective"],
            attribution=record["attribution"],
            as_of=_as_of(record),
        )

    @property
    def small_print(self) -> tuple[str, ...]:
        """Give the paragraphs at the foot of a sheet."""
        return (
            f"{self.validity}. Destroy after {self.destroy_after}. Made {self.made}, "
            f"run {self.run_id}. {self.data_period}.",
            f"{self.nature} {self.attribution}",
        )


def _notice(start: datetime, end: datetime, now: datetime | None) -> str:
    if now is None:
        return ""
    if now > end:
        return "EXPIRED: printed after the end of validity, not for duty"
    return "NOT YET VALID: printed before validity begins" if now < start else ""


def _data_period(record: dict[str, Any], zone: ZoneInfo) -> str:
    data = record["data"]
    start = wording.instant(data["period_start"]).astimezone(zone)
    # The period is half-open: its last day is the one before its end.
    end = wording.instant(data["period_end"]).astimezone(zone) - timedelta(seconds=1)
    missing = data.get("missing_months", [])
    gap = f" without {spans(missing)}" if missing else ""
    return f"Incidents of {_day(start)} to {_day(end)}{gap}"


def _as_of(record: dict[str, Any]) -> datetime:
    text = record.get("as_of") or record["data"]["period_end"]
    return wording.instant(text[:10]).replace(tzinfo=UTC)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
