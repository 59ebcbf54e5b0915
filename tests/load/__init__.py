"""
The load: as much as the product is built for, at once, while a part of it fails.

`scripts/load --help` runs it. `pushes` lets responses and notifications through Google's emulators into two instances
of `intake`, `mails` lets `notify` send to winners; each says what it counted, and raises where something is wrong.
"""
