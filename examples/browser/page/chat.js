// A chat with an assistant: each question is a run, whose answer is shown as it streams.
// The page calls the origin that it comes from, or the one in its address: ?api=http://127.0.0.1:7357

const api = new URLSearchParams(location.search).get("api") ?? location.origin;
const headers = {
  "Content-Type": "application/json",
  "OpenAI-Beta": "assistants=v2",
  Authorization: "Bearer none-needed",
};

const form = document.querySelector("#form");
const messages = document.querySelector("#messages");
const question = document.querySelector("#question");
const status = document.querySelector("#status");

async function post(path, body) {
  const answer = await fetch(`${api}/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.ok) return answer;
  const text = await answer.text();
  let message = text;
  try {
    message = JSON.parse(text).error.message;
  } catch {
    // not JSON: the text itself is shown
  }
  throw new Error(message || `the server answered ${answer.status}`);
}

let conversation;

async function start() {
  const assistant = await (
    await post("/assistants", { model: "gpt-4o", name: "Guide", instructions: "You are a travel guide." })
  ).json();
  const thread = await (await post("/threads", {})).json();
  return { assistant: assistant.id, thread: thread.id };
}

/** Yield the data of server-sent events, parsed, to the end of the stream. */
async function* readEvents(stream) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const lines = event.split("\n").filter((line) => line.startsWith("data:"));
      const data = lines.map((line) => line.slice(5).trimStart()).join("\n");
      if (data === "[DONE]") continue; // reading on to the end keeps the recording whole
      if (data) yield JSON.parse(data);
    }
  }
}

function addMessage(kind, text) {
  const item = document.createElement("li");
  item.className = kind;
  item.textContent = text;
  messages.append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

async function ask(text) {
  addMessage("question", text);
  const answer = addMessage("answer streaming", "");
  try {
    conversation ??= await start();
    const run = await post(`/threads/${conversation.thread}/runs`, {
      assistant_id: conversation.assistant,
      stream: true,
      additional_messages: [{ role: "user", content: text }],
    });
    for await (const event of readEvents(run.body)) {
      if (event.object !== "thread.message.delta") continue;
      for (const part of event.delta.content ?? []) answer.append(part.text?.value ?? "");
      answer.scrollIntoView({ block: "end" });
    }
  } finally {
    answer.classList.remove("streaming");
    if (!answer.textContent) answer.remove();
  }
}

async function submit(text) {
  const controls = form.querySelectorAll("button, input");
  for (const control of controls) control.disabled = true;
  status.hidden = true;
  try {
    await ask(text);
  } catch (error) {
    status.textContent = error.message;
    status.hidden = false;
    status.scrollIntoView({ block: "end" });
  } finally {
    for (const control of controls) control.disabled = false;
    question.focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  question.value = "";
  if (text) submit(text);
});

for (const button of document.querySelectorAll("#suggestions button")) {
  button.addEventListener("click", () => submit(button.textContent));
}
