// The guide's tests: recorded once, replayed from then on, without a key and without a network.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { Guide } from "./guide.mjs";
import { recorded } from "./session.mjs";

const hired = (baseURL) =>
  Guide.hire(new OpenAI({ baseURL }), { weather: () => "18 °C, a light breeze from the sea" });

test(
  "an answer comes whole",
  recorded(async (baseURL) => {
    const guide = await hired(baseURL);
    assert.match(await guide.answer("What should I see in Lisbon?"), /Lisbon/);
  }),
);

test(
  "the guide looks the weather up while telling",
  recorded(async (baseURL) => {
    const guide = await hired(baseURL);
    const pieces = [];
    for await (const piece of guide.tell("Do I need a coat in Lisbon?")) pieces.push(piece);
    assert.ok(pieces.length > 3);
    assert.match(pieces.join(""), /18 °C/);
  }),
);
