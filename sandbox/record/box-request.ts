import type { Assertion } from "./assertion.ts";
import { shapeOf } from "./shape.ts";

/** The Box that is checked has not responded, or has ended the connection before the end of its response. */
export class BoxUnreachable extends Error {
  override readonly name = "BoxUnreachable";
}

/** What is compared of a response. */
export type Outcome = Pick<Assertion, "status" | "shape">;

export interface BoxResponse extends Outcome {
  readonly headers: Headers;
  /** `undefined` for a body that is no JSON. */
  readonly json: unknown;
}

/** Makes a request, and reads its whole response; follows no redirect. @throws BoxUnreachable */
export async function requestBox(url: string, init: RequestInit): Promise<BoxResponse> {
  const request = new Request(url, { ...init, redirect: "manual" });
  const { status, headers, body } = await responseTo(request);
  const json = /\bjson\b/.test(headers.get("content-type") ?? "") ? parsed(body) : undefined;
  if (json !== undefined) return { status, headers, json, shape: shapeOf(json) };
  return { status, headers, json, shape: body.length === 0 ? "empty" : "bytes" };
}

async function responseTo(request: Request) {
  try {
    const response = await fetch(request);
    return {
      ...{ status: response.status, headers: response.headers },
      body: Buffer.from(await response.arrayBuffer()),
    };
  } catch (error) {
    throw new BoxUnreachable("no whole response", { cause: error });
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
