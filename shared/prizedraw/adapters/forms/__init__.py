"""Google Forms: the form, its responses, its watch."""
