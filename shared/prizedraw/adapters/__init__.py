"""Hold the clients, one module a service. Empty on purpose: a re-export would give every function every client."""
