import { expect, it, vi } from "vitest";
import { post } from "../../../client/http.ts";
import { loopbackServer } from "../../support/loopback-server.ts";

it("a response that switches to another protocol ends the client's request with its status", async () => {
  const upgrade = { upgrade: "websocket", connection: "upgrade" };
  const server = await loopbackServer(({ response }) => void response.writeHead(101, upgrade).end("x"));
  const response = await post(new URL(server.url), {}, "", 10_000);
  expect(response).toMatchObject({ status: 101, body: "" });
});

it("a request without Node's own HTTP client, as a bundler may leave it out, is an error of the client", async () => {
  const loading = vi.spyOn(process, "getBuiltinModule").mockImplementation(() => {
    throw new Error("Cannot find module");
  });
  const response = post(new URL("https://127.0.0.1/"), {}, "", 10_000);
  await expect(response).rejects.toMatchObject({ name: "BoxStsError", code: "unreachable" });
  await expect(response).rejects.toThrow("(node:https cannot be loaded.)");
  loading.mockRestore();
});

it("a response of more than 1 MiB is not read to its end, and is an error of the client", async () => {
  const server = await loopbackServer(({ response }) => void response.end("x".repeat(1024 * 1024 + 1)));
  const response = post(new URL(server.url), {}, "", 10_000);
  await expect(response).rejects.toMatchObject({ name: "BoxStsError", code: "not_a_token_function" });
});
