"""The task of a search: what is learnt, of how many images, in which classes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """What a network has to learn; plain values, known before anything is trained."""

    dataset: str
    """Its name."""
    shape: tuple[int, int, int]
    """Of an image: channels, height, width."""
    classes: tuple[str, ...]
    """Names, in the order of the labels."""
    batch_size: int
    n_train: int
    """Images to train on."""
    sizes: dict[str, int]
    """Held-out split -> its images."""
    scored_split: str
    """The split that steers the search: `validation`, or `test` in protocol `paper`."""
    fingerprint: str
    """Checksum of the data: another one means other data."""
    former_fingerprint: str | None = None
    """What an older version would have called the same data."""
    notes: tuple[str, ...] = ()
    """Sentences on what was taken and left out, and on what makes scores mislead."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)
