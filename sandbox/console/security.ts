/**
 * The page loads its own script and style alone, and sends nothing but requests of that script to its own origin. No
 * other page frames it, reads it or learns its address; nothing keeps it.
 * @param nonce of the page; absent for the files that it loads.
 */
export function securityHeaders(nonce?: string): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": nonce === undefined ? "default-src 'none'" : pagePolicy(nonce),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
  };
}

const pagePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
