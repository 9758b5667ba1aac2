// A travel guide: an assistant whose answers are polled or streamed, and include the weather.
// It uses the openai package and does not know of runreel.

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather in a city, now.",
    parameters: {
      type: "object",
      properties: { city: { type: "string", examples: ["Lisbon"] } },
      required: ["city"],
    },
  },
};

export class Guide {
  #runs;
  #messages;
  #weather;
  #assistant;
  #thread;

  // `weather` is a function from a city to a description of its weather.
  static async hire(client, { weather }) {
    const guide = new Guide();
    const { assistants, threads } = client.beta;
    guide.#runs = threads.runs;
    guide.#messages = threads.messages;
    guide.#weather = weather;
    guide.#assistant = (await assistants.create({ model: "gpt-4o", name: "Guide" })).id;
    guide.#thread = (await threads.create()).id;
    return guide;
  }

  // Returns the answer; the run is polled until it ends.
  async answer(question) {
    await this.#say(question);
    await this.#runs.createAndPoll(this.#thread, { assistant_id: this.#assistant });
    const newest = await this.#messages.list(this.#thread, { limit: 1 });
    return newest.data[0].content.map((part) => part.text.value).join("");
  }

  // Yields the pieces of an answer for which the guide may look up the weather.
  async *tell(question) {
    await this.#say(question);
    const body = { assistant_id: this.#assistant, tools: [WEATHER], stream: true };
    let events = await this.#runs.create(this.#thread, body);
    while (events) {
      let waiting = null;
      for await (const { event, data } of events) {
        if (event === "thread.message.delta") yield data.delta.content[0].text.value;
        if (event === "thread.run.requires_action") waiting = data;
      }
      events = waiting && (await this.#submit(waiting));
    }
  }

  #say(content) {
    return this.#messages.create(this.#thread, { role: "user", content });
  }

  #submit(run) {
    const calls = run.required_action.submit_tool_outputs.tool_calls;
    const tool_outputs = calls.map((call) => ({
      tool_call_id: call.id,
      output: this.#weather(JSON.parse(call.function.arguments).city),
    }));
    return this.#runs.submitToolOutputs(run.id, {
      thread_id: this.#thread,
      tool_outputs,
      stream: true,
    });
  }
}
