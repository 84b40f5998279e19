import type { PayloadDeps } from '../../intake/connections/take-payload.ts';
import { putLink } from '../../intake/contacts/links.ts';
import type { App, AppDeps } from '../deps.ts';
import type { IntakeRoom } from '../events/admission.ts';

/** What payloads are taken with. */
export function payloadDeps(
  app: App,
  deps: AppDeps & IntakeRoom,
): Omit<AppDeps & IntakeRoom, 'logger'> & PayloadDeps {
  return {
    ...deps,
    sealer: deps.sealing.master,
    logger: app.log,
    putLink: (alias, contact, change) => putLink(deps, alias, contact, change),
    admit: deps.rates.take,
  };
}
