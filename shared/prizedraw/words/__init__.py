"""What operators read in a reply, in Japanese: one module a step."""
