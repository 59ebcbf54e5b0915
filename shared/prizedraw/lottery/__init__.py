"""The draw (抽選) as docs/draw.md specifies it: the published files, the randomness, the order of the pool."""
