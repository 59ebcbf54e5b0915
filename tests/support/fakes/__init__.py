"""Offer in-memory implementations of the ports: fakes record, tests read."""
