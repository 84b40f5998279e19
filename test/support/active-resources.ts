/** How many resources of a kind keep this process: `Timeout`, `TCPSocketWrap`. */
export function activeResources(kind: string): number {
  return process.getActiveResourcesInfo().filter((name) => name === kind).length;
}
