"""When incidents of a place concentrate in the week."""

import numpy as np
import pandas as pd

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def peak_hours(times: pd.Series, *, width_h: int = 3) -> str:
    """Name the ``width_h`` hours of the week that hold the most incidents.

    Parameters
    ----------
    times
        Local times; of windows of one count the one that starts first in the
        week (Monday 00:00) is named.

    Returns
    -------
    hours
        Such as "Fri 22:00-01:00"; empty if no time is known.
    """
    known = times.dropna()
    if known.empty:
        return ""
    hour = known.dt.day_of_week.to_numpy() * 24 + known.dt.hour.to_numpy()
    count = np.bincount(hour, minlength=168)
    window = sum(np.roll(count, -k) for k in range(width_h))
    start = int(np.argmax(window))
    until = (start + width_h) % 24
    return f"{_DAYS[start // 24]} {start % 24:02d}:00-{until:02d}:00"
