"""
A whole campaign on one machine: its stage, the people who act on it, and what is written down; never shipped.

`__main__` plays it from preparation (`until_winners`) through the parcels (`until_parcels`) to the last report on the
erasure (`until_erased`), on a `stage` where the real functions are served (`hosting`) against the local Google
(`google/`). `entrants`, `phrases` and `winners` invent people; `inputs` reads what was given instead, `output` writes
what came of it. `calls` records who called what. `practice/` is the same stage with a person's hand on it.
"""
