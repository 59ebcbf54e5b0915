"""Everything that is stored, by collection: frozen records with both translations beside them."""
