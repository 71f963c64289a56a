import { hidden, section } from "../controls.ts";
import { clockTime, counted, milliseconds } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ConsoleView, RequestView } from "../view.ts";

/** Requests as they come, latest first. Additions are read out; *Pause updates* ends that. */
export function requestsSection({ requests, baseUrl }: ConsoleView): Html {
  const { shown, total } = requests;
  const rows = shown.map(row);
  return section(
    "requests",
    "Requests",
    html`<p class="note">${counted(total, "request")}, latest first</p>`,
    html`<div class="log" id="request-log" role="log" aria-labelledby="requests" tabindex="0">
      <table class="requests">
      <thead><tr><th scope="col">Time ${hidden("(UTC)")}</th><th scope="col">Request</th>
      <th scope="col" class="number">Status</th><th scope="col" class="number">ms</th></tr></thead>
      <tbody>${rows}</tbody>
      </table>
      ${rows.length === 0 && html`<p class="empty">No request yet. Point a client at <code>${baseUrl}</code>.</p>`}
      </div>`,
  );
}

function row({ number, at, method, target, operation, status, durationMs, faults }: RequestView): Html {
  const [kind, text] = statusOf(status);
  return html`<tr data-key="${number}">
    <td class="quiet">${clockTime(at)}</td>
    <td><code>${method} ${target}</code><br><span class="quiet">${operation}</span>${faults.map(faultTag)}</td>
    <td class="number"><span class="${kind}">${text}</span></td>
    <td class="number">${milliseconds(durationMs)}</td></tr>
    `;
}

const faultTag = (name: string): Html => html` <span class="tag warn">fault ${name}</span>`;

function statusOf(status: number): readonly [kind: string, text: string] {
  if (status === 0) return ["bad", "cut"];
  if (status >= 500) return ["bad", String(status)];
  return [status >= 400 ? "warn" : "good", String(status)];
}
