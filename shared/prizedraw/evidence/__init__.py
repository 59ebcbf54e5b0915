"""Files that must convince a stranger: canonical JSON, strict fields, signatures."""
