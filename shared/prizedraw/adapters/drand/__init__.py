"""The public randomness: relays, and the check of its signature."""
