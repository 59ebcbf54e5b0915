"""Gmail: what sends and reads bounces, and what empties the mailbox."""
