"""Where to cut rows that are ordered in time: the earlier ones train, the newest fifth is kept back."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Microseconds since 1970 (UTC).
Times: TypeAlias = NDArray[np.int64]

# One part in five is the usual share: enough rows to measure by, and most of them left to learn from.
_NEWEST_PARTS = 5
# Rows of one moment stay together, which can make the newest part larger than wished (a table that comes
# once a day under one date); more than half would leave less to learn from than to measure by.
LARGEST_SHARE = 0.5


def cut_newest(times: Times) -> int | None:
    """Return the time after which rows are among the newest, or None where no cut will do.

    Of all cuts between two different times, the one whose newest part comes closest to a fifth wins,
    as long as it is at most `LARGEST_SHARE`; of two as close, the smaller part.

    Args:
        times: One for each row, in any order.

    Returns:
        The last time of the earlier part: rows later than it, exclusively, are the newest.
    """
    moments, counts = np.unique(times, return_counts=True)
    newer = len(times) - np.cumsum(counts)[:-1]
    allowed = newer <= LARGEST_SHARE * len(times)
    if not allowed.any():
        return None
    # `newer` falls from left to right: reversed, the first of equals is the smaller part. Whole numbers
    # of a fifth, so that equals are equal.
    distance = np.abs(_NEWEST_PARTS * newer[allowed] - len(times))[::-1]
    return int(moments[:-1][allowed][::-1][np.argmin(distance)])
