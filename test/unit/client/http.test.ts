import { expect, it } from "vitest";
import { post } from "../../../client/http.ts";
import { loopbackServer } from "../../support/loopback-server.ts";

it("a response that switches to another protocol ends the client's request with its status", async () => {
  const upgrade = { upgrade: "websocket", connection: "upgrade" };
  const server = await loopbackServer(({ response }) => void response.writeHead(101, upgrade).end("x"));
  const response = await post(new URL(server.url), {}, "", 10_000);
  expect(response).toMatchObject({ status: 101, body: "" });
});
