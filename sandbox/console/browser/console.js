import { morph } from "./morph.js";

/**
 * Sends the forms of the page to the sandbox's control endpoints, and follows what happens at Box. It makes no markup:
 * it fetches the page again, as the server renders it, and takes over what differs.
 */

const POLL_MS = 1_000;
/** Polls without a request after which the page is fetched all the same: time passes, and tests change state. */
const IDLE_POLLS = 5;

/** @type {<E extends HTMLElement>(id: string, type: new () => E) => E} */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no #${id}.`);
  return found;
}

const tokenOf = (/** @type {Document} */ page) =>
  page.querySelector("meta[name=control-token]")?.getAttribute("content") ?? "";
const lastRequestOf = (/** @type {Document} */ page) => Number(page.body.dataset.lastRequest ?? 0);

let controlToken = tokenOf(document);
let lastRequest = lastRequestOf(document);

/** Calls a control endpoint. @throws {Error} with the sandbox's sentence */
async function call(/** @type {string} */ path, /** @type {RequestInit} */ init = {}) {
  const headers = { Authorization: `Bearer ${controlToken}` };
  const response = await fetch(path, { ...init, headers, credentials: "omit", cache: "no-store" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `The sandbox responded with ${response.status}.`);
  return body;
}

/** The page as it is now. It is parsed without running anything in it. @returns {Promise<Document>} */
function fetchPage() {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", location.pathname);
    request.responseType = "document";
    request.onload = () => (request.status === 200 ? resolve(request.response) : reject(new Error()));
    request.onerror = () => reject(new Error());
    request.send();
  });
}

/** @param isCancelled whether the page is no longer wanted when it comes */
async function refresh(isCancelled = () => false) {
  const page = await fetchPage();
  if (isCancelled()) return;
  controlToken = tokenOf(page);
  lastRequest = lastRequestOf(page);
  morph(document.body, page.body);
  startOfClock = performance.now();
}

/* Requests */

const connection = element("connection", HTMLElement);
const pause = element("pause", HTMLButtonElement);
const isPaused = () => pause.getAttribute("aria-pressed") === "true";

const STATES = { live: "Live", paused: "Paused", lost: "No connection" };

/** A status message is read out whenever it is written, so the same one is not written twice. */
function show(/** @type {keyof typeof STATES} */ state) {
  if (connection.dataset.state === state) return;
  connection.dataset.state = state;
  connection.textContent = STATES[state];
}

pause.addEventListener("click", () => {
  pause.setAttribute("aria-pressed", String(!isPaused()));
  pause.textContent = isPaused() ? "Resume updates" : "Pause updates";
  show(isPaused() ? "paused" : "live");
});

let idle = 0;
async function poll() {
  if (isPaused() || document.hidden) return;
  try {
    const { requests } = await call(`_sandbox/requests?after=${lastRequest}`);
    idle += 1;
    if (requests.length > 0 || idle >= IDLE_POLLS) {
      idle = 0;
      await refresh(isPaused);
    }
    if (!isPaused()) show("live");
  } catch {
    // After a restart the sandbox has another token, which the page brings.
    await refresh(isPaused).catch(() => isPaused() || show("lost"));
  }
}

function follow() {
  setTimeout(() => poll().finally(follow), POLL_MS);
}
follow();

/* Clock */

let startOfClock = performance.now();
setInterval(() => {
  const time = document.getElementById("box-time");
  if (time === null || isPaused() || time.dataset.frozen === "true") return;
  const now = new Date(Number(time.dataset.now) + performance.now() - startOfClock);
  if (Number.isNaN(now.getTime())) return;
  time.textContent = now.toISOString().slice(0, 19).replace("T", " ");
}, 1_000);

/* Forms */

/** What the form sends; empty fields are left out. */
function bodyOf(/** @type {HTMLFormElement} */ form, /** @type {HTMLElement | null} */ submitter) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) {
    if (typeof value === "string" && value !== "") fields.append(name, value);
  }
  const setting = fields.get("setting");
  if (setting !== null) {
    fields.set("fault", `${fields.get("fault")}:${setting}`);
    fields.delete("setting");
  }
  if (fields.get("set") === "now") fields.set("set", String(Date.now()));
  return fields;
}

const dialog = element("confirm", HTMLDialogElement);
/** @type {(isConfirmed: boolean) => void} */
let settle = () => {};
// The event comes later than the closing, when the dialog may be open for something else.
dialog.addEventListener("close", () => {
  if (!dialog.open) settle(dialog.returnValue === "confirm");
});

/** The chosen file; the form is not submitted without one. */
const fileIn = (/** @type {HTMLFormElement} */ form) =>
  form.querySelector("input")?.files?.item(0) ?? new Blob();

function save(/** @type {string} */ name, /** @type {unknown} */ json) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(
    new Blob([`${JSON.stringify(json, null, 2)}\n`], { type: "application/json" }),
  );
  link.click();
  URL.revokeObjectURL(link.href);
}

/** @returns {Promise<boolean>} */
function isConfirmed(/** @type {HTMLFormElement} */ { dataset }) {
  const { confirm, consequence, button } = dataset;
  if (confirm === undefined) return Promise.resolve(true);
  settle(false);
  element("confirm-title", HTMLElement).textContent = confirm;
  element("confirm-consequence", HTMLElement).textContent = consequence ?? "";
  element("confirm-button", HTMLButtonElement).textContent = button ?? "";
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    settle = resolve;
  });
}

async function send(/** @type {HTMLFormElement} */ form, /** @type {HTMLElement | null} */ submitter) {
  const body = form.querySelector("input[type=file]") === null ? bodyOf(form, submitter) : fileIn(form);
  if (!(await isConfirmed(form))) return;
  const message = form.closest("section")?.querySelector("output");
  const report = (/** @type {string} */ text, /** @type {"done" | "failed"} */ kind) => {
    if (message == null) return;
    message.dataset.kind = kind;
    message.textContent = text;
  };
  submitter?.setAttribute("aria-disabled", "true");
  try {
    const { method = "POST", download } = form.dataset;
    const sent = method === "POST" || method === "PUT" ? { body } : {};
    const response = await call(form.getAttribute("action") ?? "", { method, ...sent });
    const result = form.querySelector("pre.result");
    if (result !== null) result.textContent = resultText(response);
    if (download !== undefined) save(download, response);
    report(form.dataset.done ?? "", "done");
    await refresh();
  } catch (error) {
    report(error instanceof Error ? error.message : String(error), "failed");
  } finally {
    submitter?.removeAttribute("aria-disabled");
  }
}

/** @type {(result: { status?: number, durationMs?: number, body?: unknown }) => string} */
const resultText = ({ status, durationMs, body }) =>
  `${status} in ${Math.round(durationMs ?? 0)} ms\n${JSON.stringify(body, null, 2)}`;

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
  event.preventDefault();
  if (submitter?.getAttribute("aria-disabled") !== "true") void send(form, submitter);
});
