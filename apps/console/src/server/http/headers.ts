/** On every answer: nothing from elsewhere, no framing, no guessing of types, no referrer, no powers. */
export const securityHeaders = (options: {
  readonly nonce?: string;
  readonly tls: boolean;
}): { readonly [name: string]: string } => ({
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    // The nonce is for style elements that components make; attributes stay forbidden in markup.
    `style-src 'self'${options.nonce === undefined ? "" : ` 'nonce-${options.nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "permissions-policy":
    "accelerometer=(), camera=(), clipboard-read=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  ...(options.tls ? { "strict-transport-security": "max-age=31536000" } : {}),
});
