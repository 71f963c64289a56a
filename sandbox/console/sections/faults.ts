import type { FaultPlaceText } from "../../faults/fault-text.ts";
import { button, form, section } from "../controls.ts";
import { counted } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ActiveFaultView, ConsoleView } from "../view.ts";

/** What most clients are tested with first; each affects one request. */
const USUAL = [
  ["rate-limited:2", "Rate limit"],
  ["server-error", "503"],
  ["slow:3000", "Slow, 3 s"],
  ["reset", "Broken connection"],
  ["lost-response", "Lost response"],
] as const;

const PLACES = {
  box: "Box",
  "secrets-manager": "Secrets Manager",
  dynamodb: "DynamoDB",
  lambda: "Lambda",
} as const satisfies Record<FaultPlaceText["place"], string>;

const TIMES = [
  ["1", "the next request"],
  ["2", "the next 2 requests"],
  ["5", "the next 5 requests"],
  ["", "every request until it is ended"],
] as const;

export function faultsSection({ faults }: ConsoleView): Html {
  return section(
    "faults",
    "Faults",
    html`<p class="note">${faults.active.length === 0 ? "none in force" : `${faults.active.length} in force`}</p>`,
    inForce(faults.active),
    html`<h3>For the next request to Box</h3>`,
    form(
      { path: ["faults"], class: "buttons", done: "The fault is set for the next request." },
      html`<input type="hidden" name="times" value="1">`,
      USUAL.map(([fault, text]) => button(text, { name: "fault", value: fault })),
    ),
    html`<details class="more" id="any-fault"><summary>Any fault</summary>
      ${anyFault(faults.places)}${faults.places.map(descriptions)}</details>`,
  );
}

function inForce(active: readonly ActiveFaultView[]): Html {
  if (active.length === 0) return html`<div data-key="in-force"></div>`;
  return html`<div data-key="in-force"><table class="in-force" aria-label="Faults in force">
    <thead><tr><th scope="col">Fault</th><th scope="col">Affects</th><th scope="col" class="number">Hits</th></tr></thead>
    <tbody>${active.map(
      ({ written, times, after, on, hits }) =>
        html`<tr><th scope="row"><code>${written}</code></th><td>${reach(times, after, on)}</td>
          <td class="number">${hits}</td></tr>`,
    )}</tbody></table>
    ${form({ path: ["faults"], method: "DELETE", done: "Every fault has ended." }, button("End all faults"))}</div>`;
}

function reach(times: number | undefined, after: number | undefined, on: string | undefined): string {
  const count = times === undefined ? "every request" : counted(times, "request");
  return `${count}${on === undefined ? "" : ` of ${on}`}${after === undefined ? "" : `, after ${after}`}`;
}

function anyFault(places: readonly FaultPlaceText[]): Html {
  return form(
    { path: ["faults"], class: "fields", done: "The fault is set." },
    html`<p><label for="fault">Fault</label>
      <select id="fault" name="fault">${places.map(({ place, kinds }) =>
        group(
          PLACES[place],
          kinds.map(({ written, setting }) => [
            written,
            `${written}${setting === undefined ? "" : ` (${setting})`}`,
          ]),
        ),
      )}</select></p>
      <p><label for="fault-setting">Setting</label>
      <input id="fault-setting" name="setting" inputmode="numeric" pattern="-?[0-9]+" autocomplete="off"
      aria-describedby="fault-setting-help">
      <span class="hint" id="fault-setting-help">Only for faults with a word in brackets; empty for the usual one.</span></p>
      <p><label for="fault-on">Operation</label>
      <select id="fault-on" name="on"><option value="">any</option>${places.map(({ place, operations }) =>
        group(
          PLACES[place],
          operations.map((operation) => [operation, operation]),
        ),
      )}</select></p>
      <p><label for="fault-times">Affects</label>
      <select id="fault-times" name="times">${TIMES.map(([value, text]) => option(value, text))}</select></p>`,
    html`<p>${button("Set this fault", { kind: "primary" })}</p>`,
  );
}

const group = (label: string, options: readonly (readonly [string, string])[]): Html =>
  html`<optgroup label="${label}">${options.map(([value, text]) => option(value, text))}</optgroup>`;

const option = (value: string, text: string): Html => html`<option value="${value}">${text}</option>`;

const descriptions = ({ place, kinds }: FaultPlaceText): Html =>
  html`<details class="more"><summary>What the faults of ${PLACES[place]} do</summary>
    <dl>${kinds.map(({ written, does }) => html`<div><dt><code>${written}</code></dt><dd>${does}</dd></div>`)}</dl>
    </details>`;
