"""The number of steps of an epoch; standard library only, since the host counts them, too."""


def steps_per_epoch(samples: int, batch_size: int) -> int:
    """Return the batches of one epoch, a last one of a single sample not counted."""
    whole, rest = divmod(samples, batch_size)
    return max(1, whole + (rest > 1))
