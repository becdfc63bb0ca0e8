"""Entry of the sandboxed process: `python -P -s harness/__main__.py SETUP`, SETUP being JSON."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path


def load_harness() -> None:
    """Make this folder importable as the package `nas_harness`, wherever it is mounted."""
    folder = Path(__file__).parent
    spec = importlib.util.spec_from_file_location(
        "nas_harness", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["nas_harness"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load_harness()
    # The wire takes over the standard streams before torch may print to them.
    wire = importlib.import_module("nas_harness.wire").Wire()
    setup = json.loads(sys.argv[1])
    importlib.import_module("nas_harness.serve").serve(setup, wire)
