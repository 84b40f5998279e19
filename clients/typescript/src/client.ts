/** Every operation of the API by its `operationId`, typed by the API description. */

import createFetchClient, {
  type ClientOptions,
  type FetchResponse,
  type MaybeOptionalInit,
} from 'openapi-fetch';
import type { paths } from './generated/description.ts';
import { OPERATIONS } from './generated/operations.ts';

/** Without the tables (text/csv), which are text and would make every answer `... | string`. */
type Media = 'application/json' | 'application/problem+json';

type Operations = typeof OPERATIONS;

/** What `Id` takes: nothing where nothing is required, else `params` and `body` as the description has them. */
type Init<Id extends keyof Operations> = MaybeOptionalInit<
  paths[Operations[Id]['path']],
  Operations[Id]['method'] & keyof paths[Operations[Id]['path']]
>;

type Operation<Id extends keyof Operations> = <Given extends Init<Id>>(
  ...init: undefined extends Init<Id> ? [init?: Given] : [init: Given]
) => Promise<
  FetchResponse<
    paths[Operations[Id]['path']][Operations[Id]['method'] & keyof paths[Operations[Id]['path']]] &
      Record<string | number, unknown>,
    Given,
    Media
  >
>;

/**
 * One function per operation. Each resolves with `{ data, error, response }`: `data` where the status is below 400, else
 * `error`, the problem; it rejects only where no answer came. `parseAs: 'text'` or `'stream'` is for tables.
 */
export type Client = { readonly [Id in keyof Operations]: Operation<Id> };

export interface ClientSettings extends Pick<ClientOptions, 'fetch' | 'headers'> {
  /** Where janela listens, as in `http://127.0.0.1:3000`. */
  url: string;
  /** An API key; the open operations (`getHealth`, ...) need none. */
  key?: string;
}

export function createClient({ url, key, headers, ...options }: ClientSettings): Client {
  const client = createFetchClient<paths, Media>({ ...options, baseUrl: url, headers: headers ?? {} });
  if (key !== undefined) {
    client.use({
      onRequest({ request }) {
        request.headers.set('authorization', `Bearer ${key}`);
      },
    });
  }
  const operations = Object.entries(OPERATIONS).map(([id, { method, path }]) => [
    id,
    (init?: object) => client.request(method, path as never, (init ?? {}) as never),
  ]);
  return Object.fromEntries(operations) as Client;
}
