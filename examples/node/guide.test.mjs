// The guide's tests: recorded once, then replayed without a key and without a network.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { Guide } from "./guide.mjs";
import { withSession } from "./session.mjs";

const hireGuide = (baseURL) =>
  Guide.hire(new OpenAI({ baseURL }), { weather: () => "18 °C, a light breeze from the sea" });

test(
  "an answer comes whole",
  withSession(async (baseURL) => {
    const guide = await hireGuide(baseURL);
    assert.match(await guide.answer("What should I see in Lisbon?"), /Lisbon/);
  }),
);

test(
  "the guide looks the weather up while telling",
  withSession(async (baseURL) => {
    const guide = await hireGuide(baseURL);
    const pieces = [];
    for await (const piece of guide.tell("Do I need a coat in Lisbon?")) pieces.push(piece);
    assert.ok(pieces.length > 3);
    assert.match(pieces.join(""), /18 °C/);
  }),
);
