"""Call an API once with a client library that gets its base URL from the environment alone.

The argument is the name of a client: a function in this file. Errors do not count, because the
server of the test answers nothing that a client could read.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

load: Callable[[str], Any] = import_module
MESSAGES = [{"role": "user", "content": "Hello"}]


def openai() -> None:
    OpenAI = load("openai").OpenAI

    OpenAI(max_retries=0).chat.completions.create(model="m", messages=MESSAGES)


def azure_openai() -> None:
    AzureOpenAI = load("openai").AzureOpenAI

    client = AzureOpenAI(api_version="2024-10-21", max_retries=0)
    client.chat.completions.create(model="m", messages=MESSAGES)


def anthropic() -> None:
    Anthropic = load("anthropic").Anthropic

    Anthropic(max_retries=0).messages.create(model="m", max_tokens=9, messages=MESSAGES)


def anthropic_bedrock() -> None:
    AnthropicBedrock = load("anthropic").AnthropicBedrock

    client = AnthropicBedrock(aws_access_key="a", aws_secret_key="b", aws_region="us-east-1")
    client.with_options(max_retries=0).messages.create(model="m", max_tokens=9, messages=MESSAGES)


def anthropic_vertex() -> None:
    AnthropicVertex = load("anthropic").AnthropicVertex

    client = AnthropicVertex(region="us-east5", project_id="p", access_token="t", max_retries=0)
    client.messages.create(model="m", max_tokens=9, messages=MESSAGES)


def google_genai() -> None:
    genai = load("google.genai")

    client = genai.Client()  # a name keeps it open
    client.models.generate_content(model="m", contents="Hello")


def google_genai_vertex() -> None:
    genai = load("google.genai")
    Credentials = load("google.oauth2.credentials").Credentials

    client = genai.Client(
        vertexai=True, project="p", location="us-east5", credentials=Credentials(token="t")
    )
    client.models.generate_content(model="m", contents="Hello")


def groq() -> None:
    Groq = load("groq").Groq

    Groq(max_retries=0).chat.completions.create(model="m", messages=MESSAGES)


def cohere() -> None:
    sdk = load("cohere")

    sdk.ClientV2().chat(model="m", messages=MESSAGES, request_options={"max_retries": 0})


def ollama() -> None:
    sdk = load("ollama")

    sdk.Client().chat(model="m", messages=MESSAGES)


def boto3_bedrock() -> None:
    boto3 = load("boto3")
    Config = load("botocore.config").Config

    config = Config(retries={"max_attempts": 0}, region_name="us-east-1")
    client = boto3.client(
        "bedrock-runtime", aws_access_key_id="a", aws_secret_access_key="b", config=config
    )
    client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": "Hello"}]}])


def complete(model: str) -> Callable[[], Any]:
    def call() -> None:
        litellm = load("litellm")

        litellm.completion(model=model, messages=MESSAGES, max_retries=0, num_retries=0)

    return call


litellm_openai = complete("openai/m")
litellm_azure = complete("azure/m")
litellm_anthropic = complete("anthropic/m")
litellm_mistral = complete("mistral/m")
litellm_ollama = complete("ollama_chat/m")
litellm_gemini = complete("gemini/m")
litellm_groq = complete("groq/m")


def langchain_openai() -> None:
    ChatOpenAI = load("langchain_openai").ChatOpenAI

    ChatOpenAI(model="m", max_retries=0).invoke("Hello")


def langchain_azure() -> None:
    AzureChatOpenAI = load("langchain_openai").AzureChatOpenAI

    AzureChatOpenAI(model="m", api_version="2024-10-21", max_retries=0).invoke("Hello")


def langchain_anthropic() -> None:
    ChatAnthropic = load("langchain_anthropic").ChatAnthropic

    ChatAnthropic(model_name="m", max_retries=0, timeout=5, stop=None).invoke("Hello")


def langchain_mistral() -> None:
    ChatMistralAI = load("langchain_mistralai").ChatMistralAI

    ChatMistralAI(model_name="m", max_retries=0).invoke("Hello")


def langchain_google() -> None:
    ChatGoogleGenerativeAI = load("langchain_google_genai").ChatGoogleGenerativeAI

    ChatGoogleGenerativeAI(model="m", max_retries=0).invoke("Hello")


def langchain_ollama() -> None:
    ChatOllama = load("langchain_ollama").ChatOllama

    ChatOllama(model="m").invoke("Hello")


if __name__ == "__main__":
    with contextlib.suppress(Exception):
        globals()[sys.argv[1]]()
