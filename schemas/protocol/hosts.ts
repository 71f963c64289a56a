/** Where Box's API is, unless a deployment names another place (`BOX_API_URL`). */
export const BOX_API_URL = "https://api.box.com";

/** Whether a host name, as `URL.hostname` has it, is this machine: plain HTTP and test doubles are for it alone. */
export const isLoopback = (hostname: string): boolean =>
  /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);

/** Whether what is sent to the URL is confidential: `https:`, or `http:` on this machine. */
export const isHttpsOrLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
