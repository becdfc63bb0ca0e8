"""Tables and words on searches, comparisons and trainings; the commands print them."""
