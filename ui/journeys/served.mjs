// The web interface that `throughline serve --http --allow trade` serves, in a real Chromium, as a
// person uses it; and a page of another origin that tries to use it as well. tests/it/browser.rs
// starts the engine and this, and says what it found.
//
//     THROUGHLINE_TOKEN=... node journeys/served.mjs URL CHROMIUM [FOLDER FOR PICTURES]

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";

import { chromium } from "playwright-core";

const [url, executablePath, pictures] = process.argv.slice(2);
const token = process.env["THROUGHLINE_TOKEN"];
assert(url && executablePath && token, "an address, a browser and a token are needed");

/** Longer than a run of a strategy takes on a busy machine, in milliseconds. */
const PATIENCE = 90_000;

/** Steps up to the order; what follows waits for the market, whose clock stands. */
const STEPS_BEFORE_THE_MARKET_ANSWERS = 8;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(PATIENCE);
  const halted = await journey(await context.newPage());
  assert.equal(halted, null, "nothing is halted before another page tries");
  await attack(context);
  console.log("ok everything");
} finally {
  await browser.close();
}

/** @param {import("playwright-core").Page} page @param {string} name */
async function picture(page, name) {
  if (pictures) await page.screenshot({ path: join(pictures, `served-${name}.png`) });
}

/** Login, a run of the sample strategy, its lineage, its order, the portfolio.
 *
 * @param {import("playwright-core").Page} page */
async function journey(page) {
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // The wrong token below is answered with 401, of which the browser complains by itself.
    if (message.type() === "error" && !message.text().includes("401")) {
      complaints.push(message.text());
    }
  });

  await page.goto(`${url}/`);
  assert.equal(new URL(page.url()).pathname, "/login", "the first visit asks for the token");
  await picture(page, "login");
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Token").fill(String(token));
  await page.getByRole("button", { name: "Log in" }).click();
  await page.locator("[data-testid=nav-dashboard][aria-current=page]").waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  assert.equal(await page.evaluate(() => document.cookie), "", "no script sees the cookie");
  await picture(page, "dashboard");
  console.log("ok login");

  await page.getByTestId("nav-strategies").click();
  await page.getByTestId("run-now").first().click();
  const filled = page.locator("[data-testid=step-card]:not([data-status=waiting])");
  await page.waitForURL(/#\/lineage\/./);
  await filled.nth(STEPS_BEFORE_THE_MARKET_ANSWERS - 1).waitFor();
  assert.equal(await page.locator("[data-testid=step-card][data-status=error]").count(), 0);
  await page.locator("[data-step=generate_charts] [data-testid=step-details-open]").click();
  const image = page.locator("[data-testid=details-dialog] [data-testid=chart-image]").first();
  await image.waitFor();
  await page.waitForFunction(
    (found) => found instanceof HTMLImageElement && found.complete && found.naturalWidth > 0,
    await image.elementHandle(),
  );
  await picture(page, "lineage");
  const dialog = page.getByTestId("details-dialog");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  console.log("ok lineage");

  await page.getByTestId("nav-orders").click();
  await page.locator("[data-testid=nav-orders][aria-current=page]").waitFor();
  await page.locator("table tbody tr", { hasText: "AAPL" }).first().waitFor();
  await picture(page, "orders");
  console.log("ok orders");

  await page.getByTestId("nav-portfolio").click();
  await page.locator("[data-testid=nav-portfolio][aria-current=page]").waitFor();
  await page.getByText("DU1000001").first().waitFor();
  await picture(page, "portfolio");
  console.log("ok portfolio");

  await page.goto(`${url}/try`);
  await page.getByLabel("Find an operation").fill("status_get");
  await page.getByRole("button", { name: "status_get" }).click();
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("status").filter({ hasText: "200" }).waitFor();
  await picture(page, "try");
  console.log("ok try");

  assert.deepEqual(complaints, [], "the browser has nothing to complain of");
  return (await status()).halt;
}

/** What the engine says to whoever knows the token.
 *
 * @returns {Promise<{ halt: unknown }>} */
async function status() {
  const answer = await fetch(`${url}/api/rpc/status_get`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: "{}",
  });
  assert.equal(answer.status, 200);
  /** @type {unknown} */
  const said = await answer.json();
  assert(typeof said === "object" && said !== null && "halt" in said);
  return said;
}

/** A page that another program serves on this computer, in the browser that is logged in. To the
 * browser it is of the same site, so that it sends the cookie along: the server must refuse by itself.
 *
 * @param {import("playwright-core").BrowserContext} context */
async function attack(context) {
  const server = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end("<!doctype html><title>Another page</title>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  try {
    const address = server.address();
    assert(address && typeof address === "object");
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const found = await page.evaluate(tryEverything, String(url));
    console.log(JSON.stringify(found));
    for (const [way, came] of Object.entries(found)) {
      assert.equal(came, "nothing", `another page got ${came} by ${way}`);
    }
    // A form leads the browser itself there.
    await page.setContent(
      `<form method="post" action="${url}/api/rpc/halt" enctype="text/plain">
         <input name='{"reason":"evil","x":"' value='"}' /></form>`,
    );
    const answered = page.waitForResponse((response) => response.url().endsWith("/api/rpc/halt"));
    await page.evaluate(() => document.forms[0]?.submit());
    assert.equal((await answered).status(), 403, "a form of another page is refused");
    assert.equal((await status()).halt, null, "another page halted the trading");
    console.log("ok another origin");
  } finally {
    server.close();
  }
}

/** Runs in the other page: what it comes to know, by each way, or "nothing".
 *
 * @param {string} target */
async function tryEverything(target) {
  const post = { method: "POST", body: '{"reason":"evil"}' };
  const json = { "Content-Type": "application/json" };
  /** @type {[string, RequestInit, string][]} */
  const requests = [
    ["reading", {}, "/api/session"],
    ["reading with the cookie", { credentials: "include" }, "/api/session"],
    ["a command", { ...post, headers: json, credentials: "include" }, "/api/rpc/halt"],
    ["a command as text", { ...post, credentials: "include" }, "/api/rpc/halt"],
    ["a blind command", { ...post, mode: "no-cors", credentials: "include" }, "/api/rpc/halt"],
    ["the interface", { credentials: "include" }, "/"],
  ];
  /** @type {Record<string, string>} */
  const found = {};
  for (const [way, request, path] of requests) {
    try {
      const answer = await fetch(target + path, request);
      // An opaque answer tells a page nothing but that there was one.
      found[way] = answer.type === "opaque" ? "nothing" : `${answer.status} ${await answer.text()}`;
    } catch {
      found[way] = "nothing";
    }
  }
  found["the events"] = await new Promise((resolve) => {
    const socket = new WebSocket(`${target.replace("http", "ws")}/api/events`);
    socket.onopen = () => resolve("a stream");
    socket.onerror = () => resolve("nothing");
  });
  found["a frame"] = await new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = `${target}/`;
    frame.onload = () => {
      try {
        resolve(frame.contentDocument ? "a document" : "nothing");
      } catch {
        resolve("nothing");
      }
    };
    document.body.append(frame);
  });
  found["a script"] = await new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = `${target}/api/openapi.json`;
    script.onload = () => resolve("a script");
    script.onerror = () => resolve("nothing");
    document.body.append(script);
  });
  return found;
}
