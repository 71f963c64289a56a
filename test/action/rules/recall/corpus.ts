import { APART } from "./apart.ts";
import { CALLS } from "./calls.ts";
import { COMMANDS } from "./commands.ts";
import { CONSTANTS } from "./constants.ts";
import { DEFAULTS } from "./defaults.ts";
import { type Kind, namesOf, STORED, secretOf, seededText } from "./kinds.ts";
import { TRAFFIC } from "./traffic.ts";
import { VARIANTS } from "./variants.ts";

const GROUPS = {
  constants: CONSTANTS,
  defaults: DEFAULTS,
  calls: CALLS,
  commands: COMMANDS,
  apart: APART,
  traffic: TRAFFIC,
  variants: VARIANTS,
};

/** One file that holds one secret of a kind, written in one form. */
export interface Sample {
  readonly group: keyof typeof GROUPS;
  readonly form: string;
  readonly kind: Kind;
  readonly path: string;
  readonly text: string;
  /** Occurs in the text, unless it is encoded there. */
  readonly value: string;
}

/** Every form with every kind that is written so. */
export const samples = (): readonly Sample[] =>
  Object.entries(GROUPS).flatMap(([group, forms]) =>
    forms.flatMap(({ form, path, text, kinds = STORED }) =>
      kinds.map((kind) => {
        const label = `${group}/${form}/${kind}`;
        const value = secretOf(kind, label);
        const beside = {
          id: seededText(`${label}/id`, 32, "lower"),
          other: seededText(`${label}/other`, value.length),
        };
        return {
          group: group as Sample["group"],
          form,
          kind,
          path,
          text: text(namesOf(kind), value, beside),
          value,
        };
      }),
    ),
  );
