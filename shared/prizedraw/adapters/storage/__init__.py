"""Cloud Storage: one module a bucket, and what empties one."""
