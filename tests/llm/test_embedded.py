import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from langgraph_nas.errors import ModelUnavailableError, PromptCutError
from langgraph_nas.llm import Role, Sampling, open_role
from langgraph_nas.llm.faults import BrokenReplyError

pytest.importorskip("xllamacpp")

from langgraph_nas.llm.embedded import EmbeddedChatModel
from langgraph_nas.llm.gguf import bundled_weights, has_chat_template

SAMPLING = Sampling(temperature=0.9, reply_tokens=96, prompt_tokens=1024)
BLOCK = "^(conv (16|32) (3|5) (relu|gelu)|maxpool|res (32|64) relu)$"
SCHEMA = {
    "type": "object",
    "properties": {
        "layers": {
            "type": "array",
            "minItems": 2,
            "maxItems": 3,
            "items": {"type": "string", "pattern": BLOCK},
        }
    },
    "required": ["layers"],
    "additionalProperties": False,
}
EXAMPLES = """Networks:
{"layers":["conv 16 3 relu","maxpool"]}
{"layers":["conv 32 5 gelu","maxpool","res 32 relu"]}
"""


@pytest.fixture(scope="module")
def role() -> Iterator[Role]:
    opened = open_role("generator", "embedded", SAMPLING)
    yield opened
    opened.close()


def test_the_bundled_model_is_a_base_model(role: Role) -> None:
    assert role.completion
    assert role.embedded
    assert role.label == "embedded"
    assert not has_chat_template(bundled_weights())


@pytest.mark.slow
def test_same_seed_same_text_and_other_seeds_other_texts(role: Role) -> None:
    def ask(seed: int) -> str:
        return role.ask("The best network for images is", seed=seed, max_tokens=12).text

    texts = [ask(1), ask(2), ask(1), ask(2)]
    assert texts[:2] == texts[2:]
    assert texts[0] != texts[1]


@pytest.mark.slow
def test_a_schema_is_kept_to_without_blanks(role: Role) -> None:
    for seed in range(2):
        reply = role.ask(EXAMPLES, seed=seed, schema=SCHEMA)
        layers = json.loads(reply.text)["layers"]
        assert 2 <= len(layers) <= 3
        assert reply.text == json.dumps({"layers": layers}, separators=(",", ":"))


def test_a_schema_that_llama_can_not_read_is_an_error(role: Role) -> None:
    lookahead = {"type": "string", "pattern": "^(?=a)b$"}
    with pytest.raises(ValueError, match="can't read this schema"):
        role.ask("a\n", seed=1, schema=lookahead, stop=["a", "e", "o", " "])


def test_stop_words_and_the_limit_end_a_reply(role: Role) -> None:
    stopped = role.ask("def add(a, b):\n    return", seed=1, stop=["\n"])
    assert "\n" not in stopped.text
    assert not stopped.cut
    assert role.ask("One, two, three,", seed=1, max_tokens=3).cut


def test_tokens_are_counted_as_the_model_counts_them(role: Role) -> None:
    text = "conv 32 3 relu; maxpool"
    reply = role.ask(text, seed=1, max_tokens=4)
    assert role.count_tokens(text) == 11
    assert reply.prompt_tokens == 12  # with the one that begins every prompt
    assert reply.reply_tokens == 4


def test_a_prompt_that_does_not_fit_is_not_sent(role: Role) -> None:
    with pytest.raises(PromptCutError, match="--prompt-tokens"):
        role.ask("word " * 1100, seed=1)


async def test_asking_asynchronously_leaves_the_loop_free(role: Role) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    reply = await role.aask("The best network for images is", seed=1, max_tokens=12)
    ticking.cancel()
    assert reply.text == role.ask("The best network for images is", seed=1, max_tokens=12).text
    assert ticks > 5


def test_tokens_stream_one_by_one_and_a_stream_may_be_left(role: Role) -> None:
    model = EmbeddedChatModel(n_ctx=1024, seed=1)
    whole = [chunk.text for chunk in model.stream("One, two, three,", max_tokens=8)]
    assert sum(1 for text in whole if text) >= 6
    stream = model.stream("One, two, three,", max_tokens=40)
    assert next(stream).text == whole[0]
    assert model.invoke("One, two, three,", max_tokens=8).text == "".join(whole)
    stream.close()


@pytest.mark.slow
def test_threads_get_the_replies_to_their_own_questions(role: Role) -> None:
    alone = {seed: role.ask("I like", seed=seed, max_tokens=6).text for seed in range(3)}
    together: dict[int, str] = {}

    def ask(seed: int) -> None:
        together[seed] = role.ask("I like", seed=seed, max_tokens=6).text

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_a_chat_model_file_gets_the_prompt_as_a_chat(role: Role) -> None:
    chat = open_role("improver", EmbeddedChatModel(n_ctx=1024, completion=False), SAMPLING)
    reply = chat.ask("Name a network.", seed=1, schema=SCHEMA)
    assert 2 <= len(json.loads(reply.text)["layers"]) <= 3
    assert reply.prompt_tokens
    assert reply.prompt_tokens > chat.count_tokens("Name a network.") + 1
    assert not chat.completion


def test_roles_share_one_loaded_model_which_goes_with_the_last() -> None:
    first, second = EmbeddedChatModel(n_ctx=600), EmbeddedChatModel(n_ctx=600)
    loaded = weakref.ref(first.load())
    assert second.load() is loaded()
    text = first.invoke("One, two,", max_tokens=4).text
    first.close()
    gc.collect()
    assert second.invoke("One, two,", max_tokens=4).text == text
    assert first.invoke("One, two,", max_tokens=4).text == text


@pytest.mark.slow
def test_closing_frees_the_model_and_asking_loads_it_again(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.symlink_to(bundled_weights())
    model = EmbeddedChatModel(path=own, n_ctx=512)
    loaded = weakref.ref(model.load())
    text = model.invoke("One, two,", max_tokens=4).text
    model.close()
    gc.collect()
    assert loaded() is None
    assert model.invoke("One, two,", max_tokens=4).text == text


def test_a_bad_file_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="no model file at .*none.gguf"):
        open_role("generator", f"embedded:{tmp_path}/none.gguf", SAMPLING)
    (tmp_path / "text.gguf").write_text("not a model")
    with pytest.raises(ModelUnavailableError, match="is not a GGUF file"):
        open_role("generator", f"embedded:{tmp_path}/text.gguf", SAMPLING)
    (tmp_path / "cut.gguf").write_bytes(bundled_weights().read_bytes()[:4096])
    with pytest.raises(ModelUnavailableError, match="llama.cpp can't load"):
        open_role("generator", f"embedded:{tmp_path}/cut.gguf", SAMPLING)


@pytest.mark.slow
def test_two_processes_unpack_the_weights_at_once(tmp_path: Path) -> None:
    code = "from langgraph_nas.llm.gguf import bundled_weights; print(bundled_weights())"
    running = [_python(code, tmp_path) for _ in range(2)]
    paths = {process.communicate()[0].strip() for process in running}
    assert [process.returncode for process in running] == [0, 0]
    (path,) = paths
    assert Path(path).stat().st_size == bundled_weights().stat().st_size
    assert [file.name for file in Path(path).parent.iterdir()] == [Path(path).name]


STOPPED = """
import sys, threading, time
from langgraph_nas.llm.embedded import EmbeddedChatModel
model = EmbeddedChatModel(n_ctx=4096)
print("begun", flush=True)
if "load" not in sys.argv:
    model.load()
    print("loaded", flush=True)
prompt = "One, two," if "write" in sys.argv else "def f(x):\\n    return x\\n" * 250
def ask():
    for chunk in model.stream(prompt, max_tokens=3000):
        print("wrote", flush=True)
if "daemon" in sys.argv:
    threading.Thread(target=ask, daemon=True).start()
    time.sleep(2)
else:
    ask()
"""


@pytest.mark.slow  # 10 s: three processes that load the model
@pytest.mark.parametrize(
    ("where", "at"), [("load", "begun"), ("read", "loaded"), ("write", "wrote")]
)
def test_ctrl_c_ends_a_process_at_once_whatever_its_model_does(where: str, at: str) -> None:
    process = _python(STOPPED, None, where)
    assert process.stdout is not None
    assert any(line == f"{at}\n" for line in process.stdout)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == -signal.SIGINT  # as Python ends of Ctrl-C; 130 in a shell
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert "Fatal" not in err


@pytest.mark.slow  # 8 s: two processes that load the model
@pytest.mark.parametrize("where", ["read", "write"])
def test_a_process_ends_quietly_while_a_daemon_thread_waits_for_its_model(where: str) -> None:
    process = _python(STOPPED, None, where, "daemon")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Fatal" not in err


@pytest.mark.slow  # 3 s: loads the model twice
def test_a_model_that_died_is_told_so_and_loaded_again(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.symlink_to(bundled_weights())
    model = EmbeddedChatModel(path=own, n_ctx=512)
    text = model.invoke("One, two,", max_tokens=4).text
    stream = model.stream("One, two,", max_tokens=400)
    next(stream)
    model.load()._port.process.kill()
    with pytest.raises(BrokenReplyError, match="llama.cpp died"):
        list(stream)
    assert model.invoke("One, two,", max_tokens=4).text == text


@pytest.mark.slow  # 2 s: loads the model
def test_freeing_a_model_ends_the_replies_it_writes(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.symlink_to(bundled_weights())
    model = EmbeddedChatModel(path=own, n_ctx=4096)
    model.load()
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            model.invoke("def f(x):\n    return x\n" * 250, max_tokens=400)
        except ModelUnavailableError as error:
            raised.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    time.sleep(0.5)
    model.close()
    gc.collect()
    thread.join(5)
    assert [str(error) for error in raised] == ["the model was freed while it wrote"]


def _python(code: str, cache: Path | None, *words: str) -> subprocess.Popen[str]:
    env = {**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
