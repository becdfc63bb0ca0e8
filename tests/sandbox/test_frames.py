"""The wire: whatever bytes come, the reader yields frames or refuses."""

import random
import tracemalloc

import pytest

from langgraph_nas.sandbox.harness import frames
from langgraph_nas.sandbox.harness.frames import Frame, FrameError, FrameReader


def any_length(kind: bytes) -> int:
    return 1 << 30


def test_frames_come_out_as_they_went_in_however_the_stream_is_cut() -> None:
    dice = random.Random(43)
    sent = [
        Frame(dice.choice(frames.KINDS), dice.randbytes(dice.choice([0, 1, 7, 300])))
        for _ in range(200)
    ]
    stream = b"".join(frames.encode(*frame) for frame in sent)
    for _ in range(20):
        reader, rest, got = FrameReader(any_length), stream, []
        while rest:
            cut = dice.choice([1, 2, 5, 6, 100, 5000])
            got += list(reader.feed(rest[:cut]))
            rest = rest[cut:]
        assert got == sent


def test_noise_is_refused_or_waits_for_more_but_nothing_else_happens() -> None:
    dice = random.Random(43)
    refused = 0
    for _ in range(3000):
        reader = FrameReader(lambda kind: 64)
        kind = dice.choice([b"", dice.choice(frames.KINDS)])
        try:
            for frame in reader.feed(kind + dice.randbytes(dice.randrange(200))):
                assert len(frame.payload) <= 64
        except FrameError:
            refused += 1
    assert refused > 1000


def test_a_length_is_checked_before_memory_is_set_aside() -> None:
    reader = FrameReader(lambda kind: 1000)
    tracemalloc.start()
    with pytest.raises(FrameError, match="too long: 4,294,967,295 bytes"):
        list(reader.feed(frames.HEADER.pack(frames.WEIGHT, 2**32 - 1)))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("payload", [b"", b"[]", b"1", b'{"a"', b"\xff", b"[" * 60000])
def test_what_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        frames.read_json(payload)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\5{}", b"\0\2[]", b"\xff\xff"])
def test_an_array_without_a_whole_header_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        frames.read_array(payload)


def test_an_array_comes_with_its_header() -> None:
    head = frames.encode_array_head(frames.WEIGHT, {"name": "a"}, 3)
    [frame] = FrameReader(any_length).feed(head + b"xyz")
    header, data = frames.read_array(frame.payload)
    assert (header, bytes(data)) == ({"name": "a"}, b"xyz")


def test_a_large_frame_is_held_once() -> None:
    size = 8 << 20
    stream = frames.encode(frames.WEIGHT, bytes(size)) + frames.encode(frames.DONE, b"{}")
    reader, got = FrameReader(any_length), []
    tracemalloc.start()
    for at in range(0, len(stream), 1 << 16):
        got += reader.feed(stream[at : at + (1 << 16)])
    assert tracemalloc.get_traced_memory()[1] < 1.5 * size
    tracemalloc.stop()
    assert [(frame.kind, len(frame.payload)) for frame in got] == [(b"W", size), (b"D", 2)]
