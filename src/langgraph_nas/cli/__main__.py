"""`python -m langgraph_nas.cli`: the same as `langgraph-nas`."""

from langgraph_nas.cli import program

if __name__ == "__main__":
    program()
