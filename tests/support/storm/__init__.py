"""The storm: whole campaigns at random, and what must hold in each; `promises` says what. Run by `scripts/storm`."""
