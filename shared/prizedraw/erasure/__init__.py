"""Where personal data rests and how each place is emptied, re-read and reported (消去)."""
