"""The names of the published files that each draw has."""

RULES = "rules.json"
POOL = "pool.txt"
COMMITMENT = "commitment.json"
RECORD = "record.json"
