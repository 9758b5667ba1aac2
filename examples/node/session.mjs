// A runreel session for each test, over the control API; see docs/sessions.md.

import assert from "node:assert/strict";

// `runreel replay cassettes/ -- node --test` says where the server is, and runs it in its mode.
const server = new URL(process.env.OPENAI_BASE_URL).origin;

async function control(method, path, order) {
  const answer = await fetch(`${server}/-/sessions${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: order && JSON.stringify(order),
  });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error.message);
  return document;
}

// The test `body` with a session of its own, whose base URL it is given. It fails if a request was
// missed, with the reason; and if it fails, the cassette stays as it was.
export function recorded(body) {
  return async (t) => {
    const cassette = t.name.replaceAll(/[^A-Za-z0-9]+/g, "-");
    const { name, base_url } = await control("POST", "", { cassette });
    let passed = false;
    let report;
    try {
      await body(`${base_url}/v1`);
      passed = true;
    } finally {
      report = await control("DELETE", `/${name}?keep=${passed}`);
    }
    assert.ok(report.ok, report.first_miss?.message);
  };
}
