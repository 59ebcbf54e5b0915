"""
Hold a local Google on loopback and invented entrants, for rehearsals and tests; never shipped.

Only the methods that the functions call are there, with the faults that the real ones have.
"""
