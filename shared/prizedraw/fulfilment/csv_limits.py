"""Say how large a CSV of the claim form may be: far beyond what a campaign's winners fill, a file is another file."""

MOST_BYTES = 32 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 1_000
MOST_CELL = 32_767
"""A cell holds what Excel's holds."""
