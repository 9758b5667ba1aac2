// The conversation with the openai npm package; prints its transcript as JSON.
// The package reads the server and the key from the environment.

import { createHash } from "node:crypto";
import OpenAI, { toFile } from "openai";
import { VERSION } from "openai/version";

const GREETING = { role: "user", content: "Grüß Gott 👋" };
const CONTENT = Buffer.alloc(256 * 4800, Buffer.from(Array.from({ length: 256 }, (_, n) => n)));
const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
};

const wire = [];

async function fetchAndNote(url, init) {
  const response = await fetch(url, init);
  if (response.url.startsWith("data:")) return response; // the package tests the abilities of fetch
  const headers = [...response.headers].filter(([name]) => !name.startsWith("x-runreel-"));
  wire.push([response.status, headers]);
  return response;
}

const client = new OpenAI({ fetch: fetchAndNote });
const { threads, assistants } = client.beta;

const getTexts = (messages) =>
  messages.flatMap((message) => message.content.map((part) => part.text.value));

async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

function summarizeStream(events) {
  const names = [];
  for (const { event } of events) {
    if (names.at(-1)?.[0] !== event) names.push([event, 0]);
    names.at(-1)[1] += 1;
  }
  const deltas = events.filter(({ event }) => event === "thread.message.delta");
  return {
    events: names.map(([name, count]) => `${name} x${count}`),
    text: getTexts(deltas.map(({ data }) => data.delta)).join(""),
    status: events.at(-1).data.status,
  };
}

async function streamWithHandlers(thread, assistant) {
  const notes = { text: "", done: [], ended: false };
  const run = threads.runs
    .stream(thread, { assistant_id: assistant })
    .on("textDelta", (delta) => (notes.text += delta.value))
    .on("textDone", (text) => notes.done.push(text.value))
    .on("end", () => (notes.ended = true));
  await run.done();
  return { ...notes, done: [...new Set(notes.done)] };
}

async function poll(thread, assistant) {
  const run = await threads.runs.createAndPoll(thread, { assistant_id: assistant });
  const steps = (await threads.runs.steps.list(run.id, { thread_id: thread })).data;
  const newest = (await threads.messages.list(thread, { limit: 2 })).data;
  return [run.status, steps.map((step) => step.type), getTexts(newest)];
}

async function useTools(thread, assistant) {
  const body = { assistant_id: assistant, tools: [WEATHER] };
  const waiting = await threads.runs.stream(thread, body).finalRun();
  const calls = waiting.required_action.submit_tool_outputs.tool_calls;
  const outputs = calls.map((call) => ({ tool_call_id: call.id, output: "70 °F" }));
  let text = "";
  const run = await threads.runs
    .submitToolOutputsStream(waiting.id, { thread_id: thread, tool_outputs: outputs })
    .on("textDelta", (delta) => (text += delta.value))
    .finalRun();
  return {
    waiting: waiting.status,
    calls: calls.map((call) => [call.function.name, call.function.arguments]),
    text,
    status: run.status,
    newest: getTexts((await threads.messages.list(thread, { limit: 1 })).data),
  };
}

async function uploadFile() {
  const upload = await toFile(CONTENT, "data.bin");
  const file = await client.files.create({ file: upload, purpose: "assistants" });
  const content = Buffer.from(await (await client.files.content(file.id)).arrayBuffer());
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { name: file.filename, bytes: file.bytes, sha256 };
}

async function getError(expected, call) {
  try {
    await call;
  } catch (error) {
    if (error instanceof expected) return [error.status, error.error.message];
    throw error;
  }
  return "no error";
}

const assistant = (await assistants.create({ model: "gpt-4o", name: "Guide" })).id;
const thread = (await threads.create({ metadata: { topic: "weather" } })).id;
const message = await threads.messages.create(thread, GREETING);
const stream = await threads.runs.create(thread, { assistant_id: assistant, stream: true });
const transcript = {
  message: getTexts([message]),
  stream: summarizeStream(await collect(stream)),
  handler: await streamWithHandlers(thread, assistant),
  poll: await poll(thread, assistant),
  tools: await useTools(thread, assistant),
  both: summarizeStream(
    await collect(
      threads.createAndRunStream({ assistant_id: assistant, thread: { messages: [GREETING] } }),
    ),
  ),
  file: await uploadFile(),
  errors: [
    await getError(
      OpenAI.NotFoundError,
      threads.runs.retrieve("run_nobody", { thread_id: thread }),
    ),
    await getError(
      OpenAI.AuthenticationError,
      client.models.list({ headers: { Authorization: null } }),
    ),
  ],
};
console.log(JSON.stringify({ version: VERSION, transcript, wire }));
