"""The names of the published files that each draw has, and of the specification by which they are written."""

SPEC = "prizedraw/1"

RULES = "rules.json"
POOL = "pool.txt"
COMMITMENT = "commitment.json"
RECORD = "record.json"
