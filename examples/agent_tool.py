"""An agent that searches for a network with a tool.

    python examples/agent_tool.py [ITERATIONS]

The agent here is a function that asks for one search and repeats the answer, so that the example
needs no chat model that calls tools. With one, `langchain.agents.create_agent(model, [tool])` takes
its place.
"""

import sys

from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from langgraph_nas import SearchConfig, nas_tool


def main() -> None:
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    config = SearchConfig(dataset="digits", generator="embedded", improver="embedded", cpus=1)
    tool = nas_tool(config=config)

    def think(state: MessagesState) -> MessagesState:
        last = state["messages"][-1]
        if isinstance(last, ToolMessage):
            return {"messages": [AIMessage(str(last.content))]}
        call = ToolCall(name=tool.name, args={"iterations": iterations}, id="1")
        return {"messages": [AIMessage("", tool_calls=[call])]}

    graph = StateGraph(MessagesState)
    graph.add_node("think", think)
    graph.add_node("tools", ToolNode([tool]))
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", tools_condition, ["tools", END])
    graph.add_edge("tools", "think")
    agent = graph.compile()

    asked = MessagesState(messages=[HumanMessage("Find a network that reads digits.")])
    for part in agent.stream(asked, stream_mode="custom", subgraphs=True, version="v2"):
        if part["type"] != "custom":
            continue
        event = part["data"]
        if event["event"] == "outcome":
            print(event["iteration"], event["outcome"], event["accuracy"])
        if event["event"] == "search_ended":
            print("ended:", event["name"], event["reason"])


if __name__ == "__main__":
    main()
