// Conversations with client libraries for Node; prints what a library makes of them as JSON.
// Argument: the name of a client below. SERVER is the base URL without a path, KEY the key.

import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { GoogleGenAI } from "@google/genai";
import { jsonSchema, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";

globalThis.AI_SDK_LOG_WARNINGS = false;
const { SERVER, KEY } = process.env;
const QUESTION = "Write to ann@example.org, bob@example.com and carl@example.net.";
const messages = [{ role: "user", content: QUESTION }];

async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

const weather = tool({
  description: "Tell the weather in a city.",
  inputSchema: jsonSchema({ type: "object", properties: { city: { type: "string" } } }),
  execute: async ({ city }) => `18 degrees in ${city}`,
});

// The parts of a stream of the AI SDK, without the times and ids that it makes itself.
async function stream(model, options = {}) {
  const result = streamText({ model, prompt: QUESTION, maxRetries: 0, ...options });
  const parts = (await collect(result.fullStream)).map((part) => [part.type, part.text ?? ""]);
  const calls = (await result.steps).flatMap((step) =>
    step.toolCalls.map((call) => [call.toolName, call.input]),
  );
  return [parts, calls, await result.text, await result.totalUsage];
}

const openai = () => createOpenAI({ baseURL: `${SERVER}/v1`, apiKey: KEY });

const clients = {
  async anthropic() {
    const client = new Anthropic({ baseURL: SERVER, apiKey: KEY });
    const events = client.messages.stream({ model: "model-a", max_tokens: 99, messages });
    const names = (await collect(events)).map((event) => event.type);
    return [names, await events.finalMessage()];
  },
  async gemini() {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: SERVER } });
    const chunks = await client.models.generateContentStream({
      model: "model-a",
      contents: QUESTION,
    });
    return (await collect(chunks)).map((chunk) => chunk.candidates);
  },
  async openai() {
    const client = new OpenAI({ baseURL: `${SERVER}/v1`, apiKey: KEY });
    const chunks = await client.chat.completions.create({
      model: "model-a",
      messages,
      stream: true,
    });
    return collect(chunks);
  },
  async responses() {
    const client = new OpenAI({ baseURL: `${SERVER}/v1`, apiKey: KEY });
    const first = await client.responses.create({ model: "model-a", input: QUESTION });
    const events = client.responses.stream({
      model: "model-a",
      input: "And now?",
      previous_response_id: first.id,
    });
    const names = (await collect(events)).map((event) => event.type);
    return [names, (await events.finalResponse()).output_text];
  },
  "ai-anthropic": () =>
    stream(createAnthropic({ baseURL: `${SERVER}/v1`, apiKey: KEY })("model-a")),
  "ai-chat": () => stream(openai().chat("model-a")),
  "ai-responses": () =>
    stream(openai()("model-a"), { tools: { get_weather: weather }, stopWhen: stepCountIs(3) }),
};

console.log(JSON.stringify(await clients[process.argv[2]]()));
