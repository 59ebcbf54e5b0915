"""The only place with clients: a folder a service. Empty on purpose: a re-export would give every function all."""
