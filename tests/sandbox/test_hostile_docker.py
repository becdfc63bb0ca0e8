"""The hostile suite against Docker."""

import pytest
from hostile.suite import HostileSuite

from langgraph_nas.config import SearchConfig
from langgraph_nas.sandbox.docker import DockerSandbox
from langgraph_nas.sandbox.warm import CellSandbox


@pytest.mark.docker
class TestDocker(HostileSuite):
    """In containers of the sandbox's image."""

    @staticmethod
    def make() -> CellSandbox:
        return DockerSandbox(SearchConfig.model_fields["image"].default)
