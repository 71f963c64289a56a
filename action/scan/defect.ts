/**
 * What a defect of ours prints: its kind and where it is in the bundle, no text that could hold what was scanned, and no
 * stack trace.
 */
export function defectSentence(error: unknown): string {
  const name = error instanceof Error ? error.name : "error";
  const place =
    error instanceof Error ? /[\w-]+\.m?[jt]s:\d+(?::\d+)?/.exec(error.stack ?? "")?.[0] : undefined;
  return `The scan ended by a defect of the linter (${name}${place === undefined ? "" : ` at ${place}`}, Node ${process.versions.node}); report this, and take nothing for scanned.`;
}
