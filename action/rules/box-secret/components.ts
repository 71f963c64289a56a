import { namesBox } from "./vendor-names.ts";

/*
 * Libraries for user interfaces have a component `Box`, and others a class of that name. The name alone says nothing
 * about the company.
 */

/** Where code brings in, makes, passes on or uses a component that may be called so. */
const USES = new RegExp(
  [
    // import { Box, Flex } from "…", import a.b.Box, export { Box } from "…"
    String.raw`^[ \t]*(?:import|export)[ \t](?:[ \t\w$,*.]|\{[^{}]{0,1000}\}){0,200}(?:["'][^"'\n]*["'])?`,
    // The end of an import that begins before the text.
    String.raw`(?<![\s\S])[^{}]{0,1000}\}[ \t]{0,4}from[ \t]{0,4}["'][^"'\n]*["']`,
    String.raw`^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([^()]{0,1000}\)|[\w ,*\t]+)`,
    String.raw`\b(?:const|let|var)[ \t]+(?:\w+|\{[^{}]{0,1000}\})[ \t]*=[ \t]*require\(["'][^"'\n]*["']\)`,
    String.raw`\b(?:const|let|var)[ \t]+Box[ \t]*=[ \t]*(?:styled|chakra|forwardRef|memo|React)\b`,
    String.raw`\bstyled\(Box\)|=\{Box\}|\bBox\.(?:displayName|propTypes|defaultProps)\b`,
    String.raw`</?Box\b[^<>]{0,1000}>`,
  ].join("|"),
  "gm",
);

/** A module that is called after Box: `box-js-client`. */
const BOX_PACKAGE = /["'][^"'\n]*(?<![\w-])box[-_]\w[^"'\n]*["']$/i;

/** The text with another word in the places where "Box" is a component. */
export const withoutComponents = (text: string): string =>
  text.includes("Box")
    ? text.replace(USES, (use) => (BOX_PACKAGE.test(use) ? use : use.replaceAll("Box", "_")))
    : text;

const COMPONENT_FOLDER = /(?:^|\/)components?\//i;
const COMPONENT_FILE = /\.(?:[jt]sx|vue|svelte|astro)$/i;
const COMPONENT = /^box(?:\.[\w.-]+)?$/i;

/** Whether a folder or the file is named after Box, and not after a component. */
export function pathNamesBox(path: string): boolean {
  if (!/box/i.test(path)) return false;
  const isOfComponents = COMPONENT_FOLDER.test(path) || COMPONENT_FILE.test(path);
  return path.split("/").some((part) => namesBox(part) && !(isOfComponents && COMPONENT.test(part)));
}
