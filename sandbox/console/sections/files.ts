import { hidden, rest } from "../controls.ts";
import { bytes } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import type { ConsoleView, ItemView, OwnerView } from "../view.ts";

/** Folders deeper than this are closed at first. */
const OPEN_LEVELS = 2;

/** The items of every owner, as far as they are shown. */
export function filesTree({ items }: ConsoleView): Part {
  if (items.shown.length === 0) return html`<p class="empty">There is no file and no folder.</p>`;
  const shown = items.shown.reduce((sum, owner) => sum + countOf(owner.items), 0);
  return [items.shown.map(owner), rest(shown, items.total, "items")];
}

const countOf = (items: readonly ItemView[]): number =>
  items.reduce((sum, item) => sum + 1 + countOf(item.items), 0);

const owner = ({ id, name, items }: OwnerView): Html =>
  html`<div class="owner" data-key="${id}"><h4>${name}</h4>${list(items, 1)}</div>
    `;

const list = (items: readonly ItemView[], level: number): Html =>
  html`<ul class="tree">${items.map((item) => entry(item, level))}</ul>`;

function entry(item: ItemView, level: number): Html {
  const { id, type, name, items } = item;
  if (type !== "folder")
    return html`<li data-key="${id}" class="file">${hidden(`${type} `)}${label(item)}</li>`;
  if (items.length === 0)
    return html`<li data-key="${id}" class="folder">${hidden("empty folder ")}${label(item)}</li>`;
  const open = level <= OPEN_LEVELS && html` open`;
  return html`<li data-key="${id}"><details${open}><summary class="folder">${hidden("folder ")}<span class="name">${name}</span> ${meta(
    item,
  )}</summary>${list(items, level + 1)}</details></li>`;
}

const label = (item: ItemView): Html => html`<span class="name">${item.name}</span> ${meta(item)}`;

function meta({ id, size, notes }: ItemView): Html {
  const facts = [...(size === undefined ? [] : [bytes(size)]), ...notes];
  return html`<span class="quiet"><code>${id}</code>${facts.map((fact) => html` · ${fact}`)}</span>`;
}
