import type { Terminal } from "./terminal.ts";

/** What takes longer than this is shown to a person. */
const SHOWN_AFTER_MS = 1_000;
const CLEAR_LINE = "\r\u001B[K";

export interface Progress {
  /** The work in hand; shown while it takes longer than a second. */
  begin(work: string): void;
  /** Removes what is shown; called before anything is printed. */
  end(): void;
}

/** A line on the standard error that says what the command waits for. Only for a person. */
export function progressOn({ err, isErrTty = false }: Terminal): Progress {
  let timer: NodeJS.Timeout | undefined;
  let isShown = false;
  const end = (): void => {
    clearTimeout(timer);
    if (isShown) err(CLEAR_LINE);
    isShown = false;
  };
  return {
    begin(work) {
      end();
      if (!isErrTty) return;
      timer = setTimeout(() => {
        isShown = true;
        err(`${work} …`);
      }, SHOWN_AFTER_MS).unref();
    },
    end,
  };
}

/** Shows the work while it takes longer than a second. */
export async function whileWaiting<Value>(
  terminal: Terminal,
  work: string,
  result: Promise<Value>,
): Promise<Value> {
  const progress = progressOn(terminal);
  progress.begin(work);
  return result.finally(progress.end);
}
