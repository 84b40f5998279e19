/** An export or import would not be what it says; the message says why and what to do. */
export class TransferRefused extends Error {
  override name = 'TransferRefused';
}
