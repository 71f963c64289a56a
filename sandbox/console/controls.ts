import { type Html, html, type Part } from "./html.ts";

/** Relative to the page, which is at `/` or `/t/<name>/`. */
const CONTROL = "_sandbox";

export interface FormSettings {
  /** Segments below `/_sandbox`. */
  readonly path: readonly string[];
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly query?: string;
  /** Read out and shown in the section when the request has succeeded. */
  readonly done?: string;
  /** Name of the file in which the response is saved. */
  readonly download?: string;
  /** What the dialog shows in which the person has to confirm. */
  readonly confirm?: { readonly title: string; readonly consequence: string; readonly button: string };
  readonly class?: string;
}

/** A form that `console.js` sends with the control token. The content security policy lets no browser send it itself. */
export function form(settings: FormSettings, ...content: readonly Part[]): Html {
  const { method = "POST", query, done, download, confirm } = settings;
  const path = settings.path.map((segment) => encodeURIComponent(segment.toWellFormed())).join("/");
  const data = {
    ...{ method, done, download },
    ...{ confirm: confirm?.title, consequence: confirm?.consequence, button: confirm?.button },
  };
  const attributes = [
    html` method="post" action="${CONTROL}/${path}${query !== undefined && `?${query}`}"`,
    settings.class !== undefined && html` class="${settings.class}"`,
    Object.entries(data).map(([name, value]) => value !== undefined && html` data-${name}="${value}"`),
  ];
  return html`<form${attributes}>${content}</form>`;
}

export interface ButtonSettings {
  /** Sent with the form. */
  readonly name?: string;
  readonly value?: string | number;
  /** Added to the name that assistive technology reads, where several buttons have the same text. */
  readonly of?: string;
  readonly kind?: "plain" | "primary" | "danger" | "small";
}

export function button(text: string, { name, value, of, kind = "plain" }: ButtonSettings = {}): Html {
  const sent = name !== undefined && html` name="${name}" value="${value ?? ""}"`;
  return html`<button class="${kind} needs-script"${sent}>${text}${of !== undefined && hidden(` ${of}`)}</button>`;
}

/** A switch whose form sends what it is not yet: `name=false` while it is on. */
export function switchButton(name: string, label: string, isOn: boolean): Html {
  return html`<button class="switch" role="switch" aria-checked="${String(isOn)}" aria-label="${label}" name="${name}"
    value="${String(!isOn)}"><span aria-hidden="true">${isOn ? "On" : "Off"}</span></button>`;
}

/** Text for assistive technology alone. */
export const hidden = (text: string): Html => html`<span class="visually-hidden">${text}</span>`;

/** A group of the page under a heading of the second level. `id` names the heading. */
export function section(id: string, title: string, aside: Part, ...content: readonly Part[]): Html {
  return html`<section aria-labelledby="${id}">
    <div class="title"><h2 id="${id}">${title}</h2>${aside}</div>
    ${content}
    <output class="message" data-key="message" data-keep></output>
    </section>
    `;
}

/** How many of something there are, where not all of them are shown. */
export const rest = (shown: number, total: number, noun: string): Part =>
  total > shown && html`<p class="note">${total - shown} more ${noun} are not shown.</p>`;
