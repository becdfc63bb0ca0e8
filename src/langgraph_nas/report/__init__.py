"""What searches, comparisons and trainings found, as tables and words; the commands print them."""
