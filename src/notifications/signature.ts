/** Signatures as https://www.standardwebhooks.com has them. */

import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** As many bytes as a secret has: of 24 to 64 that are allowed. */
export const SECRET_BYTES = 32;

/** As the receiver gets it. */
export function secretText(secret: Buffer): string {
  return `${PREFIX}${secret.toString('base64')}`;
}

/** What a request carries beside its body. Each secret signs; `at` in ms. */
export function signatureHeaders(
  secrets: readonly Buffer[],
  { id, at, body }: { id: string; at: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
