/** A rejected event as whoever sent it is told of it. */

import type { Rejection } from '../../intake/read-event.ts';
import { PROBLEM_TYPES, problemUri } from '../problems/problem-types.ts';

/** `base` is the place of the event in what was sent. */
export function showRejection({ problem, detail, pointer, errors }: Rejection, base: string) {
  return {
    type: problemUri(problem),
    title: PROBLEM_TYPES[problem].title,
    detail,
    pointer: base + pointer,
    ...(errors.length === 0
      ? {}
      : { errors: errors.map((error) => ({ ...error, pointer: base + error.pointer })) }),
  };
}
