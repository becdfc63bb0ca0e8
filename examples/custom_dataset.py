"""Search on images of your own: a folder with one folder of images for each class.

python examples/custom_dataset.py [ITERATIONS]

Here the images are drawn: stripes that lie, stand or lean.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from langgraph_nas import SearchConfig, search

SIDE, IMAGES = 16, 60


def draw(kind: str, random: np.random.Generator) -> Image.Image:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    lines = {"lying": rows, "standing": columns, "leaning": rows + columns}[kind]
    bright = 110 * np.sin(lines / random.uniform(1.2, 2) + random.uniform(0, 6)) + 128
    noisy = bright[..., None] + random.normal(0, 25, (SIDE, SIDE, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    folder, random = Path("stripes"), np.random.default_rng(43)
    for kind in ("lying", "standing", "leaning"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(IMAGES):
            draw(kind, random).save(folder / kind / f"{number}.png")
    config = SearchConfig(
        dataset=f"folder:{folder}",
        iterations=iterations,
        finalists=1,
        generator="embedded",
        improver="embedded",
        cpus=1,
    )
    result = search(config, build_image=False)
    print(f"best {result.best_accuracy} on {result.scored_split}, test {result.test_accuracy}")


if __name__ == "__main__":
    main()
