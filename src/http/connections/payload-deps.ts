import type { PayloadDeps } from '../../intake/connections/take-payload.ts';
import { putLink } from '../../intake/contacts/links.ts';
import type { App, AppDeps } from '../deps.ts';
import { createEventRates } from '../keys/rate-limits.ts';

/** What payloads are taken with. */
export function payloadDeps(app: App, deps: AppDeps): Omit<AppDeps, 'logger'> & PayloadDeps {
  return {
    ...deps,
    sealer: deps.sealing.master,
    logger: app.log,
    putLink: (alias, contact, change) => putLink(deps, alias, contact, change),
    admit: createEventRates(deps.limits).take,
  };
}
