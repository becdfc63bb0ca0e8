"""Errors of model clients that mean that the server was away, and how long to wait then."""

import re
import sys
import traceback
from collections.abc import Iterator
from itertools import count
from json import JSONDecodeError

from langgraph_nas.config.secrets import without_secrets
from langgraph_nas.llm.sampling import WhyCut

LONGEST_PAUSE = 60.0
"""Seconds."""

CLIENTS = ("ollama", "langchain_ollama", "openai", "langchain_openai")
"""Packages that read what a server answers."""

MOST_WORDS = 500
"""Characters of an error that are told; a server may answer with a whole page."""

TRANSIENT = (408, 425, 429)
"""HTTP states below 500 that a later attempt may not meet."""


_REPEATS = re.compile(r"token repeat limit|prediction aborted|repeat(?:ed)? itself", re.IGNORECASE)
"""What Ollama from 0.33 on says of a reply that repeats itself."""
_SCHEMA = re.compile(r"schema|grammar|\bformat\b|json|vocabulary", re.IGNORECASE)
_DEATH = re.compile(
    r"terminated|crash|exit status|exit code|signal|unexpected eof|has stopped|\bdied\b|panic",
    re.IGNORECASE,
)
_OTHER_REFUSALS = (401, 402, 403, 404, 407, *TRANSIENT)
"""Refusals that have nothing to do with what is asked: key, money, model, load."""


_IN_BETWEEN = ("TooManyRedirects", "UnsupportedProtocol", "DecodingError")
"""Errors at what is no model server, but a gateway or a proxy."""
_MEMORY = re.compile(r"memory|\bv?ram\b|\boom\b", re.IGNORECASE)


class BrokenReplyError(ConnectionError):
    """A reply ended before the server said that it was complete."""


class AnswerTooLongError(ValueError):
    """A server answers with more than any reply has."""


UNREADABLE = (ValueError, TypeError, RecursionError)
"""What is raised where an answer is taken apart that is none, e.g. JSON of a thousand brackets."""


class AnswerTooSlowError(TimeoutError):
    """A server is still answering when the time for it is over."""


class ReplyEnded(BaseException):
    """We end a reply that is still being written.

    Not an `Exception`: LangChain would print those of a callback on the user's screen, and
    clients would take them for a lost connection.
    """

    def __init__(self, why: WhyCut) -> None:
        super().__init__(why)
        self.why: WhyCut = why


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each retry: 1, 2, 4 and so on, at most a minute."""
    for attempt in count():
        yield min(LONGEST_PAUSE, 2.0 ** min(attempt, 16))


def is_loss(error: BaseException) -> bool:
    """Tell whether the server was away, slow or broken, so that another attempt may succeed."""
    if isinstance(error, ConnectionError | TimeoutError | JSONDecodeError):
        return True
    if _is_of_httpx(error, "RequestError"):
        return True
    status = status_of(error)
    if status is not None:
        # -1 is how the ollama client marks an error that came in the middle of a stream.
        return status == -1 or status >= 500 or status in TRANSIENT
    if is_no_answer(error):
        return True
    # ChatOllama's words for a stream that ended before its first record.
    if isinstance(error, ValueError) and "No data received from Ollama stream" in str(error):
        return True
    return _is_openais(error, "APIError")


def is_timeout(error: BaseException) -> bool:
    """Tell whether a client waited too long for the next word."""
    if _is_openais(error, "APITimeoutError"):
        return True
    return isinstance(error, TimeoutError) or _is_of_httpx(error, "TimeoutException")


def is_too_long(error: BaseException) -> bool:
    """Tell whether an answer was longer than is read; a client may have wrapped that."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, AnswerTooLongError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def says_that_it_repeats(error: BaseException) -> bool:
    """Tell whether a server says that it ended a reply because that repeated itself."""
    return isinstance(error, Exception) and bool(_REPEATS.search(words_of(error)))


def refuses_schema(error: BaseException) -> bool:
    """Tell whether this may be a server's answer to a schema that it does not take.

    Ollama said it with HTTP 500 up to 0.24.
    """
    status = status_of(error)
    if status is None:
        return False
    if 400 <= status < 500 or status == 501:
        return status not in _OTHER_REFUSALS
    return bool(_SCHEMA.search(words_of(error)))


def tells_a_death(error: BaseException) -> bool:
    """Tell whether a server says that what computes its replies has died."""
    status = status_of(error)
    return (
        status is not None
        and (status == -1 or status >= 500)
        and bool(_DEATH.search(words_of(error)))
    )


def is_torn(error: BaseException) -> bool:
    """Tell whether a server that was there broke off, or failed without a known reason."""
    status = status_of(error)
    if status is not None:
        return status in (-1, 500)
    return _is_of_httpx(root_of(error), "ReadError", "RemoteProtocolError", "CloseError")


def root_of(error: BaseException) -> BaseException:
    """Return what kept a client from its server, which OpenAI's and LangChain's wrap."""
    while _is_openais(error, "APIConnectionError") and error.__cause__ is not None:
        error = error.__cause__
    return error


def asked_pause(error: BaseException) -> float:
    """Return the seconds after which a server wants to be asked again; 0 if it names none."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    named = str(headers.get("retry-after", ""))
    return min(float(named), LONGEST_PAUSE) if re.fullmatch(r"\d{1,9}", named) else 0


def _is_openais(error: BaseException, name: str) -> bool:
    """Tell whether an error is of a class of OpenAI's client."""
    openai = sys.modules.get("openai")  # an optional package: its errors come only if it is loaded
    return openai is not None and isinstance(error, getattr(openai, name))


def _is_of_httpx(error: BaseException | None, *names: str) -> bool:
    """Tell whether an error is of one of these classes of httpx, or of a client's fork of it."""
    return any(
        cls.__name__ in names and cls.__module__.startswith("httpx") for cls in type(error).__mro__
    )


def is_no_answer(error: BaseException) -> bool:
    """Tell whether a client could not read as an answer what came: an error with HTTP 200, HTML.

    Clients have no class of their own for that; they fail while they take it apart.
    """
    if not isinstance(error, (*UNREADABLE, LookupError, AttributeError)):
        return False
    modules = [
        str(frame.f_globals.get("__name__")) for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    if modules[-1:] == ["langchain_core.language_models.chat_models"]:
        # It takes the first of the choices, or joins the records of a stream: there are none.
        return isinstance(error, IndexError) or "No generations found" in str(error)
    return any(module.partition(".")[0] in CLIENTS for module in modules)


def cure_of(error: BaseException) -> str:
    """Return what to do about a server that failed to the end with this error."""
    if is_timeout(error):
        return "see why the server is so slow (another search can have a longer --llm-timeout)"
    if _MEMORY.search(words_of(error)):
        return "free memory for the model, or search with a smaller one or a smaller window"
    if status_of(error) is not None or is_no_answer(error):
        return "see the server's log for why"
    if _is_openais(error, "APIError") and not _is_openais(error, "APIConnectionError"):
        return "see the server's log for why"  # it said so in the middle of a stream
    if _is_of_httpx(root_of(error), *_IN_BETWEEN):
        return "check the server's address, and what answers in its place"
    return "start the server"


def status_of(error: BaseException) -> int | None:
    """Return the HTTP state that a client's error carries, None for other errors."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def words_of(error: BaseException) -> str:
    """Return what an error says, on one line and without secrets."""
    # OpenAI's client says `Connection error.` of all that keeps it from its server.
    text, body = str(root_of(error)), getattr(error, "body", None)
    if isinstance(body, str) and body not in text:
        text = f"{text}: {body}"  # OpenAI's client tells of a bare text only its state
    words = without_secrets(" ".join(text.split())) or type(error).__name__
    words = words if len(words) <= MOST_WORDS else f"{words[:MOST_WORDS]}..."
    if not is_no_answer(error):
        return words
    is_empty = isinstance(error, IndexError) or "No generations found" in words
    return "what came holds no reply" if is_empty else f"no reply came: {words}"
