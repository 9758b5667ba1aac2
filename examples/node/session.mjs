// A runreel session for each test, over the control API; see docs/sessions.md.

import assert from "node:assert/strict";

// Set by `runreel replay cassettes/ -- node --test`, which also starts the server.
const server = new URL(process.env.OPENAI_BASE_URL).origin;

async function control(method, path, settings) {
  const answer = await fetch(`${server}/-/sessions${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: settings && JSON.stringify(settings),
  });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error.message);
  return document;
}

// Returns a test that calls `body` with the base URL of a new session. It fails if a request was
// missed, with the reason. If it fails, the cassette is not replaced.
export function withSession(body) {
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
