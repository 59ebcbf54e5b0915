"""How a step is run: the edge of HTTP and Pub/Sub, settings, leases, confirm codes, journal, logs."""
