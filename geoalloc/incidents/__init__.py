"""Recorded incidents: readers, cleaning, quality report, sample generator.

Every reader gives a `Reading`: the incidents that can be used, and each row that
cannot with its file, line and reason. Nothing is dropped in silence: records read
= incidents + rejects, in all and by category.

**Rules of cleaning.** Lines with nothing in any mapped column are not rows. A row
is refused for the first of these reasons that holds:

1. *wrong number of fields*: the line does not have as many as the header.
2. *no category*; *no time* or *unreadable time*; *ends before it starts*; *bad
   on-scene minutes* (not a number of 0 or more); *bad reported flag*.
3. *outside the period*: its exact time is not within the months that the file
   says it covers (only if the table has a month of its own beside the times).
4. *withdrawn*: the table has a count column, and this row counts 0 or less, or
   rows of the same id and category that count less than 0 cancel it.
5. *duplicate*: another row of the same id is kept instead.
6. *no coordinates*: empty, or 0 and 0; *bad coordinates*: not numbers, or off
   the globe.
7. *outside the area*: by geometry alone; the name of a force in the file is not
   evidence.

**What is a duplicate.** One id is one incident. Of the rows of an id the one kept
is the first, in order of file and line, that lies inside the area; if none does,
the first that has coordinates; else the first. So a copy without coordinates of a
row that has them is a duplicate and not a gap in the coordinates. The reason says
how a duplicate differs from the row kept: *a copy* (at the same place, or both
have none), *without coordinates*, or *at another place*.

**What is kept.** Rows without an id are never compared: street-level files give
anti-social behavior no id, and equal rows of it in one month on one anonymized
point are separate incidents. Where a table has a count column, the same id may
stand for several incidents (victims, offenses): counts are summed by id and
category, the sum is the number of incidents kept, and no row is a duplicate.

**Times.** A row known only to the month is the half-open window [month, next
month) in the time zone of the place; a local time that a clock change makes
ambiguous is the first of the two, one that it skips is moved forward.
"""

from geoalloc.incidents.categories import category_slug
from geoalloc.incidents.gather import Asked, Gathered, gather
from geoalloc.incidents.integrity import inspect
from geoalloc.incidents.police_uk import read_police_uk
from geoalloc.incidents.quality import quality
from geoalloc.incidents.reading import Reading, Reason, Source
from geoalloc.incidents.sample import SAMPLE_COLUMNS, generate_sample
from geoalloc.incidents.table import TableColumns, read_frame, read_table

__all__ = [
    "SAMPLE_COLUMNS",
    "Asked",
    "Gathered",
    "Reading",
    "Reason",
    "Source",
    "TableColumns",
    "category_slug",
    "gather",
    "generate_sample",
    "inspect",
    "quality",
    "read_frame",
    "read_police_uk",
    "read_table",
]
