/** Closes what was started, the last part first. */
export interface CloserStack {
  push(closer: () => Promise<void>): void;
  /**
   * Closes every part, also where some of them fail; resolves when all are closed, in a second call too.
   * @throws the first error
   */
  close(): Promise<void>;
}

export function closerStack(): CloserStack {
  const closers: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) {
      try {
        await closer();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
  return {
    push: (closer) => void closers.push(closer),
    close: () => {
      closing ??= closeAll().finally(() => {
        closing = undefined;
      });
      return closing;
    },
  };
}
