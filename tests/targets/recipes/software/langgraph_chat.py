# /// script
# requires-python = ">=3.11"
# dependencies = ["langgraph-cli[inmem]>=0.4"]
# ///
"""A LangGraph server with one graph, which remembers by thread."""

import sys

from answering import answer_to
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph


def reply(state: MessagesState):
    said = [each.content for each in state["messages"] if each.type == "human"]
    return {"messages": [AIMessage(answer_to(said))]}


graph = StateGraph(MessagesState).add_node("reply", reply)
graph = graph.add_edge(START, "reply").add_edge("reply", END).compile()

if __name__ == "__main__":
    from langgraph_api.cli import run_server

    served = {"agent": f"{__file__}:graph"}
    run_server(port=int(sys.argv[1]), reload=False, graphs=served, open_browser=False)
