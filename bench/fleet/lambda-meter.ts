import { LAMBDA_LINES, LINE_OVERHEAD, MEMORY_GB, PRICES } from "./assumptions.ts";

/** One request in so many has its lines measured: they are of much the same size. */
const SAMPLE = 50;

/** What Lambda and CloudWatch bill for one deployment. */
export class LambdaMeter {
  requests = 0;
  #milliseconds = 0;
  #logged = 0;
  #sampled = 0;
  #sampledBytes = 0;
  readonly #metrics = new Set<string>();

  nextRequestId(): string {
    return String(++this.requests).padStart(36, "0");
  }

  /** Time of an environment, in milliseconds: Lambda rounds it up. */
  bill(milliseconds: number): void {
    this.#milliseconds += Math.ceil(milliseconds);
  }

  /** The lines of one request, the last of which is its metrics as well. */
  log(lines: readonly object[], requestLine: () => object): void {
    if (++this.#logged % SAMPLE !== 1) return;
    const line = requestLine() as MetricLine;
    for (const each of [...lines, line])
      this.#sampledBytes += Buffer.byteLength(JSON.stringify(each)) + 1 + LINE_OVERHEAD;
    this.#sampled++;
    for (const { Metrics } of line._aws.CloudWatchMetrics)
      for (const { Name } of Metrics) this.#metrics.add(Name);
  }

  lambdaDollars(): number {
    const seconds = this.#milliseconds / 1_000;
    return this.requests * PRICES.lambdaRequest + seconds * MEMORY_GB * PRICES.lambdaGbSecond;
  }

  logDollars(): number {
    const ofLambda = LAMBDA_LINES.reduce((sum, size) => sum + size + LINE_OVERHEAD, 0);
    const bytes = this.#sampled === 0 ? 0 : this.#sampledBytes / this.#sampled + ofLambda;
    return ((this.requests * bytes) / 1e9) * PRICES.logGb;
  }

  metricDollars(hours: number): number {
    return this.#metrics.size * hours * PRICES.metricHour;
  }
}

interface MetricLine {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly { readonly Metrics: readonly { readonly Name: string }[] }[];
  };
}
