"""One model, tried: what comes through of a prompt as long as the settings allow, and how fast."""

import json
from collections.abc import Callable, Iterator
from functools import partial

from langgraph_nas.doctor.check import Check
from langgraph_nas.errors import NasError
from langgraph_nas.llm import Reply, Role, Sampling, open_role, resolve_auto
from langgraph_nas.prompts import strip_thoughts

MODEL = "model"
NEW_TOKENS = 48
"""Of each reply."""
SCHEMA = {
    "type": "object",
    "properties": {"size": {"enum": ["small", "large"]}},
    "required": ["size"],
    "additionalProperties": False,
}
QUESTION = 'Is a network of 10 parameters small or large? Answer with JSON: {"size": "small"}'
THINK = "if the model can think, try it with --think off"
LINE = "        self.layer_{n} = nn.Conv2d({a}, {b}, kernel_size=3, padding=1, stride=1)\n"
END = "\n# The layers above in one sentence:\n"


def check_model(model: str, sampling: Sampling) -> Iterator[Check]:
    """Yield what was found of a model; its parts begin with `MODEL`, the first is decisive.

    Args:
        model: Its id, as for a search.
        sampling: The settings; a server that is away is not waited for.
    """
    try:
        name = resolve_auto()[0] if model == "auto" else model
        role = open_role("generator", name, sampling, sleep=lambda seconds: None)
    except NasError as error:
        yield Check(MODEL, False, str(error))
        return
    try:
        yield from _tries(role)
    finally:
        role.close()


def long_prompt(role: Role) -> str:
    """Return a prompt of as many tokens as one of this role may have."""
    limit = role.prompt_limit
    lines: list[str] = []
    step = role.count_tokens("".join(map(_line, range(32)))) / 32
    while True:
        room = limit - role.count_tokens("".join([*lines, END]))
        more = int(room / (step + 1))
        if more < 1:
            return "".join([*lines, END])
        lines += map(_line, range(len(lines), len(lines) + more))


def _line(n: int) -> str:
    return LINE.format(n=n, a=16 + n * 7 % 48, b=16 + (n + 1) * 7 % 48)


def _tries(role: Role) -> Iterator[Check]:
    """Yield a check for each thing that is tried, the model's window first."""
    try:
        short = role.ask("Write a sentence on networks.", seed=1, max_tokens=NEW_TOKENS)
        whole = long_prompt(role)
        reply = role.ask(whole, seed=1, max_tokens=NEW_TOKENS)
    except NasError as error:
        yield Check(MODEL, False, str(error))
        return
    yield _window(role, whole, reply)
    yield Check("model speed", True, _speed(short, reply))
    for part, look in (("model schema", _schema), ("model seed", partial(_seed, first=short))):
        yield _tried(part, look, role)


def _window(role: Role, whole: str, reply: Reply) -> Check:
    sent = role.count_tokens(whole)
    if not reply.prompt_tokens:
        words = f"{role.label} answered a prompt of about {sent} tokens, and does not say how many "
        return Check(MODEL, True, words + "of them it read", "watch the server's log for cuts")
    return Check(
        MODEL,
        True,
        f"{role.label} read all of a prompt as long as the settings allow: {reply.prompt_tokens} "
        f"tokens as it counts them, about {sent} as we do",
    )


def _speed(short: Reply, reply: Reply) -> str:
    """Return the tokens a second: those of a reply, and of a prompt without its reply."""
    write_seconds = _working(short)
    words = []
    if short.reply_tokens and write_seconds > 0:
        words.append(f"writes {short.reply_tokens / write_seconds:.0f} tokens a second")
        writing = (reply.reply_tokens or 0) * write_seconds / short.reply_tokens
        reading = _working(reply) - writing
        if reply.prompt_tokens and reading > 0:
            words.append(f"reads {reply.prompt_tokens / reading:.0f}")
    words.append(f"the long prompt took {reply.seconds:.1f} s")
    return ", ".join(words)


def _working(reply: Reply) -> float:
    """Return the seconds without the model's loading."""
    loading = reply.load_seconds or 0
    return reply.seconds - loading if loading < reply.seconds else reply.seconds


def _tried(part: str, look: Callable[[Role], tuple[bool, str, str]], role: Role) -> Check:
    try:
        works, words, todo = look(role)
    except (NasError, ValueError) as error:
        return Check(part, False, str(error))
    return Check(part, works, words, None if works else todo)


def _schema(role: Role) -> tuple[bool, str, str]:
    reply = role.ask(QUESTION, seed=1, schema=SCHEMA, max_tokens=NEW_TOKENS)
    todo = "nothing: replies are read as they come; --no-structured asks without one at once"
    if reply.schema_refused:
        return False, f"refused: {reply.schema_refused}", todo
    if _is_empty(reply):
        return False, _nothing_in(reply), THINK
    try:
        found = json.loads(reply.text)
    except json.JSONDecodeError:
        return False, f"not held: it answered {reply.text[:60]!r}", todo
    held = isinstance(found, dict) and found.get("size") in ("small", "large") and len(found) == 1
    return held, "held" if held else f"not held: it answered {reply.text[:60]!r}", todo


def _is_empty(reply: Reply) -> bool:
    return not strip_thoughts(reply.text).strip()


def _nothing_in(reply: Reply) -> str:
    """Return why a reply without a text shows nothing."""
    if reply.thought or reply.cut or reply.text.strip():
        return f"can't be told: the {NEW_TOKENS} tokens of the reply went into thoughts"
    return "can't be told: the reply was empty"


def _seed(role: Role, *, first: Reply) -> tuple[bool, str, str]:
    again = role.ask("Write a sentence on networks.", seed=1, max_tokens=NEW_TOKENS)
    todo = "nothing: a search still goes on from where it stopped, but can't be run again alike"
    if _is_empty(again) and _is_empty(first):
        return False, _nothing_in(again), THINK
    same = again.text == first.text
    return same, "the same seed gave the same reply" if same else "gave another reply", todo
