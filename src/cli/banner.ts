import { isoInstant } from '../domain/instant.ts';
import type { AdminKey } from '../keys/admin-key.ts';
import type { Service } from '../service/service.ts';

/** What `serve` tells the person who started it: where, with which key, and three requests to try. */
export function banner(service: Service, at: number): string {
  const { url, adminKey } = service;
  if (adminKey === null)
    return `janela projects the log (ROLES has no api); its health is at ${url}/readyz\n`;
  const authorization = `-H "Authorization: Bearer ${shellKey(adminKey)}"`;
  const event = {
    id: `hello-${at}`,
    type: 'message.received',
    tenant: 'acme',
    channel: 'whatsapp',
    account: '551140000001',
    contact: '5511987654321',
    occurredAt: isoInstant(at),
  };
  return [
    `janela listens on ${url} (API description: ${url}/docs)`,
    keyLine(adminKey),
    '',
    'Try it: a message arrives, what it counts for, and the window it opened:',
    '',
    `answer=$(curl -sS -X POST ${url}/v1/events ${authorization} -H 'Content-Type: application/json' -d '${JSON.stringify(event)}'); echo "$answer"`,
    // Without a receipt a read may be ahead of the count.
    `receipt=$(echo "$answer" | sed 's/.*"receipt":"\\([^"]*\\)".*/\\1/')`,
    `curl -sS "${url}/v1/tenants/acme/usage?after=$receipt" ${authorization}; echo`,
    `curl -sS "${url}/v1/tenants/acme/windows?after=$receipt" ${authorization}; echo`,
    '',
    '',
  ].join('\n');
}

function keyLine({ origin, secrets: [secret] }: AdminKey): string {
  switch (origin.kind) {
    case 'made':
      return `Admin key: ${secret} (shown this once, kept in ${origin.path})`;
    case 'kept':
      return `Admin key: in ${origin.path}`;
    case 'setting':
      return origin.file === null ? 'Admin key: the one in ADMIN_API_KEY' : `Admin key: in ${origin.file}`;
    default:
      return origin satisfies never;
  }
}

/** What a shell replaces by the key. */
function shellKey({ origin, secrets }: AdminKey): string {
  switch (origin.kind) {
    case 'made':
    case 'kept':
      return `$(cat ${quoted(origin.path)})`;
    case 'setting':
      if (origin.file !== null) return `$(cut -d, -f1 ${quoted(origin.file)})`;
      return secrets.length === 1 ? '$ADMIN_API_KEY' : `\${ADMIN_API_KEY%%,*}`;
    default:
      return origin satisfies never;
  }
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
