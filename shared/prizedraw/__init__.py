"""
Run a ward's prize draw from the Google Form to the proof of erasure.

The steps, in the order in which the data passes: prepare, intake, freeze, draw, notify, claim, forfeit, ship,
analyse, erase; status tells where a campaign stands. Each step is one module of that name.
"""
