"""`python -m langgraph_nas.cli`: the same as `langgraph-nas`."""

import sys

from langgraph_nas.cli import main

if __name__ == "__main__":
    sys.exit(main())
