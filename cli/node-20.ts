/**
 * What the broker uses of newer versions of Node than this command needs: it runs on Lambda's. Does nothing where Node
 * has it.
 */
export function completeNode20(): void {
  Promise.withResolvers ??= <Value>() => {
    let settle: Pick<PromiseWithResolvers<Value>, "resolve" | "reject"> | undefined;
    const promise = new Promise<Value>((resolve, reject) => {
      settle = { resolve, reject };
    });
    return { promise, ...(settle as Pick<PromiseWithResolvers<Value>, "resolve" | "reject">) };
  };
  URL.parse ??= (url, base) => (URL.canParse(url, base) ? new URL(url, base) : null);
}
