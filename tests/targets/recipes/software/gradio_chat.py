# /// script
# requires-python = ">=3.11"
# dependencies = ["gradio>=6"]
# ///
"""A `ChatInterface` of Gradio that writes its answer piece by piece."""

import sys

import gradio
from answering import answer_to


def reply(message, history):
    said = [each["content"] for each in history if each["role"] == "user"]
    said = [each if isinstance(each, str) else each[0]["text"] for each in said]
    try:
        text = answer_to([*said, message])
    except ValueError as error:
        raise gradio.Error(str(error)) from error
    for end in range(8, len(text) + 8, 8):
        yield text[:end]


gradio.ChatInterface(reply, api_name="chat").launch(server_port=int(sys.argv[1]), quiet=True)
