"""
Measure the product against floors: what the work costs at least, done by the plainest code that a reader can check.

Each module holds one row of the table, or a few of one kind: a floor, the product's own code, and the goal. The product
runs as it is shipped, with doubles only where its bill does not count (the form's pages, the published files).
`scripts/bench --help`.
"""
