"""The adapter on ``google-genai``, the successor."""

from __future__ import annotations

import httpx
from google import genai
from google.genai import errors as sdk_errors
from google.genai import types
from pydantic import ValidationError

from assessments.gemini import wire
from assessments.gemini.prompt import Prompt, RawReply

UNREADABLE = (
    sdk_errors.APIError,
    httpx.HTTPError,
    ValidationError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)


class _Wire(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # httpx's own length and host are computed anew by the connection.
        skipped = {"content-length", "host", "transfer-encoding", "accept-encoding", "connection"}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in skipped}
        answer = wire.exchange(request.method, str(request.url), headers, request.read())
        return httpx.Response(answer.status, headers={"content-type": "application/json"}, content=answer.body)


def generate(prompt: Prompt, *, model: str, key: str, endpoint: str) -> RawReply:
    with httpx.Client(transport=_Wire(), follow_redirects=False, trust_env=False) as client:
        options = types.HttpOptions(base_url=endpoint, api_version="v1beta", httpx_client=client)
        answer = genai.Client(api_key=key, vertexai=False, http_options=options).models.generate_content(
            model=model,
            contents=prompt.text,
            config=types.GenerateContentConfig(
                system_instruction=prompt.system,
                temperature=prompt.temperature,
                max_output_tokens=prompt.max_output_tokens,
                response_mime_type="application/json",
                response_schema=prompt.schema,
                automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            ),
        )
    candidate = answer.candidates[0] if answer.candidates else None
    parts = (candidate.content.parts or []) if candidate and candidate.content else []
    usage, feedback = answer.usage_metadata, answer.prompt_feedback
    tokens_in = (usage and usage.prompt_token_count) or 0
    total = (usage and usage.total_token_count) or 0
    return RawReply(
        text="".join(part.text or "" for part in parts if not part.thought),
        finish_reason=candidate.finish_reason.value if candidate and candidate.finish_reason else "",
        block_reason=feedback.block_reason.value if feedback and feedback.block_reason else "",
        tokens_in=tokens_in,
        tokens_out=max((usage and usage.candidates_token_count) or 0, total - tokens_in),
    )
