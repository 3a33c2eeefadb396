# /// script
# requires-python = ">=3.11"
# dependencies = ["langserve[server]>=0.3", "uvicorn"]
# ///
"""A chain of LangServe that takes messages and gives an `AIMessage`, piece by piece."""

import sys

import uvicorn
from answering import answer_to
from fastapi import FastAPI
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.runnables import RunnableGenerator
from langserve import add_routes
from pydantic import BaseModel


class Chat(BaseModel):
    messages: list[HumanMessage | AIMessage]


async def reply(given):
    async for each in given:
        messages = each["messages"] if isinstance(each, dict) else each.messages
        text = answer_to([each.content for each in messages if each.type == "human"])
        for start in range(0, len(text), 8):
            yield AIMessageChunk(text[start : start + 8])


app = FastAPI()
add_routes(app, RunnableGenerator(reply).with_types(input_type=Chat), path="/chat")
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
