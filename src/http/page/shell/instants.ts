/** Instants as fields for date and time have them: what a clock on the wall of a zone shows. */

/** Null: nothing was typed. What is no date stays as it is: the API refuses it, and says so. */
export function instantIn(local: string, timeZone: string): string | null {
  if (local === '') return null;
  try {
    const at = Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds;
    return new Date(at).toISOString();
  } catch {
    return local;
  }
}

/** What stands in a field, to the minute. */
export function localField(ms: number, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  return at.toPlainDateTime().toString({ smallestUnit: 'minute' });
}
