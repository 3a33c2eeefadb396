"""Errors as endpoints write them, with what each means; from their documentation and bug reports.

`{…}` stands for the body of an error: a message, an OpenAI error, or whatever the endpoint sends.
"""

from __future__ import annotations

import json
from typing import Any

JSON_SCHEMA = "json_schema"


def openai(message: str, param: str | None = None, code: str | None = None, **more: Any) -> Any:
    """Return an error in OpenAI's form."""
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code, **more}}


def vllm(message: str) -> Any:
    return {"object": "error", "message": message, "type": "BadRequestError", "code": 400}


def openrouter(raw: Any) -> Any:
    """Return a provider's error as OpenRouter hands it on: as JSON in a string."""
    metadata = {"raw": json.dumps(raw), "provider_name": "OpenAI"}
    return {"error": {"message": "Provider returned error", "code": 400, "metadata": metadata}}


def pydantic(loc: list[Any], kind: str, message: str, given: Any = 3) -> Any:
    return {"detail": [{"type": kind, "loc": loc, "msg": message, "input": given}]}


LEARNT: list[tuple[str, Any, str]] = [
    (
        "OpenAI, o-series",
        openai(
            "Unsupported parameter: 'temperature' is not supported with this model.",
            "temperature",
            "unsupported_parameter",
        ),
        "temperature",
    ),
    (
        "OpenAI, gpt-5",
        openai(
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the "
            "default (1) value is supported.",
            "temperature",
            "unsupported_value",
        ),
        "temperature",
    ),
    (
        "OpenAI, max_tokens",
        openai(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ),
        "max_tokens",
    ),
    ("a code and no words", openai("Bad request", "seed", "unsupported_parameter"), "seed"),
    ("Groq", openai("property 'seed' is unsupported"), "seed"),
    (
        "Mistral",
        {
            "object": "error",
            "message": pydantic(["body", "seed"], "extra_forbidden", "Extra inputs not permitted"),
            "type": "invalid_request_error",
        },
        "seed",
    ),
    (
        "FastAPI",
        pydantic(["body", "top_p"], "extra_forbidden", "Extra inputs are not permitted"),
        "top_p",
    ),
    (
        "pydantic 1",
        pydantic(["body", "seed"], "value_error.extra", "extra fields not permitted"),
        "seed",
    ),
    (
        "vLLM, an error in Python's words",
        vllm(
            "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not "
            "permitted', 'input': 3}]"
        ),
        "seed",
    ),
    (
        "pydantic 2 as text",
        vllm(
            "1 validation error for ChatCompletionRequest\nseed\n  Extra inputs are not permitted "
            "[type=extra_forbidden, input_value=3, input_type=int]"
        ),
        "seed",
    ),
    (
        "Anthropic",
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "`temperature` and `top_p` cannot both be specified for this model. "
                "Please use only one.",
            },
        },
        "top_p",
    ),
    (
        "Anthropic, thinking",
        openai("`temperature` may only be set to 1 when thinking is enabled."),
        "temperature",
    ),
    ("Anthropic, later", openai("`temperature` is deprecated for this model."), "temperature"),
    (
        "Gemini",
        [
            {
                "error": {
                    "code": 400,
                    "message": 'Invalid JSON payload received. Unknown name "seed": Cannot find '
                    "field.",
                    "status": "INVALID_ARGUMENT",
                    "details": [
                        {
                            "@type": "type.googleapis.com/google.rpc.BadRequest",
                            "fieldViolations": [{"description": 'Unknown name "seed"'}],
                        }
                    ],
                }
            }
        ],
        "seed",
    ),
    (
        "Bedrock",
        {
            "message": "Malformed input request: extraneous key [seed] is not permitted, please "
            "reformat your input and try again."
        },
        "seed",
    ),
    (
        "LiteLLM",
        openai(
            "litellm.UnsupportedParamsError: bedrock does not support parameters: ['seed'], for "
            "model=x. To drop these, set `litellm.drop_params=True`"
        ),
        "seed",
    ),
    (
        "LiteLLM with the provider's error behind it",
        openai(
            "litellm.BadRequestError: OpenAIException - "
            + json.dumps(openai("Unsupported parameter", "top_p", "unsupported_parameter"))
        ),
        "top_p",
    ),
    (
        "a proxy with the error of the client in Python's words",
        "Error code: 400 - {'error': {'message': \"Unsupported parameter: 'temperature' is not "
        "supported with this model.\", 'param': 'temperature'}}",
        "temperature",
    ),
    (
        "OpenRouter",
        openrouter(openai("Unsupported parameter: 'temperature' is not supported", "temperature")),
        "temperature",
    ),
    (
        "a cause in a string",
        {"error": {"cause": json.dumps(openai("Unsupported value", "top_p", "unsupported_value"))}},
        "top_p",
    ),
    ("an error in an error", {"error": {"error": "Unrecognized request argument: seed"}}, "seed"),
    ("xAI", {"code": "Invalid argument", "error": "Argument not supported: topP"}, "top_p"),
    ("Moonshot", openai("invalid temperature: only 1 is allowed for this model"), "temperature"),
    (
        "Fireworks",
        openai("Extra inputs are not permitted, field: 'seed', value: 3"),
        "seed",
    ),
    (
        "behind the first 200 characters",
        openai("We are sorry. " * 20 + "Unsupported parameter: 'seed'."),
        "seed",
    ),
    ("Chinese", openai("当前模型不支持 temperature 参数"), "temperature"),
    ("a page of HTML", "<html><body><p>Unknown field: seed</p></body></html>", "seed"),
    (
        "OpenAI, no structured output",
        openai(
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with "
            "this model.",
            "response_format",
        ),
        JSON_SCHEMA,
    ),
    ("DeepSeek", openai("This response_format type is unavailable now"), JSON_SCHEMA),
    (
        "Azure",
        openai(
            "response_format value as json_schema is enabled only for api versions "
            "2024-08-01-preview and later"
        ),
        JSON_SCHEMA,
    ),
    (
        "Groq, no structured output",
        openai("This model does not support response format `json_schema`."),
        JSON_SCHEMA,
    ),
    (
        "a closed list of forms",
        pydantic(
            ["body", "response_format", "type"],
            "literal_error",
            "Input should be 'text' or 'json_object'",
            "json_schema",
        ),
        JSON_SCHEMA,
    ),
    (
        "OpenAI, bounds",
        openai(
            "Invalid schema for response_format 'answer': In context=('properties', 'value'), "
            "'minimum' is not permitted.",
            "response_format",
        ),
        "schema_bounds",
    ),
    (
        "Gemini, a schema too complex",
        openai("The specified schema produces a constraint that has too many states for serving."),
        "schema_bounds",
    ),
    (
        "vLLM",
        vllm("The provided JSON schema contains features not supported by xgrammar."),
        "schema_bounds",
    ),
    (
        "Gemini, closed objects",
        openai(
            'Invalid JSON payload received. Unknown name "additionalProperties" at '
            "'generation_config.response_schema': Cannot find field."
        ),
        "additional_properties",
    ),
    (
        "strict",
        pydantic(
            ["body", "response_format", "json_schema", "strict"],
            "extra_forbidden",
            "Extra inputs are not permitted",
            True,
        ),
        "strict",
    ),
    (
        "a part that is not implemented",
        openai('Grammar error: Unimplemented keys: ["minimum"]'),
        "schema_bounds",
    ),
    ("Databricks", {"message": 'Bad request: json: unknown field "seed"\n'}, "seed"),
    ("Cerebras", openai("Unsupported JSON schema fields: {'minItems'}"), "schema_bounds"),
    ("Ollama", openai('invalid format: expected "json" or a JSON schema'), JSON_SCHEMA),
    ("Gemini's own", openai("systemInstruction parameter is not supported"), "system_role"),
    ("Gemini, roles", openai("Please use a valid role: user, model."), "system_role"),
    ("a sentence for a code", {"code": "Unknown field seed", "error": "Bad request"}, "seed"),
    ("an unknown role", openai("Unknown role: system"), "system_role"),
    ("vLLM, Gemma", vllm("System role not supported"), "system_role"),
    (
        "OpenAI, o1-mini",
        openai(
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "messages[0].role",
            "unsupported_value",
        ),
        "system_role",
    ),
    (
        "Gemini, Gemma",
        openai("Developer instruction is not enabled for models/gemma-3-27b-it"),
        "system_role",
    ),
    (
        "Bedrock, Titan",
        {"message": "This model doesn't support system messages. Try again without them."},
        "system_role",
    ),
    (
        "Anthropic's own API",
        openai('messages: Unexpected role "system". The Messages API accepts a top-level `system`'),
        "system_role",
    ),
    (
        "two roles only",
        pydantic(
            ["body", "messages", 0, "role"],
            "literal_error",
            "Input should be 'user' or 'assistant'",
        ),
        "system_role",
    ),
    (
        "Mistral's first template",
        vllm("Conversation roles must alternate user/assistant/user/assistant/..."),
        "system_role",
    ),
    (
        "LM Studio",
        {
            "error": 'Error rendering prompt with jinja template: "Error: Conversations must start '
            'with a user prompt"'
        },
        "system_role",
    ),
]
"""Who says it, the error, and what is learnt where everything was sent, a system message too."""

NOT_LEARNT: list[tuple[str, Any]] = [
    (
        "OpenAI, above the largest",
        openai(
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 5.",
            "temperature",
            "decimal_above_max_value",
        ),
    ),
    ("the largest value", openai("'temperature' must be less than or equal to 2", "temperature")),
    ("an interval", openai("temperature must be between 0 and 1, got 1.5", "temperature")),
    ("out of range", openai("temperature=5.0 is out of range", "temperature")),
    ("a code of a value", openai("Bad request", "temperature", "decimal_above_max_value")),
    ("a type", openai("Invalid type for 'seed'", "seed", "invalid_type")),
    (
        "pydantic, a value",
        pydantic(["body", "top_p"], "less_than_equal", "Input should be less than or equal to 1"),
    ),
    ("DeepSeek", openai("Invalid temperature value, the valid range of temperature is [0, 2.0]")),
    ("DashScope", openai("<400> InvalidParameter: Range of max_tokens should be [1, 8192]")),
    ("Zhipu", openai("temperature 参数非法。取值范围是(0,1)", code="1210")),
    ("TGI", {"error": "Input validation error: `temperature` must be strictly positive"}),
    ("a range beside “not supported”", openai("temperature 3 not supported: must be in [0, 2]")),
    (
        "Ollama",
        openai("json: cannot unmarshal number into Go struct field ChatRequest.seed of type int"),
    ),
    (
        "a parameter of somebody else's",
        openai("Unsupported: see temperature and seed", "chat_template_kwargs", "unsupported"),
    ),
    (
        "a list of what is taken",
        openai("Unrecognized request argument: top_k. Known are temperature, top_p and seed."),
    ),
    ("a tool's parameter", openai("Unsupported", "tools[0].function.parameters.temperature")),
    ("a model's name", openai("Model bytedance/seed-oss-36b does not support this endpoint")),
    (
        "the context",
        openai(
            "This model's maximum context length is 8192 tokens. However, your messages resulted "
            "in 9000 tokens (8900 in the messages, 100 in the schema). Please reduce the length.",
            "messages",
            "context_length_exceeded",
        ),
    ),
    (
        "the context, beside two settings",
        openai(
            "'max_tokens' or 'max_completion_tokens' is too large: 200. This model's maximum "
            "context length is 4096 tokens and your request has 4000 input tokens."
        ),
    ),
    (
        "the person's own words",
        openai("Cannot process: I am told that temperature is not supported on my old heater"),
    ),
    (
        "the person's words in the middle, cut and escaped",
        openai("Unexpected token in 'old\\nheater, and the \\\"seed\\\" was not allowed eith...'"),
    ),
    (
        "the request said back",
        openai(
            "Unknown error. Request was: "
            + json.dumps({"model": "m", "messages": [{"role": "user"}], "temperature": 0.7})
        ),
    ),
    (
        "the request said back, cut",
        openai("Unknown error. Request was: {'messages': [{'role': 'user'}], 'temperature': 0."),
    ),
    (
        "the request under input",
        pydantic(["body", "user"], "missing", "Unexpected", {"temperature": 1, "seed": 3}),
    ),
    (
        "the request under input in Python's words",
        vllm("[{'type': 'x', 'loc': ('body',), 'msg': 'Unexpected', 'input': {'temperature': 1}}]"),
    ),
    ("nothing", {}),
    ("a missing field", openai("Missing required parameter: 'user'", "user")),
]
"""Who says it, and the error; nothing is learnt from it."""
