"""Secret Manager: versions, passwords, and what destroys them."""
