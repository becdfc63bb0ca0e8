"""The arithmetic inside: the paper's protocol, step for step."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from langgraph_nas.sandbox.base import Job, Limits, Recipe, Workload
from langgraph_nas.sandbox.harness.arithmetic import Arithmetic
from langgraph_nas.sandbox.harness.data import Normalise, augment, load_data
from langgraph_nas.sandbox.harness.steps import steps_per_epoch
from langgraph_nas.sandbox.harness.training import even_batches, train
from langgraph_nas.sandbox.warm import CellSandbox

LIMITS = Limits(cpus=1, wall_seconds=60)
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8 * 64, 4)

    def forward(self, x):
        x = F.dropout(F.relu(self.bn(self.conv(x))), 0.1, self.training)
        return self.fc(x.flatten(1))
"""


def plain_loop(workload: Workload, recipe: Recipe) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The protocol as anybody would write it, one program, no preflight, no batched tricks."""
    x = torch.from_numpy(np.load(workload.train / "x.npy")).float() / 255
    y = torch.from_numpy(np.load(workload.train / "y.npy"))
    test = torch.from_numpy(np.load(workload.inputs["validation"] / "x.npy")).float() / 255
    torch.manual_seed(recipe.seed)
    space: dict[str, type[nn.Module]] = {}
    exec(NET, {"nn": nn, "F": functional}, space)
    net = space["Net"]()
    net((x[:2] - 0.5) / 0.25)  # for lazy layers
    torch.manual_seed(recipe.seed)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=0.01, momentum=0.9, weight_decay=recipe.weight_decay
    )
    shuffle = torch.Generator().manual_seed(recipe.seed)
    for _ in range(recipe.epochs):
        for chosen in torch.randperm(len(x), generator=shuffle).split(recipe.batch_size):
            optimizer.zero_grad()
            loss = functional.cross_entropy(net((x[chosen] - 0.5) / 0.25), y[chosen])
            loss.backward()
            optimizer.step()
    net.eval()
    return net.state_dict(), net((test - 0.5) / 0.25).argmax(1)


def test_a_job_gives_what_a_plain_loop_gives(
    forked: CellSandbox, workload: Workload, recipe: Recipe
) -> None:
    recipe = replace(recipe, epochs=2)
    run = forked.run(Job(NET, recipe, send_weights=True), workload, LIMITS)
    weights, predicted = plain_loop(workload, recipe)
    assert run.weights is not None
    for name, tensor in weights.items():
        assert np.allclose(run.weights[name], tensor.numpy(), atol=1e-4), name
    assert (run.predictions["validation"] == predicted.numpy()).mean() > 0.99


def test_a_net_sees_every_sample_once_an_epoch_but_no_batch_of_one(
    workload: Workload, recipe: Recipe
) -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(64, 4)
            self.batches: list[int] = []

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.batches.append(len(x))
            logits: torch.Tensor = self.fc(x.flatten(1))
            return logits

    data = load_data(
        {
            "device": "cpu",
            "shape": list(workload.shape),
            "n_classes": 4,
            "x_train": str(workload.train / "x.npy"),
            "y_train": str(workload.train / "y.npy"),
            "inputs": {},
        }
    )
    for size, batches in ((150, [150, 150, 100]), (133, [133, 133, 133]), (999, [400])):
        net = Counting()
        train(net, data, asdict(replace(recipe, batch_size=size)), Arithmetic(), lambda event: None)
        assert net.batches == batches


@pytest.mark.parametrize(
    ("samples", "size", "steps"), [(100, 10, 10), (101, 10, 10), (102, 10, 11), (5, 10, 1)]
)
def test_steps_per_epoch(samples: int, size: int, steps: int) -> None:
    assert steps_per_epoch(samples, size) == steps


def test_predicting_never_meets_a_batch_of_one() -> None:
    for count in range(2, 70):
        batches = [len(batch) for batch in even_batches(torch.zeros(count, 1), 32)]
        assert sum(batches) == count
        assert min(batches) > 1
        assert max(batches) <= 32


def test_crops_are_windows_of_the_image_padded_with_raw_zeros() -> None:
    images = torch.randint(1, 256, (200, 3, 8, 8), dtype=torch.uint8)
    crops = augment(images, ["crop"], torch.Generator().manual_seed(43))
    padded = functional.pad(images, [4] * 4)
    places = set()
    for image, crop in zip(padded, crops, strict=True):
        found = [
            (top, left)
            for top in range(9)
            for left in range(9)
            if torch.equal(image[:, top : top + 8, left : left + 8], crop)
        ]
        assert len(found) == 1
        places |= set(found)
    assert len(places) > 60
    assert {place[0] for place in places} == {place[1] for place in places} == set(range(9))


def test_about_half_of_the_images_are_mirrored_and_the_others_are_as_they_were() -> None:
    images = torch.randint(0, 256, (400, 3, 8, 8), dtype=torch.uint8)
    before = images.clone()
    result = augment(images, ["flip"], torch.Generator().manual_seed(43))
    mirrored = sum(torch.equal(new, old.flip(2)) for new, old in zip(result, before, strict=True))
    same = sum(torch.equal(new, old) for new, old in zip(result, before, strict=True))
    assert mirrored + same == 400
    assert 150 < mirrored < 250
    assert torch.equal(images, before)


def test_the_same_generator_seed_gives_the_same_augmentation() -> None:
    images = torch.randint(0, 256, (50, 1, 8, 8), dtype=torch.uint8)
    first, again = (
        augment(images, ["crop", "flip"], torch.Generator().manual_seed(7)) for _ in range(2)
    )
    assert torch.equal(first, again)


def test_normalising_is_torchvision_s() -> None:
    from torchvision.transforms import v2

    images = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8)
    mean, std = [0.49, 0.48, 0.45], [0.2, 0.21, 0.22]
    expected = v2.Normalize(mean, std)(v2.functional.to_dtype(images, torch.float32, scale=True))
    assert torch.allclose(Normalise(mean, std, images.device)(images), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((4, 1, 8, 8), np.float32), np.zeros(4, np.int64)),
        (np.zeros((4, 1, 9, 8), np.uint8), np.zeros(4, np.int64)),
        (np.zeros((4, 1, 8, 8), np.uint8), np.zeros(3, np.int64)),
        (np.zeros((4, 1, 8, 8), np.uint8), np.full(4, 4)),
        (np.zeros((0, 1, 8, 8), np.uint8), np.zeros(0, np.int64)),
    ],
)
def test_data_that_is_not_as_announced_is_refused(
    x: np.ndarray, y: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    setup = {"device": "cpu", "shape": [1, 8, 8], "n_classes": 4, "inputs": {}}
    setup |= {"x_train": str(folder / "x.npy"), "y_train": str(folder / "y.npy")}
    with pytest.raises(ValueError, match=r"\.npy"):
        load_data(setup)
