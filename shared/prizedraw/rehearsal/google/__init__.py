"""A Google on loopback: only the methods that the product uses, with their faults."""
