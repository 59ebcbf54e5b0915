"""Firestore, and what its past still holds."""
