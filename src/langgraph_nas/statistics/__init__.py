"""Statistics of scores: what a handful of noisy searches can tell, and what not.

Numbers in, numbers out: nothing here knows of searches.
"""
