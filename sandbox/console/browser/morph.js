/**
 * Makes `current` equal to `next`, which is of another document, and leaves alone what is equal already: focus, text
 * that is being typed, and what a live region has read out. Children with a `data-key` or an `id` are matched by it.
 * An element with `data-keep` belongs to the script, and whether a `details` is open to the user.
 */
export function morph(/** @type {Element} */ current, /** @type {Element} */ next) {
  if (current.hasAttribute("data-keep")) return;
  morphAttributes(current, next);
  const keyed = byKey(current);
  const wantedKeys = byKey(next);
  let at = current.firstChild;
  for (const wanted of next.childNodes) {
    const key = keyOf(wanted);
    const match = key === null ? unkeyed(at, wanted) : keyed.get(key);
    if (match === undefined || match.nodeName !== wanted.nodeName) {
      current.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    // What is in the way goes rather than the match moves: a moved element loses the focus, and is read out again.
    while (at !== null && at !== match && !wantedKeys.has(keyOf(at) ?? "")) at = removed(at);
    if (match === at) at = at.nextSibling;
    else current.insertBefore(match, at);
    if (match instanceof Element && wanted.nodeType === Node.ELEMENT_NODE) {
      morph(match, /** @type {Element} */ (wanted));
    } else if (match.nodeValue !== wanted.nodeValue) {
      match.nodeValue = wanted.nodeValue;
    }
  }
  while (at !== null) at = removed(at);
}

/** @returns the node after it */
function removed(/** @type {ChildNode} */ node) {
  const after = node.nextSibling;
  node.remove();
  return after;
}

function byKey(/** @type {Element} */ parent) {
  /** @type {Map<string, ChildNode>} */
  const keyed = new Map();
  for (const child of parent.childNodes) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  return keyed;
}

/** @type {(node: Node) => string | null} */
const keyOf = (node) => {
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const element = /** @type {Element} */ (node);
  return element.getAttribute("data-key") ?? element.getAttribute("id");
};

/** The next child, if it can become the wanted one. @type {(at: ChildNode | null, wanted: Node) => ChildNode | undefined} */
const unkeyed = (at, wanted) =>
  at !== null && keyOf(at) === null && at.nodeName === wanted.nodeName ? at : undefined;

function morphAttributes(/** @type {Element} */ current, /** @type {Element} */ next) {
  for (const { name } of [...current.attributes]) {
    if (!next.hasAttribute(name) && !isUsers(current, name)) current.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!isUsers(current, name) && current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
}

/** @type {(element: Element, attribute: string) => boolean} */
const isUsers = (element, attribute) => attribute === "open" && element instanceof HTMLDetailsElement;
