"""The likeness of two lines, in time that grows with their length."""

LONGEST = 500
"""Longest line that is compared letter by letter, in characters."""


def likeness(one: str, other: str) -> float:
    """Return how alike two lines are, 0..1: the letters that they share in order, by all letters.

    As difflib's ratio, but of the longest common subsequence, whose length a few operations on
    whole numbers give for each letter (Hyyrö, "Bit-parallel LCS-length computation revisited",
    2004): difflib may take the cube of the length. Lines longer than `LONGEST` are alike if equal.
    """
    if one == other:
        return 1.0
    if not one or not other or max(len(one), len(other)) > LONGEST:
        return 0.0
    return 2 * _shared(one, other) / (len(one) + len(other))


def most_alike(one: str, other: str) -> float:
    """Return the most that two lines of these lengths can be alike."""
    return 2 * min(len(one), len(other)) / max(len(one) + len(other), 1)


def _shared(one: str, other: str) -> int:
    places: dict[str, int] = {}
    for at, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << at
    row = every = (1 << len(one)) - 1
    for letter in other:
        met = row & places.get(letter, 0)
        row = ((row + met) | (row - met)) & every
    return len(one) - row.bit_count()
