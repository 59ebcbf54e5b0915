"""How pages and PDFs are laid out, whatever they say."""
