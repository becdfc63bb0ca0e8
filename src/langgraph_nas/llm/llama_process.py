"""The process that llama.cpp runs in: it loads a model, tells where it listens, and waits.

Run as a script. A line of JSON on standard input says what to load; a line of JSON on standard
output tells the address, or what went wrong. It ends when its standard input does, however the
process that started it came to its end. Imports `xllamacpp` and the standard library alone.
"""

import json
import os
import sys
from typing import Any


def params_of(wanted: dict[str, Any]) -> Any:
    """Return llama.cpp's parameters for a file, its window, batches, threads and key.

    Prompts are not cached between calls: a cache changes how the same prompt is split into
    batches, and with it the last digits, so that the same seed would not give the same text.
    """
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = wanted["path"]
    params.n_ctx = wanted["n_ctx"]
    params.n_batch = params.n_ubatch = wanted["batch"]
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = wanted["threads"]
    params.cache_prompt = False
    params.cache_ram_mib = params.n_ctx_checkpoints = 0
    params.warmup = params.fit_params = params.ui = params.endpoint_slots = False
    params.verbosity = -1  # silent, llama.cpp logs to stderr otherwise
    params.api_keys = [wanted["key"]]  # it listens on 127.0.0.1, where others could ask it
    return params


def main() -> None:
    """Load the model, tell its address, and stay until standard input ends."""
    try:
        wanted = json.loads(sys.stdin.readline())
        try:
            import xllamacpp

            server = xllamacpp.Server(params_of(wanted))
            told = {"address": server.listening_address}
        except Exception as error:  # whatever it is, the other process raises it
            told = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), flush=True)
        sys.stdin.read()
    finally:
        # Not by the way of all Python programs, where the other process is gone, too: llama.cpp may
        # be computing and would crash, or wait for its threads for ever.
        os._exit(0)


if __name__ == "__main__":
    main()
