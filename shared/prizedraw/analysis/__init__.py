"""What entrants answered (集計): tables in which nobody can be singled out."""
