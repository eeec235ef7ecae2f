/** A turn of the host's event loop: what came meanwhile is heard before work goes on. */
type Later = (then: () => void) => unknown;

/** A tab that is not seen has its timers once a second; messages come at once. */
export function turn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as { setImmediate?: Later; MessageChannel?: typeof globalThis.MessageChannel };
  return new Promise((done) => {
    if (setImmediate) setImmediate(done);
    else if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        done();
      };
      port2.postMessage(0);
    } else setTimeout(done);
  });
}
