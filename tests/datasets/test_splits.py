import numpy as np
import pytest

from langgraph_nas.datasets.splits import split_indices, split_off_test, split_sizes
from langgraph_nas.errors import DatasetError


@pytest.mark.parametrize(
    ("n_images", "validation"), [(50_000, 5_000), (20_000, 5_000), (19_999, 3_999), (10, 2)]
)
def test_validation_takes_5000_images_or_a_fifth_of_a_small_set(n_images, validation):
    assert split_sizes(n_images) == (n_images - validation, validation)


def test_train_and_validation_never_overlap_and_cover_all_images():
    train, validation = split_indices(30_000, 43, None, "validation")
    assert sorted([*train, *validation]) == list(range(30_000))


def test_validation_is_the_same_for_every_number_of_training_samples():
    few, validation_of_few = split_indices(1_000, 7, 10, "validation")
    many, validation_of_many = split_indices(1_000, 7, 500, "validation")
    assert np.array_equal(few, many[:10])
    assert np.array_equal(validation_of_few, validation_of_many)


def test_the_seed_alone_decides_the_split():
    first, again = (split_indices(500, 1, None, "validation")[1] for _ in range(2))
    other = split_indices(500, 2, None, "validation")[1]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_validation_is_the_end_of_numpys_own_shuffle():
    order = np.random.default_rng(43).permutation(100)
    train, validation = split_indices(100, 43, 30, "validation")
    assert np.array_equal(train, order[:30])
    assert np.array_equal(validation, order[80:])


def test_the_papers_protocol_trains_on_all_images():
    train, validation = split_indices(100, 43, None, "paper")
    assert sorted(train) == list(range(100))
    assert len(validation) == 0


@pytest.mark.parametrize(("protocol", "available"), [("validation", 80), ("paper", 100)])
def test_more_samples_than_there_are_is_refused_with_their_number(protocol, available):
    split_indices(100, 43, available, protocol)
    with pytest.raises(DatasetError, match=f"there are {available}.*--train-samples {available}"):
        split_indices(100, 43, available + 1, protocol)


def test_too_few_images_are_refused():
    with pytest.raises(DatasetError, match="9 training images are too few: give at least 10"):
        split_sizes(9)


def test_the_test_split_takes_a_fifth_of_each_class_and_leaves_single_images():
    labels = np.array([0] * 10 + [1] * 5 + [2])
    train, test = split_off_test(labels)
    assert sorted([*train, *test]) == list(range(16))
    assert np.bincount(labels[test], minlength=3).tolist() == [2, 1, 0]
    assert np.array_equal(test, split_off_test(labels)[1])
