// Call an API once with a client library that gets its base URL from the environment alone.
// Arguments: the name of a client below, and the folder with the packages. Errors do not count.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [name, folder] = process.argv.slice(2);
const resolve = createRequire(`${folder}/`).resolve;
const load = (packageName) => import(pathToFileURL(resolve(packageName)));
const messages = [{ role: "user", content: "Hello" }];

const generate = async (packageName, member) => {
  const { generateText } = await load("ai");
  const provider = (await load(packageName))[member];
  await generateText({ model: provider("m"), prompt: "Hello", maxRetries: 0 });
};

const clients = {
  async openai() {
    const { OpenAI } = await load("openai");
    await new OpenAI({ maxRetries: 0 }).chat.completions.create({ model: "m", messages });
  },
  async azure_openai() {
    const { AzureOpenAI } = await load("openai");
    const client = new AzureOpenAI({ apiVersion: "2024-10-21", maxRetries: 0 });
    await client.chat.completions.create({ model: "m", messages });
  },
  async anthropic() {
    const { Anthropic } = await load("@anthropic-ai/sdk");
    const client = new Anthropic({ maxRetries: 0 });
    await client.messages.create({ model: "m", max_tokens: 9, messages });
  },
  async google_genai() {
    const { GoogleGenAI } = await load("@google/genai");
    await new GoogleGenAI({}).models.generateContent({ model: "m", contents: "Hello" });
  },
  async groq() {
    const { default: Groq } = await load("groq-sdk");
    await new Groq({ maxRetries: 0 }).chat.completions.create({ model: "m", messages });
  },
  ai_sdk_openai: () => generate("@ai-sdk/openai", "openai"),
  ai_sdk_anthropic: () => generate("@ai-sdk/anthropic", "anthropic"),
};

await clients[name]().catch(() => {});
