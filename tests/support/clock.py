"""What time it is in a test, and how long a run may take."""

from datetime import timedelta

from prizedraw.runtime.lease import run_times

TIMES = run_times(timedelta(minutes=9))
"""Of a function with the usual timeout."""
LEASE = TIMES.lease
TIMES_OF_ERASE = run_times(timedelta(minutes=29))
"""Of the one function that may run longer."""
