"""The adapter on ``google-generativeai``, the SDK the project named. Its support has ended; its pin never moves."""

from __future__ import annotations

import threading
from typing import Any

import requests
from google.api_core.exceptions import GoogleAPIError
from google.generativeai.client import configure, get_default_generative_client
from google.generativeai.generative_models import GenerativeModel
from google.generativeai.types import RequestOptions
from google.protobuf.json_format import Error as ProtobufError  # type: ignore[import-untyped]
from requests.adapters import BaseAdapter

from assessments.gemini import wire
from assessments.gemini.prompt import Prompt, RawReply

UNREADABLE = (
    GoogleAPIError,
    ProtobufError,
    requests.RequestException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
_configured: tuple[str, str] | None = None
_lock = threading.Lock()


class _Wire(BaseAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        headers = {name: str(value) for name, value in request.headers.items()}
        answer = wire.exchange(str(request.method), str(request.url), headers, body)
        response = requests.Response()
        response.status_code, response.headers = answer.status, requests.structures.CaseInsensitiveDict(answer.headers)
        response._content = answer.body  # noqa: SLF001 - there is no other way to give a Response its body
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Every exchange closes its own connection."""


def generate(prompt: Prompt, *, model: str, key: str, endpoint: str) -> RawReply:
    _configure(key, endpoint)
    answer = GenerativeModel(model, system_instruction=prompt.system).generate_content(
        prompt.text,
        generation_config={
            "temperature": prompt.temperature,
            "max_output_tokens": prompt.max_output_tokens,
            "response_mime_type": "application/json",
            "response_schema": prompt.schema,
        },
        # Its own retrying would go on for ten minutes whatever the timeout; ours is in the door.
        request_options=RequestOptions(timeout=prompt.seconds, retry=None),
    )
    candidate = answer.candidates[0] if answer.candidates else None
    usage = answer.usage_metadata
    return RawReply(
        text="".join(part.text for part in candidate.content.parts) if candidate else "",
        finish_reason=candidate.finish_reason.name if candidate else "",
        block_reason=answer.prompt_feedback.block_reason.name if answer.prompt_feedback.block_reason else "",
        tokens_in=usage.prompt_token_count,
        tokens_out=max(usage.candidates_token_count, usage.total_token_count - usage.prompt_token_count),
    )


def _configure(key: str, endpoint: str) -> None:
    """Its configuration is one for the whole process, so it is made once and only a change makes it anew."""
    global _configured  # noqa: PLW0603
    with _lock:
        if _configured == (key, endpoint):
            return
        configure(api_key=key, transport="rest", client_options={"api_endpoint": endpoint})
        transport: Any = get_default_generative_client().transport
        session = transport._session  # noqa: SLF001 - it offers no other place to put ours
        session.mount("https://", _Wire())
        session.mount("http://", _Wire())
        _configured = (key, endpoint)
