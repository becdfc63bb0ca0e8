"""Programs that look for what is none of theirs: the host, other processes, the labels."""

from hostile.case import HONEST, PRY, USE, Case

WALK = """
import os

SINCE = os.stat("@INPUTS@").st_ctime
# What the image brings: of any size, and of no interest.
OURS = ["/proc", "/sys", "/usr", "/lib", "/lib64", "/nas/site", *torch.__path__]

def files(top, but=()):
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in but]
        yield from (os.path.join(folder, name) for name in names)

def may_hold_a_secret(path):
    # A file that has not changed since the data were written can't hold what was drawn with them.
    return os.path.isfile(path) and os.stat(path).st_ctime >= SINCE
"""
"""Looks at all files, without reading those of an image: they may be of many gigabytes."""

NETWORK = """
import socket
families = (socket.AF_INET, socket.AF_INET6)
for address in (("192.0.2.1", 80), ("172.17.0.1", 2375), ("169.254.169.254", 80)):
    must_fail("a connection", lambda: socket.create_connection(address, 1))
for family in families:
    must_fail("a raw socket", lambda: socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_ICMP))

def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        return to.sendto(b"x", ("192.0.2.1", 53))

must_fail("a datagram", send)
must_fail("packets", lambda: socket.socket(17, socket.SOCK_RAW))
for name in ("pypi.org", "host.docker.internal"):
    must_fail("a name", lambda: socket.getaddrinfo(name, 443))
"""
HOST_FILES = f"""{WALK}
SECRET = bytes.fromhex("@SECRET@")

def read(path):
    found = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(9)
    assert found  # Docker lays an empty file over what it hides.
    return found

for path in ("/etc/shadow", "/root/.ssh", "/proc/1/root/etc/shadow", "/proc/kcore", "/dev/mem",
             "/dev/kmsg", "/dev/sda", "/dev/vda", "@FOLDER@", "@PROJECT@", "/var/lib/docker",
             "/var/run/docker.sock", "/run/docker.sock", "/run/containerd"):
    must_fail(path, lambda: read(path))
for path in files("/", OURS):
    try:
        if may_hold_a_secret(path) and SECRET in open(path, "rb").read():
            escaped(f"the secret in {{path}}")
    except OSError:
        pass
"""
ENVIRONMENT = """
import glob
for path in ("/proc/self/environ", *glob.glob("/proc/[0-9]*/environ")):
    try:
        if b"@SECRET@" in open(path, "rb").read():
            escaped("the host's environment")
    except OSError:
        pass
if "@SECRET@" in repr(dict(os.environ)):
    escaped("the host's environment")
"""
ENGINE = f"""{WALK}
import socket, stat
for path in files("/", OURS):
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            escaped(f"the socket {{path}}")
    except OSError:
        pass

def connect(path):
    with socket.socket(socket.AF_UNIX) as engine:
        engine.connect(path)

for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
             "\\0docker", "/run/dbus/system_bus_socket"):
    must_fail(path, lambda: connect(path))
"""
CALLS = """
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
NAMES = {"x86_64": (101, 310, 272, 165, 321, 298, 248, 323, 425, 304, 155, 246, 175),
         "aarch64": (117, 270, 97, 40, 280, 241, 217, 282, 425, 265, 41, 104, 105)}
# Trace, read another's memory, unshare, mount, bpf, perf, add_key, userfaultfd, io_uring, open by
# handle, pivot_root, kexec, init_module. Docker's profiles leave the first to the kernel's own
# rules, and older ones io_uring.
leaves = (101, 117, 425) if os.path.exists("/.dockerenv") else ()
for number in set(NAMES[platform.machine()]) - set(leaves):
    arguments = (0x10000000,) if number in (272, 97) else (16, os.getppid(), 0, 0)
    result = libc.syscall(number, *arguments)
    if result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        escaped(f"call {number}: {result}, {os.strerror(ctypes.get_errno())}")
"""
OTHERS = """
import ctypes, signal
others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
if len(others) > 4:
    escaped(f"{len(others)} other processes")
if not os.path.exists("/.dockerenv"):  # There the first process belongs to the same user.
    for pid in others:
        must_fail("the memory of another", lambda: open(f"/proc/{pid}/mem", "r+b"))
for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
    for pid in (1, -1, os.getppid(), *others):
        try:
            os.kill(pid, number)
        except OSError:
            pass
"""
LIMITS = """
import glob, resource
for name in ("NOFILE", "CORE"):
    kind = getattr(resource, "RLIMIT_" + name)
    must_fail(name, lambda: resource.setrlimit(kind, (1 << 20, 1 << 20)))

def write(path, value):
    with open(path, "w") as file:
        file.write(value)

must_fail("oom_score_adj", lambda: write("/proc/self/oom_score_adj", "-1000"))
must_fail("priority", lambda: os.nice(-5))
must_fail("root", lambda: os.setuid(0))
must_fail("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
for top in ("/sys/fs/cgroup/", "/proc/sys/"):
    for path in glob.glob(top + "**", recursive=True):
        if os.path.isfile(path):
            must_fail(path, lambda: os.open(path, os.O_WRONLY))
"""
LINKS = """
for path in ("/nas/data/train/x.npy", "/nas/data/inputs/0/x.npy", "/nas/harness/serve.py"):
    must_fail("replaced", lambda: os.rename("/tmp/link", path))
    must_fail("removed", lambda: os.remove(path))
    must_fail("written", lambda: open(path, "r+b"))
for number, target in enumerate(("/etc/shadow", "/proc/1/root", "/nas/data/train/y.npy", "/")):
    os.symlink(target, f"/tmp/link{number}")
for name in ("result.json", "predictions.npy", "y.npy", "out"):
    os.mkfifo(f"/tmp/{name}")
must_fail("a device", lambda: os.mknod("/tmp/mem", 0o20666, os.makedev(1, 1)))
"""
FRAMES = """
import gc, numpy, sys
M = @M@
frame, seen = sys._getframe(), list(gc.get_objects())
while frame:
    seen += [*frame.f_locals.values(), *frame.f_globals.values()]
    frame = frame.f_back
for module in list(sys.modules.values()):
    seen += list(getattr(module, "__dict__", {}).values())
for item in list(seen):
    if type(item) is dict:
        seen += list(item.values())
FOUND = None
for item in seen:
    kind = type(item)
    if kind in (torch.Tensor, numpy.ndarray) and item.shape == (M,):
        item, kind = item.tolist(), list
    if kind in (list, tuple) and len(item) == M and all(type(part) is int for part in item):
        FOUND = list(item) if set(item) == {0, 1, 2, 3} else FOUND
"""
MOUNTS = (
    f"""{WALK}
import numpy
"""
    + """
M, HEAD = @M@, numpy.array(@HEAD@)
KINDS = ["u1", "<i2", "<i4", "<i8", ">i2", ">i4", ">i8"]
PATTERNS = {kind: HEAD.astype(kind).tobytes() for kind in KINDS}
TEXTS = {mark: mark.join(str(label) for label in HEAD).encode() for mark in (",", ", ", " ", "\\n")}

def chunks(path, size=1 << 25, overlap=1 << 15):
    with open(path, "rb") as file:
        held = b""
        while data := file.read(size):
            held += data
            yield held
            held = held[-overlap:]

def regions(data):
    # Labels, as numbers or text, fill at least one block with bytes between 0 and "3".
    blocks = numpy.frombuffer(data, "u1", len(data) // 512 * 512).reshape(-1, 512)
    top = blocks.max(1) if len(blocks) else numpy.zeros(0)
    low = numpy.flatnonzero((top > 0) & (top <= ord("3")))
    for group in numpy.split(low, numpy.flatnonzero(numpy.diff(low) > 1) + 1):
        if len(group):
            yield data[max(0, group[0] - 1) * 512 : (group[-1] + 3) * 512]

def look_into(path):
    for data in (region for chunk in chunks(path) for region in regions(chunk)):
        for kind, pattern in PATTERNS.items():
            at = data.find(pattern)
            if at >= 0 and len(data) - at >= M * numpy.dtype(kind).itemsize:
                return numpy.frombuffer(data, kind, M, at).astype(int)
        for mark, text in TEXTS.items():
            at = data.find(text)
            if at >= 0:
                return [int(part[:1]) for part in data[at:].decode("latin1").split(mark)[:M]]

FOUND = None
for path in files("@TOP@", ("/proc", "/sys")):
    try:
        if FOUND is None and not os.path.islink(path) and may_hold_a_secret(path):
            FOUND = look_into(path)
    except (OSError, ValueError):
        pass
"""
)

PRYING = [
    Case("the network and the engine's socket", PRY + NETWORK + ENGINE + HONEST, {"ok"}),
    Case("the host's files and environment", PRY + HOST_FILES + ENVIRONMENT + HONEST, {"ok"}),
    Case("forbidden system calls", PRY + CALLS + HONEST, {"ok"}),
    Case("other processes read and killed", PRY + OTHERS + HONEST, {"ok", "killed", "timeout"}),
    Case("its own limits raised", PRY + LIMITS + HONEST, {"ok"}),
    Case("links, pipes and devices", PRY + LINKS + HONEST, {"ok"}),
    Case("labels in frames and garbage", FRAMES + USE, {"ok"}),
]
