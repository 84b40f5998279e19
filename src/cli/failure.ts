/** Ends a command with exit code 1 and this sentence on stderr: something a person can act on, not a defect. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';
}
