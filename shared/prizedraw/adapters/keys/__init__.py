"""Cloud KMS and the keysets that it wraps."""
