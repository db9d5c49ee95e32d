"use strict";

// The page to try the API with. Everything on it comes from the OpenAPI document.

const byId = (id) => document.getElementById(id);

/** Follows a reference into the document. */
function resolve(api, schema) {
  let found = schema;
  for (let depth = 0; found && found.$ref && depth < 20; depth += 1) {
    found = found.$ref
      .slice(2)
      .split("/")
      .reduce((place, part) => place?.[part], api);
  }
  return found ?? {};
}

/** A value of the shape that a schema asks for, to begin with. */
function example(api, schema, depth = 0) {
  const found = resolve(api, schema);
  if (found.default !== undefined) return found.default;
  if (found.const !== undefined) return found.const;
  if (found.enum) return found.enum[0];
  const choices = found.oneOf ?? found.anyOf;
  if (choices) return example(api, choices[0], depth + 1);
  const type = Array.isArray(found.type) ? found.type[0] : found.type;
  if (type === "object") {
    const required = found.required ?? [];
    if (depth > 6) return {};
    return Object.fromEntries(
      required.map((name) => [name, example(api, found.properties[name], depth + 1)]),
    );
  }
  return { string: "", integer: found.minimum ?? 0, number: 0, boolean: false, array: [] }[type] ?? null;
}

function field(name, words, control) {
  const label = document.createElement("label");
  label.htmlFor = name;
  label.textContent = words;
  control.id = name;
  control.name = name;
  const row = document.createElement("p");
  row.append(label, control);
  return row;
}

/** Shows one operation with the fields that it takes. */
function choose(api, { path, method, operation }) {
  byId("title").textContent = operation.operationId;
  byId("words").textContent =
    `${method.toUpperCase()} ${path} — ${operation.summary ?? operation.description ?? ""}`;
  const rows = (operation.parameters ?? []).map((parameter) => {
    const input = document.createElement("input");
    input.required = parameter.required;
    input.placeholder = parameter.description ?? "";
    if (parameter.schema?.default !== undefined) input.value = String(parameter.schema.default);
    return field(parameter.name, parameter.name, input);
  });
  const body = operation.requestBody?.content["application/json"].schema;
  if (body) {
    const area = document.createElement("textarea");
    area.spellcheck = false;
    area.value = JSON.stringify(example(api, body), null, 2);
    rows.push(field("body", "Request (JSON)", area));
    byId("shape").textContent = JSON.stringify(resolve(api, body), null, 2);
  }
  byId("schema").hidden = !body;
  byId("fields").replaceChildren(...rows);
  byId("status").textContent = "";
  byId("answer").hidden = true;
  const form = byId("form");
  form.hidden = false;
  form.onsubmit = (event) => {
    event.preventDefault();
    void send(path, method, operation, new FormData(form));
  };
}

async function send(path, method, operation, given) {
  const query = new URLSearchParams();
  let address = path;
  for (const parameter of operation.parameters ?? []) {
    const value = String(given.get(parameter.name) ?? "");
    if (parameter.in === "path") {
      address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
    } else if (value !== "") query.set(parameter.name, value);
  }
  const body = given.get("body");
  byId("status").textContent = "Sent …";
  const begun = performance.now();
  try {
    const response = await fetch(query.size > 0 ? `${address}?${query}` : address, {
      method: method.toUpperCase(),
      credentials: "same-origin",
      ...(body === null ? {} : { body, headers: { "Content-Type": "application/json" } }),
    });
    const text = await response.text();
    const took = Math.round(performance.now() - begun);
    byId("status").textContent = `${response.status} ${response.statusText} in ${took} ms`;
    byId("answer").textContent = pretty(text);
    byId("answer").hidden = false;
  } catch (error) {
    byId("status").textContent = `There was no answer: ${error}`;
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function list(api, operations, wanted) {
  const groups = (api.tags ?? []).map(({ name }) => {
    const found = operations.filter(
      ({ operation }) =>
        operation.tags[0] === name && operation.operationId.includes(wanted.trim().toLowerCase()),
    );
    if (found.length === 0) return [];
    const title = document.createElement("h2");
    title.textContent = name;
    const buttons = found.map((each) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = each.operation.operationId;
      button.onclick = () => {
        byId("operations")
          .querySelectorAll("[aria-current]")
          .forEach((other) => other.removeAttribute("aria-current"));
        button.setAttribute("aria-current", "true");
        choose(api, each);
      };
      return button;
    });
    return [title, ...buttons];
  });
  byId("operations").replaceChildren(...groups.flat());
}

async function begin() {
  const response = await fetch("/api/openapi.json", { credentials: "same-origin" });
  if (!response.ok) {
    location.assign("/login");
    return;
  }
  const api = await response.json();
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.operationId !== "events")
      .map(([method, operation]) => ({ path, method, operation })),
  );
  byId("search").oninput = () => list(api, operations, byId("search").value);
  list(api, operations, "");
}

void begin();
