import { button, form, section } from "../controls.ts";
import { type Html, html } from "../html.ts";

/** The enterprise as one document, and the way back to its start. */
export function stateSection(): Html {
  return section(
    "state",
    "State",
    undefined,
    html`<p class="hint">Apps, users and files as one JSON document, with the apps' secrets.</p>`,
    html`<div class="buttons">${[SAVE, RESET]}</div>`,
    form(
      {
        path: ["state"],
        method: "PUT",
        class: "load",
        done: "The state is that of the document.",
        confirm: {
          title: "Replace the state?",
          consequence: "Apps, users and files become those of the document, and every token ends.",
          button: "Replace",
        },
      },
      html`<p><label for="state-file">Document</label>
        <input type="file" id="state-file" name="document" accept="application/json,.json" required></p>`,
      html`<p>${button("Load…")}</p>`,
    ),
  );
}

const SAVE = form(
  {
    path: ["state"],
    method: "GET",
    query: "contents=true&secrets=true",
    download: "box-state.json",
    done: "The state is saved.",
  },
  button("Save"),
);

const RESET = form(
  {
    path: ["reset"],
    confirm: {
      title: "Reset this enterprise?",
      consequence:
        "Its apps, users, files, tokens, faults and clock go back to what the sandbox started with.",
      button: "Reset",
    },
    done: "The enterprise is reset.",
  },
  button("Reset…", { kind: "danger" }),
);
