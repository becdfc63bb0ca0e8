"""What every sandbox is started with."""

from langgraph_nas.sandbox.base import Limits
from langgraph_nas.sandbox.launch import environment


def test_threads_are_bounded_and_do_not_wait_by_spinning() -> None:
    """GNU's OpenMP, which torch's wheels bring, spins for 300,000 rounds unless told otherwise."""
    inside = environment(Limits(cpus=2))
    assert [inside[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")] == ["2", "2"]
    assert 1000 <= int(inside["GOMP_SPINCOUNT"]) <= 20_000


def test_nothing_of_the_hosts_environment_comes_along() -> None:
    assert set(environment(Limits())) <= {
        *("PATH", "HOME", "TMPDIR", "LANG", "USER", "LOGNAME", "CUDA_VISIBLE_DEVICES"),
        *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMP_SPINCOUNT", "CUBLAS_WORKSPACE_CONFIG"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED"),
    }
