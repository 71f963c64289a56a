import { randomBytes } from "node:crypto";
import { GenericContainer, Wait } from "testcontainers";

const IMAGE = process.env.BOX_IMAGE ?? "ghcr.io/OWNER/box-sts-box:0.1.0";

/** Starts the local Box as a container; `docs/image.md` describes it. */
export async function startLocalBox() {
  const controlToken = randomBytes(16).toString("hex");
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ BOX_STS_CONTROL_TOKEN: controlToken })
    .withExposedPorts(8702)
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  const url = `http://${container.getHost()}:${container.getMappedPort(8702)}`;

  /** `POST /_sandbox/<path>`: faults, clock, reset, of the enterprise at `base`. */
  async function control(path, form = {}, base = url) {
    const headers = { Authorization: `Bearer ${controlToken}` };
    const body = new URLSearchParams(form);
    const response = await fetch(`${base}/_sandbox/${path}`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** An enterprise of its own, so that tests which run at the same time do not see each other. */
  async function enterprise(name) {
    const { url: base, config } = await control("enterprises", { name });
    return {
      /** The config.json of its app, as the Box Developer Console would offer it. */
      config,
      /** For `new BaseUrls(…)` of the official SDK. */
      baseUrls: { baseUrl: base, uploadUrl: base, oauth2Url: `${base}/api/oauth2` },
      control: (path, form) => control(path, form, base),
    };
  }

  return { url, enterprise, stop: () => container.stop() };
}
