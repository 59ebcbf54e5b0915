"""What `status` shows: one section a part of the procedure."""
