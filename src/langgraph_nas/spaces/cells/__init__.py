"""Space `cells`: NAS-Bench-201's, a cell of six operations that a network repeats."""
