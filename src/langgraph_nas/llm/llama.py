"""llama.cpp in this process, through `xllamacpp`: a loaded model that completes texts."""

import http.client
import json
import os
import queue
import secrets
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from langgraph_nas.errors import ModelUnavailableError

BATCH = 512
"""Tokens of a prompt that are computed at once; the model's vocabulary makes more costly."""


def thread_count() -> int:
    """Return the threads for llama.cpp: one on a small machine, where more wait for each other.

    Its threads spin at barriers: on two busy cores two threads fell to 2-6 tokens a second
    where one gave 9-36.
    """
    cores = os.cpu_count() or 1
    return 1 if cores <= 2 else min(4, cores - 1)


class Llama:
    """A loaded GGUF model. It is freed when the last reference to it goes.

    Prompts are not cached between calls: a cache changes how the same prompt is split into
    batches, and with it the last digits, so that the same seed would not give the same text.
    """

    def __init__(self, path: Path, n_ctx: int) -> None:
        import xllamacpp

        self.n_ctx = n_ctx
        self._key = secrets.token_hex(16)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = BATCH
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = thread_count()
        params.cache_prompt = False
        params.cache_ram_mib = params.n_ctx_checkpoints = 0
        params.warmup = params.fit_params = params.ui = params.endpoint_slots = False
        params.verbosity = -1  # silent, llama.cpp logs to stderr otherwise
        # The library also listens on a port of 127.0.0.1, which nobody else shall use.
        params.api_keys = [self._key]
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelUnavailableError(
                f"llama.cpp can't load {path}: not a model it knows, or too little memory"
            ) from error

    def stream(self, request: dict[str, Any], *, chat: bool) -> Generator[dict[str, Any]]:
        """Yield the records of one completion, in the form of OpenAI's stream.

        Closing the generator ends the computation at its next token. Requests of several
        threads follow one another, in llama.cpp's own queue.

        Args:
            request: Fields of a completion or chat completion.
            chat: Use the model's chat template on `messages`.

        Raises:
            ValueError: llama.cpp refused the request, e.g. for its schema.
        """
        records: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        ended = threading.Event()

        def take(record: dict[str, Any]) -> bool:
            records.put(record)
            # The main thread has ended: Python waits for this one before it goes.
            return ended.is_set() or not threading.main_thread().is_alive()

        def work() -> None:
            server = self._server
            serve = server.handle_chat_completions if chat else server.handle_completions
            try:
                serve({**request, "stream": True}, take)
            except Exception as error:  # raised again below, in the caller's thread
                records.put({"error": {"message": repr(error)}})
            finally:
                records.put(None)

        worker = threading.Thread(target=work, name="llama.cpp")
        worker.start()
        try:
            while (record := records.get()) is not None:
                if "error" in record:
                    raise ValueError(f"llama.cpp: {record['error'].get('message')}")
                yield record
        finally:
            ended.set()
            worker.join()

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, without the one that begins every prompt."""
        connection = http.client.HTTPConnection(urlsplit(self._server.listening_address).netloc)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"}
        try:
            connection.request("POST", "/tokenize", json.dumps({"content": text}), headers)
            return len(json.loads(connection.getresponse().read())["tokens"])
        finally:
            connection.close()


_loaded: WeakValueDictionary[Path, Llama] = WeakValueDictionary()
_loading = threading.Lock()


def tight_grammar(schema: dict[str, Any]) -> str:
    """Return a grammar for JSON of this schema without blanks.

    A small model would fill pages with blanks, and llama.cpp's own `json_schema` allows them
    in chats. The library has the grammar read by llguidance, whose options stand in the schema.
    """
    import xllamacpp

    options = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
    return str(xllamacpp.json_schema_to_grammar({**schema, "x-guidance": options}))


def load_llama(path: Path, n_ctx: int) -> Llama:
    """Return the model of a file, which roles of one process share while any of them holds it.

    Raises:
        ModelUnavailableError: llama.cpp can't load it.
    """
    with _loading:
        llama = _loaded.get(path.absolute())
        if llama is None or llama.n_ctx < n_ctx:
            llama = _loaded[path.absolute()] = Llama(path, n_ctx)
        return llama
