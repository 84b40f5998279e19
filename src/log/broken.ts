import { LogBroken } from './log.ts';

const REMEDY = 'Connect janela to the log that this database was projected from, or to an empty database.';

/** The sentences of a log that is not the one a database was projected from. */
export function cutShort(partition: number, next: number, end: number): LogBroken {
  return new LogBroken(
    `Partition ${partition} of the log ends at ${end}, but was projected up to ${next}: the log was cut short, or deleted and recreated. ${REMEDY}`,
  );
}

export function replaced(partition: number, offset: number): LogBroken {
  return new LogBroken(
    `Record ${offset} of partition ${partition} is not the one that was projected: the log was deleted and recreated, or changed. ${REMEDY}`,
  );
}

export function missing(partition: number, from: number, to: number): LogBroken {
  return new LogBroken(
    `Partition ${partition} of the log has no records from ${from} to ${to - 1}: data is gone, and what follows must not be counted without it. ${REMEDY}`,
  );
}

/** For an alarm: what was counted goes on being right, so nothing stops for it. */
export function beginningGone(partition: number, low: number): string {
  return `Partition ${partition} of the log begins at offset ${low}: what came before is gone. What was counted stays counted, but it cannot be folded again: restore the log from its export with janela log import, into another topic or an empty database.`;
}

export function otherPartitionCount(log: string, found: number, wanted: number): LogBroken {
  return new LogBroken(
    `${log} has ${found} partitions, but LOG_PARTITIONS is ${wanted}: set LOG_PARTITIONS=${found}, the number is fixed for the life of the log.`,
  );
}
