# /// script
# requires-python = ">=3.11"
# dependencies = ["mcp>=2.3"]
# ///
"""A tool of an MCP server: without sessions and as JSON, or with both sessions and events."""

import sys
from collections import defaultdict

from answering import answer_to
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("bot")
said = defaultdict(list)


async def chat(message: str, ctx: Context, conversation: str = "") -> str:
    """Talk."""
    await ctx.report_progress(1, 2, "Thinking")
    heard = said[ctx.headers.get("mcp-session-id") or conversation]
    heard.append(message)
    try:
        return answer_to(heard)
    except ValueError as error:
        raise ToolError(str(error)) from error


server.tool()(chat)
plain = sys.argv[2] == "json"
server.run("streamable-http", port=int(sys.argv[1]), stateless_http=plain, json_response=plain)
