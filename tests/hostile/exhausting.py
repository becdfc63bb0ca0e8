"""Programs that take all there is: processes, memory, disk, output."""

from hostile.case import HONEST, Case

FORK_BOMB = """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""
MEMORY_OF_CHILDREN = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        held = bytearray(b"x") * (256 << 20)
        time.sleep(60)
time.sleep(60)
"""
MEMFD = """
import os
fd = os.memfd_create("held")
while True:
    os.write(fd, bytes(1 << 20))
"""
FILL = """
import os
for path in ("/dev/shm/a", "/dev/shm/b", "/tmp/a", "/tmp/b"):
    try:
        with open(path, "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError:
        assert os.path.getsize(path) <= 32 << 20
raise ValueError("full")
"""
EVERYWHERE = """
import os
written = 0
for folder, _, _ in os.walk("/"):
    if folder.startswith(("/proc", "/sys", "/tmp", "/dev/shm")):
        continue
    try:
        with open(os.path.join(folder, "bomb"), "wb") as file:
            while written < 1 << 30:
                written += file.write(bytes(1 << 20))
    except OSError:
        pass
if written:
    os.write(2, b"ESCAPED: wrote to the disk")
raise ValueError("nowhere")
"""
OUTPUT = """
import os
while True:
    os.write(1, b"x" * 65536)
    os.write(2, b"x" * 65536)
"""
FOUR_TERABYTES = HONEST.replace("64, 4)", "1 << 20, 1 << 20)")

EXHAUSTING = [
    Case("a fork bomb", FORK_BOMB, {"timeout"}),
    Case(
        "a memory bomb",
        "held = []\nwhile True: held.append(bytearray(1 << 24))\n",
        {"out_of_memory"},
    ),
    # With cgroup v1 the kernel kills one of the children, and the others sleep on.
    Case("a memory bomb of children", MEMORY_OF_CHILDREN, {"out_of_memory", "timeout"}),
    # Docker's cells also bound the size of a file.
    Case("a memory bomb in a file without a name", MEMFD, {"out_of_memory", "build_error"}),
    Case("a memory bomb in /dev/shm and /tmp", FILL, {"build_error"}),
    Case("a file bomb in every folder", EVERYWHERE, {"build_error"}),
    Case("an output bomb on both streams", OUTPUT, {"output_limit"}),
    Case("200 MB of exception text", "raise ValueError('x' * (200 << 20))\n", {"build_error"}),
    Case("four terabytes of weights", FOUR_TERABYTES, {"out_of_memory"}),
]
