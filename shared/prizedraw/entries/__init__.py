"""From a response to an entry (応募): how it is judged, and which of a person's responses counts."""
