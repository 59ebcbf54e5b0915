"""What people type, read leniently: addresses, telephone numbers, postal codes, answers."""
