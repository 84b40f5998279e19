/** What a log record says, whichever format it has. */

import type { Conversation } from '../../domain/conversation.ts';
import type { EventClass, EventType, Origin, Template } from '../../domain/event.ts';

/**
 * An event as the projection reads it from the log; hashes in hex, instants in ms. Of a sealed one (format 2) contact and
 * id are empty, and `who` has them.
 */
export interface LoggedEvent extends Conversation {
  /** Names the event among all: conversation and key in one. */
  uid: string;
  conversation: string;
  key: string;
  /** What the event names, hashed; null also where a sent message is named by its own id. */
  ref: string | null;
  class: EventClass;
  at: number;
  receivedAt: number;
  keyId: string;
  id: string;
  /** Canonical JSON of what else the event says in clear, beyond class, instant and ref; null where nothing. */
  detail: string | null;
  metadata: string | null;
  /** The sealed block; null: a record of format 1, which has everything in clear. */
  who: Buffer | null;
  /** Keyed hash of the event's content; null of format 1. */
  content: string | null;
  partition: number;
  offset: number;
  /** The record's value as the log keeps it. */
  record: Buffer;
}

/** What an event says beyond its columns, in the order in which `detail` keeps it. */
export interface EventDetail {
  type?: EventType;
  template?: Template;
  origin?: Origin;
  campaign?: string;
  /** Absent where a sent message is named by its own id. */
  message?: string;
  target?: string;
  reason?: string;
  actor?: string;
  error?: { code: string; title?: string };
}
