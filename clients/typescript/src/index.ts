/** The public names of `@janela/client`. */
export { type Client, type ClientSettings, createClient } from './client.ts';
export type { Problem, Retry } from './delivery.ts';
export type { components, operations, paths } from './generated/description.ts';
export {
  type Accepted,
  createSender,
  type Event,
  type Rejected,
  type Sender,
  SenderError,
  type SenderOptions,
} from './sender.ts';
