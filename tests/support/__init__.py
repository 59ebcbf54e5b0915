"""What tests share: invented worlds, fakes that record, readers of what came out."""
