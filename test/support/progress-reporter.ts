import { stdout } from "node:process";
import { MinimalReporter, type TestModule, type TestSpecification } from "vitest/node";

/** Shares of the run that are printed where lines cannot be rewritten, in percent. */
const STEP = 10;

/** One line of progress, then the failures in full and the counts. */
export default class ProgressReporter extends MinimalReporter {
  #files = 0;
  #ended = 0;
  #tests = 0;
  #failed = 0;
  #printed = 0;

  override onTestRunStart(specifications: readonly TestSpecification[]): void {
    super.onTestRunStart(specifications);
    this.#files = specifications.length;
  }

  override onTestModuleEnd(module: TestModule): void {
    if (stdout.isTTY) stdout.write("\r\u001b[K");
    super.onTestModuleEnd(module);
    this.#ended += 1;
    for (const test of module.children.allTests()) {
      this.#tests += 1;
      if (test.result().state === "failed") this.#failed += 1;
    }
    if (stdout.isTTY) stdout.write(this.#line());
    else this.#print();
  }

  override onTestRunEnd(...ended: Parameters<MinimalReporter["onTestRunEnd"]>): void {
    stdout.write(stdout.isTTY ? "\r\u001b[K" : "\n");
    super.onTestRunEnd(...ended);
  }

  #line(): string {
    const failures = this.#failed === 0 ? "" : `, ${this.#failed} failed`;
    return `${this.#ended} of ${this.#files} files, ${this.#tests} tests${failures}`;
  }

  #print(): void {
    const percent = Math.floor((100 * this.#ended) / this.#files / STEP) * STEP;
    if (percent > this.#printed) stdout.write(`${percent}% `);
    this.#printed = percent;
  }
}
