"""What is sent (お知らせ): which mail is due, how it is written, sent once, and seen to come back."""
