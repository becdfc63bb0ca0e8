"""Plain loops without any product code, as processes of their own; torch (and torchvision) only.

    python bare.py arithmetic PROGRAM.py N_TRAIN N_TEST BATCH THREADS [DEVICE [SHAPE]]
    python bare.py latency PROGRAM.py 0 0 BATCH THREADS [DEVICE]
    python bare.py reference PROGRAM.py TRAIN_DIR TEST_DIR BATCH THREADS SEED MEAN STD [WORKERS]

`arithmetic` prints the seconds of the same forward, backward and optimizer steps, and of the
scoring pass, on one batch of random numbers that is there already: no data, no checks, no
progress; SHAPE is that of an image, by default 3,32,32. `latency` prints the milliseconds of one
image, by CUDA's own events on a GPU. `reference` trains as a tutorial does it - images one by one
through torchvision's transforms, in WORKERS processes of a loader - and prints the seconds and the
class ids of the test images.
TRAIN_DIR holds x.npy and y.npy, TEST_DIR x.npy. All print one line of JSON.

Recorded programs run here without a sandbox: give it only what you would run yourself.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional


def load_net(file: str) -> nn.Module:
    space = {"torch": torch, "nn": nn, "F": functional, "__name__": "program"}
    exec(compile(Path(file).read_text(), file, "exec"), space)
    return space["Net"]()


def sgd(net: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)


def wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def arithmetic(
    file: str, n_train: int, n_test: int, batch: int, device: str = "cpu", shape: str = "3,32,32"
) -> None:
    size_of_one = tuple(map(int, shape.split(",")))
    torch.manual_seed(43)
    net = load_net(file).to(device)
    images = torch.randn(batch, *size_of_one, device=device)
    labels = torch.arange(batch, device=device) % 10
    net.train()
    net(images[:2])  # layers without a shape get theirs before the optimizer asks for them
    optimizer = sgd(net)
    functional.cross_entropy(net(images), labels).backward()
    sizes = [batch] * (n_train // batch) + [n_train % batch] * (n_train % batch > 1)
    wait(device)
    began = time.perf_counter()
    for size in sizes:
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(net(images[:size]), labels[:size]).backward()
        optimizer.step()
    wait(device)
    trained = time.perf_counter()
    net.eval()
    scored = torch.randn(2 * batch, *size_of_one, device=device)
    with torch.no_grad():
        for part in torch.arange(n_test).tensor_split(-(-n_test // (2 * batch))):
            net(scored[: len(part)]).argmax(1)
    wait(device)
    ended = time.perf_counter()
    print(json.dumps({"train": trained - began, "test": ended - trained, "steps": len(sizes)}))


def latency(file: str, device: str, repeats: int = 50) -> None:
    net = load_net(file).to(device).eval()
    image = torch.randn(1, 3, 32, 32, device=device)
    times = []
    with torch.no_grad():
        for _ in range(repeats):
            if device == "cuda":
                first, last = (torch.cuda.Event(enable_timing=True) for _ in "12")
                first.record()
                net(image)
                last.record()
                torch.cuda.synchronize()
                times.append(first.elapsed_time(last))
            else:
                began = time.perf_counter()
                net(image)
                times.append(1000 * (time.perf_counter() - began))
    print(json.dumps({"latency_ms": statistics.median(times[repeats // 5 :])}))


def reference(
    file: str,
    train: str,
    test: str,
    batch: int,
    seed: int,
    mean: list[float],
    std: list[float],
    workers: int = 0,
) -> None:
    import numpy as np
    from PIL import Image
    from torch.utils.data import DataLoader
    from torchvision import transforms

    torch.manual_seed(seed)
    plain = [transforms.ToTensor(), transforms.Normalize(mean, std)]
    moved = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    x, y = np.load(f"{train}/x.npy"), np.load(f"{train}/y.npy")
    pictures = [Image.fromarray(image.transpose(1, 2, 0)) for image in x]
    augmented = transforms.Compose(moved + plain)

    class Images(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return len(pictures)

        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return augmented(pictures[index]), int(y[index])

    net = load_net(file)
    optimizer = sgd(net)
    began = time.perf_counter()
    net.train()
    for images, labels in DataLoader(Images(), batch, shuffle=True, num_workers=workers):
        optimizer.zero_grad()
        functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
    net.eval()
    normalise = transforms.Normalize(mean, std)
    found = []
    with torch.no_grad():
        for part in torch.from_numpy(np.load(f"{test}/x.npy")).split(batch):
            found += net(normalise(part.float() / 255)).argmax(1).tolist()
    print(json.dumps({"seconds": time.perf_counter() - began, "classes": found}))


if __name__ == "__main__":
    kind, file, one, two, batch, threads, *rest = sys.argv[1:]
    torch.set_num_threads(int(threads))
    if kind == "arithmetic":
        arithmetic(file, int(one), int(two), int(batch), *rest)
    elif kind == "latency":
        latency(file, *(rest or ["cpu"]))
    else:
        reference(file, one, two, int(batch), *map(json.loads, rest))
