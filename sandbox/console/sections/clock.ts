import { button, form, section } from "../controls.ts";
import { dateTime, duration } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ClockView, ConsoleView } from "../view.ts";

const STEPS = [
  ["+1 minute", 60],
  ["+1 hour", 3_600],
  ["+1 day", 86_400],
  ["+60 days", 5_184_000],
] as const;

const FREEZE = form(
  { path: ["clock"], done: "Box's clock is frozen." },
  button("Freeze", { name: "frozen", value: "true" }),
);
const RESUME = form(
  { path: ["clock"], done: "Box's clock runs." },
  button("Resume", { name: "frozen", value: "false" }),
);
const BACK_TO_NOW = form(
  { path: ["clock"], done: "Box's clock is back at this machine's time." },
  button("Back to now", { name: "set", value: "now" }),
);

/** Box's clock, by which tokens, codes and download links expire. */
export function clockSection({ clock }: ConsoleView): Html {
  const { now, frozen } = clock;
  return section(
    "clock",
    "Clock",
    undefined,
    html`<p class="clock"><time id="box-time" datetime="${dateTime(now).replace(" ", "T")}Z" data-now="${Math.round(now)}"
      data-frozen="${String(frozen)}">${dateTime(now)}</time> UTC</p>
      <p class="hint">${comparison(clock)} Tokens, codes and links expire by it.</p>`,
    form(
      { path: ["clock"], class: "buttons", done: "Box's clock has moved." },
      STEPS.map(([text, seconds]) => button(text, { name: "advance", value: seconds })),
    ),
    html`<div class="buttons">${[frozen ? RESUME : FREEZE, BACK_TO_NOW]}</div>`,
  );
}

function comparison({ skewSeconds, frozen }: ClockView): string {
  const seconds = Math.round(skewSeconds);
  const where =
    seconds === 0
      ? "as this machine's"
      : `${duration(Math.abs(seconds))} ${seconds > 0 ? "ahead of" : "behind"} this machine's`;
  return `Box's clock is ${frozen ? "frozen, " : ""}${where}.`;
}
