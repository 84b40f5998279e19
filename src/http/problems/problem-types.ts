/** Every kind of problem the API answers with, in English. Each one has a page at `/problems/<name>`. */

import type { WarningName } from '../../intake/warnings.ts';

export interface ProblemText {
  title: string;
  /** What it means and what to do about it; plain sentences for the page. */
  explanation: string;
}

export interface ProblemType extends ProblemText {
  status: number;
}

export const PROBLEM_TYPES = {
  // The request itself
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    explanation:
      'A path segment, a query parameter, a header or the body does not have the form that the API description asks for. `errors` names each place. Unknown members and parameters are refused, so that a misspelt one is seen. Mend the request; sending it again as it is gives the same answer.',
  },
  'not-json': {
    status: 400,
    title: 'The body is not JSON',
    explanation:
      'The body could not be read as JSON in UTF-8: it is empty, cut short, not UTF-8, begins with a byte order mark, is not the gzip it says it is, or is not JSON at all. Nothing of it was accepted.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor is not valid',
    explanation:
      '`cursor` is not a `nextCursor` that this list gave out. Take it from the answer as it is, or leave it out to start from the beginning.',
  },
  'invalid-receipt': {
    status: 400,
    title: 'The receipt is not valid',
    explanation:
      '`after` is not a receipt of this service. Use the `receipt` member of an answer to POST /v1/events as it is.',
  },
  unauthorized: {
    status: 401,
    title: 'A valid API key is needed',
    explanation:
      'The request has no key, or one that is unknown or revoked. Send `Authorization: Bearer <key>`. Keys are made with POST /v1/ops/keys or `janela key create`.',
  },
  'bad-signature': {
    status: 401,
    title: 'The signature is not that of the body',
    explanation:
      "`X-Hub-Signature-256` is missing, or is not `sha256=` and the HMAC-SHA256 of the body as it came, in hex, under the `appSecret` of the connection. If Meta sent it, the connection has another app's secret, or an old one: put the right one with PUT /v1/connections/{connection}. Nothing was taken; Meta sends it again.",
  },
  'wrong-verify-token': {
    status: 403,
    title: 'The verify token is not that of the connection',
    explanation:
      '`hub.verify_token` is not the `verifyToken` that the connection was made with. Enter the same in both places: the settings of the webhook at Meta, and PUT /v1/connections/{connection}.',
  },
  'forbidden-scope': {
    status: 403,
    title: 'The key lacks a scope',
    explanation:
      'The key is known but may not do this. `detail` names the scope that is missing. Use a key that has it, or ask whoever manages the keys.',
  },
  'forbidden-tenant': {
    status: 403,
    title: 'The key may not touch this tenant',
    explanation: 'The key is limited to certain tenants and this one is not among them.',
  },
  'from-elsewhere': {
    status: 403,
    title: 'The change was asked for by another site',
    explanation:
      'A browser said that the form was sent from a page of another site, so nothing was done: another site may not act for whoever is signed in here. Open the page again and send the form from there. A proxy in front of the service must pass on Host as the browser sent it.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    explanation:
      'There is nothing at this address: the path is unknown, or what it names does not exist. The API description is at /docs.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    explanation: 'The address exists, but not with this method. The `Allow` header lists those it has.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    explanation: 'The whole request must arrive within 30 seconds, its headers within 10.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    explanation:
      'A body may have at most 1 MiB, also once it is unpacked. Split it; nothing of it was accepted.',
  },
  'too-many-events': {
    status: 413,
    title: 'Too many events in one request',
    explanation:
      'One request takes 1 to 1000 events. Split the array; nothing of it was accepted. Batches of about 500 are the fastest.',
  },
  'uri-too-long': {
    status: 414,
    title: 'The address is too long',
    explanation: 'A segment of the path is longer than anything this service has given a name to.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type is not supported',
    explanation:
      'Bodies are `Content-Type: application/json`, as they are or with `Content-Encoding: gzip`. `detail` says what came instead.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    explanation: 'The only `Expect` header this service knows is `100-continue`.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    explanation:
      'The key, or the tenant, asks for more at the same time or in a short time than its share, which leaves room for the others. Ask again after `Retry-After`, and wait for answers before asking more.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    explanation: 'The headers of a request may have 16 KiB in all.',
  },

  // Events
  'invalid-event': {
    status: 422,
    title: 'The event is not valid',
    explanation:
      'An event was rejected; it is not in the log and will not be counted. `pointer` (a JSON pointer into the body) names the place and `detail` says what is wrong; `errors` has all that is wrong with the event, at most 10 places. The other events of the same request are unharmed. A correction is a new request; the same event gives the same answer.',
  },
  'occurred-in-future': {
    status: 422,
    title: 'The event lies in the future',
    explanation:
      '`occurredAt` is more than 5 minutes ahead of this service. Check the clock and the offset of the sender; this is the one rejection that is worth a retry later.',
  },
  'event-too-large': {
    status: 422,
    title: 'The event does not fit the log',
    explanation:
      'As a record of the log the event is larger than the log takes; it is not in the log and will not be counted. The other events of the same request are unharmed. Leave out what is large, mostly `metadata`, or let somebody who runs this service raise `max.message.bytes` of the topic.',
  },

  // Contact links
  'alias-linked': {
    status: 409,
    title: 'The alias is linked to somebody else',
    explanation:
      'Events of this alias are taken for another contact. If that link is wrong, delete it first: `DELETE` at the same address. What is in the log already stays where it is.',
  },
  'link-chain': {
    status: 409,
    title: 'A link cannot lead to a link',
    explanation:
      'The contact is an alias of somebody itself, or the alias has aliases of its own. Link every alias to the contact that events are to be counted for; `detail` names what is in the way.',
  },
  'unsealed-records': {
    status: 409,
    title: 'Records of before the seals name this person',
    explanation:
      'The log has events of this contact from before personal data was sealed (record format 1). A log is never rewritten, so they stay readable, and nothing was erased. Events that came later are sealed all the same. What there is of this person is answered by `GET /v1/tenants/{tenant}/contacts/{channel}/{contact}/data`.',
  },

  // Tenants and finance
  'rule-in-the-past': {
    status: 409,
    title: 'A rule cannot change the past',
    explanation:
      'The tenant has events already, so a rule must start at least 15 minutes from now, and entries that apply already must stay as they are. The past is judged anew only by a rebuild that somebody promotes.',
  },
  'period-final': {
    status: 409,
    title: 'The period is final',
    explanation:
      'The change touches a period whose invoice is final, or the terms that a standing invoice was made with. Final invoices never change: void the invoice first, or make the change from a later period on.',
  },
  'period-open': {
    status: 409,
    title: 'The period cannot be finalized yet',
    explanation:
      'A period can be finalized once it has been over for the grace time (GRACE_HOURS). `detail` says from when on.',
  },
  'projection-behind': {
    status: 409,
    title: 'Not everything is counted yet',
    explanation:
      'The log holds events that are not counted yet. An invoice that leaves them out would be wrong, and so would be a rule for the past of a tenant that they may belong to. Try again in a moment.',
  },
  'test-tenant': {
    status: 409,
    title: 'A test tenant is never invoiced',
    explanation: 'The tenant is marked `test`: its windows are metered, but it gets no final invoice.',
  },
  'currency-mismatch': {
    status: 409,
    title: 'The currencies differ',
    explanation: 'All versions of a plan, and all plans of a tenant, share one currency.',
  },
  'manual-lines': {
    status: 409,
    title: 'Manual lines would be left without a plan',
    explanation:
      'Credits or charges stand on periods that would have no plan any more, and so no invoice to be on. `detail` names the periods. DELETE the lines, keep a plan in those periods, or finalize them first and end the subscription after them.',
  },
  'too-many-manual-lines': {
    status: 409,
    title: 'The invoice has as many manual lines as it may have',
    explanation:
      'An invoice is answered with all its lines, so at most 1,000 manual lines may stand on one. Put what belongs together into one line, keep the single items in `reason` or in your own books, or take lines back.',
  },
  'already-adjusted': {
    status: 409,
    title: 'A later invoice adjusts this one',
    explanation:
      'A standing invoice has a line that adjusts this period. `detail` names it. Void that one first.',
  },
  'credit-used': {
    status: 409,
    title: 'The credit of this invoice was used',
    explanation:
      'The invoice carried a credit, and a standing invoice took some of it back. `detail` names it. Void that one first, then this one; made final anew, in any order, they find what is left then.',
  },
  changed: {
    status: 409,
    title: 'The invoice is not what was reviewed',
    explanation:
      'The request named the total or the digest that was reviewed, and the invoice has another one now: events, lines, the plan or a subscription came in between. `detail` says what it is now. Nothing was made final. Look at the draft again, then send what it says.',
  },
  'clock-behind': {
    status: 409,
    title: 'This clock is behind the last change of an invoice',
    explanation:
      'An invoice was made final or voided at an instant that lies more than 5 minutes ahead of the clock of this process. One of the two clocks is wrong, and an invoice made now could get a number of the wrong year: compare the clocks of the machines and set the wrong one right. If the earlier change was made with a clock that was ahead, what it wrote stands, and finalizing and voiding go on once its instant (`detail`) has passed.',
  },
  conflict: {
    status: 409,
    title: 'Something else is there already',
    explanation:
      'What is to be written differs from what already stands under the same name, or what it depends on is being changed at the same time. `detail` says which. Nothing was written.',
  },
  'no-subscription': {
    status: 409,
    title: 'No plan applies in this period',
    explanation:
      'The tenant has no subscription in this period (404 when reading, 409 when finalizing). PUT a subscription that covers it.',
  },
  'plan-too-large': {
    status: 409,
    title: 'The versions of the plan are too large',
    explanation:
      'A plan is answered with all its versions, so together they may have 2,000,000 characters as JSON. Begin another plan for what comes, or price fewer categories by themselves.',
  },
  'too-many-groups': {
    status: 422,
    title: 'Too many groups in one answer',
    explanation:
      'An answer has at most 20,000 groups, over all its tenants. Group by fewer members, ask for a `limit` of fewer tenants, or read the windows as CSV and group them where they are needed.',
  },
  'subscription-overlap': {
    status: 409,
    title: 'Subscriptions overlap',
    explanation: 'Another subscription of the tenant covers some of these periods. End it first.',
  },

  'no-plan-version': {
    status: 409,
    title: 'The plan has no version yet in that period',
    explanation:
      'The subscription would start before the first version of its plan. PUT a version of the plan from that period or an earlier one, or start the subscription later.',
  },
  'needs-confirmation': {
    status: 409,
    title: 'This reaches far back and has to be confirmed',
    explanation:
      'The subscription would begin more than 36 months ago, which is a slip more often than not: `detail` says how many drafts it would make. If it is meant, send the same with `"confirm": true`.',
  },
  'invoice-run-running': {
    status: 409,
    title: 'An invoice run is under way',
    explanation:
      'There can be one invoice run at a time. `GET /v1/invoice-runs` shows how far it is; begin the next one when it is finished, or cancel it. Single invoices may be finalized meanwhile.',
  },
  'invoice-run-finished': {
    status: 409,
    title: 'The invoice run is finished',
    explanation:
      'There is nothing left to cancel: `GET /v1/invoice-runs/{id}` says what became of each tenant. An invoice that should not be there is voided by its number.',
  },

  // Notifications
  'webhook-disabled': {
    status: 409,
    title: 'The webhook is disabled',
    explanation:
      'Nothing is sent to it. `disabledBecause` says why the service disabled it, where it did. Mend the other end, then enable it with PATCH /v1/webhooks/{id} `{ "enabled": true }`: what waited goes on, and POST .../replay brings what it missed.',
  },
  'too-many-webhooks': {
    status: 409,
    title: 'There are as many webhooks as there may be',
    explanation:
      'Every webhook is told without waiting for the others, which bounds how many there can be. Delete one that nobody needs any more, or let one take the types and tenants of several.',
  },

  // Operations
  'rebuild-running': {
    status: 409,
    title: 'A rebuild is under way',
    explanation: 'There can be one rebuild at a time. Wait for it, promote it or discard it.',
  },
  'rebuild-state': {
    status: 409,
    title: 'The rebuild is not in the right state',
    explanation: '`detail` says in which state the rebuild is and which one this needs.',
  },
  'rebuild-differs': {
    status: 409,
    title: 'The rebuild differs from the live projection',
    explanation:
      'Promoting it would change numbers. Read `differences` of the rebuild; to promote it all the same, send `{ "accept": true, "reason": "..." }`.',
  },
  'rebuild-changes-rules': {
    status: 409,
    title: "Promoting this rebuild changes tenants' rules",
    explanation:
      'The rebuild is a what-if: it judged tenants by other rules than their own. Promoting it gives them those rules, the past included; final invoices stay, and what differs becomes adjustments. If that is meant, send `{ "accept": true, "reason": "...", "changeRules": true }` with a key that has the scope `billing:write`; otherwise discard it.',
  },

  // The service
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    explanation:
      'A fault of the service, noted in its log under the request id. For events nothing is promised: send the same ones again, a duplicate does no harm.',
  },
  'unknown-transfer-coding': {
    status: 501,
    title: 'The transfer coding is not known',
    explanation:
      'The only `Transfer-Encoding` this service knows is `chunked`. To send a body packed, say so with `Content-Encoding: gzip`.',
  },
  'log-unavailable': {
    status: 503,
    title: 'The event log cannot be reached',
    explanation:
      'The log did not acknowledge the events in time. Nothing in the answer is promised: send the same events again after `Retry-After` seconds. Those that were kept after all are recognised as duplicates. The same answer is given while the log is not the one that was counted before: `/readyz` says so, and a person has to bring the right one back.',
  },
  'intake-full': {
    status: 503,
    title: 'Too many events are waiting',
    explanation:
      'The events wait faster than the log takes them. Nothing in the answer is promised: send the same events again after `Retry-After` seconds.',
  },
  'database-unavailable': {
    status: 503,
    title: 'The database cannot be reached',
    explanation:
      'The database does not answer, or is too busy to. Try again after `Retry-After` seconds; changes were either made whole or not at all.',
  },
  'not-ready': {
    status: 503,
    title: 'The service is not ready',
    explanation: '`checks` says which part is not in order and why.',
  },
  'shutting-down': {
    status: 503,
    title: 'The service is stopping',
    explanation:
      'This instance is about to stop and takes no new requests. Try again after `Retry-After` seconds.',
  },
  'not-yet-counted': {
    status: 504,
    title: 'The events of the receipt are not counted yet',
    explanation:
      'The projection did not reach the receipt within 10 seconds. The events are safe in the log; ask again later, or without `after` for the numbers as they are.',
  },
} as const satisfies Record<string, ProblemType>;

/** What is odd about events that are taken all the same; each has a page too. */
export const WARNING_TYPES: Readonly<Record<WarningName, ProblemText>> = {
  'unlikely-instant': {
    title: 'The event is very old',
    explanation:
      '`occurredAt` is more than 400 days ago. The event was taken, and counts in the period of its own instant. If it is no import of old events, look at how the instant is made: seconds that are read as milliseconds land in January 1970.',
  },
  'unlikely-contact': {
    title: 'The contact is no telephone number',
    explanation:
      'On `whatsapp` a contact is a number of 8 to 15 digits, with its country code. The event was taken, and whoever it names is a contact of its own. If it is the user id of somebody whose number is known, say so with a contact link: `PUT /v1/tenants/{tenant}/contact-links/whatsapp/{alias}`; it holds for events that come later.',
  },
  'unknown-channel': {
    title: 'The channel is not a usual one',
    explanation:
      'The event was taken, and its channel has windows of its own. If it is a misspelt one, its conversations are counted apart from those of the right channel: mend the sender.',
  },
  'template-elsewhere': {
    title: 'The channel has no templates',
    explanation:
      'Template messages are known on `whatsapp` alone. The event was taken, and its template opens an active window, which has a price. If it was free text, void the event and post it without `template`.',
  },
  'unregistered-tenant': {
    title: 'Nobody has registered the tenant',
    explanation:
      'The event was taken, and is metered with the default zone and rules. If the tenant is a new one, register it with `PUT /v1/tenants/{tenant}`; the warning ends within 5 seconds. If its name is misspelt, the events of its namesake are counted elsewhere: void them, and mend the sender.',
  },
};

export type ProblemName = keyof typeof PROBLEM_TYPES;

export function problemUri(name: ProblemName | WarningName): string {
  return `/problems/${name}`;
}

export function isProblem(name: string): name is ProblemName {
  return Object.hasOwn(PROBLEM_TYPES, name);
}

export function isWarning(name: string): name is WarningName {
  return Object.hasOwn(WARNING_TYPES, name);
}
