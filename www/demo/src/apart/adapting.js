// What the language model adapts to, in this page's memory: texts that were sent, suggestions that were taken, names of what was
// looked at. With nothing where the visitor allows nothing to be kept, and anew when the session is forgotten.

/** Titles of the session that it is told of, the newest. */
const TITLES = 6;

/** `shop`: `{ mayKnow, session, find }`. `told(counts)` after every change; counts are undefined where it adapts to nothing. */
export function adapting(completer, shop, told) {
  let counts;
  let queue = Promise.resolve();
  // One after the other, and a failure of one is none of the next.
  const then = (act) => (queue = queue.then(act).catch((error) => console.warn(`not adapted: ${error.code ?? error.message}`)));
  const learn = async (what, kind) => {
    if (!counts) return;
    await completer.learn(what);
    counts = { ...counts, [kind]: counts[kind] + 1 };
    told(counts);
  };

  const again = () => then(async () => {
    counts = undefined;
    await completer.adapt(null);
    await completer.forget();
    if (shop.mayKnow()) {
      await completer.adapt({});
      counts = { sent: 0, taken: 0, viewed: 0 };
      const ids = new Set(shop.session().filter(({ item, kind }) => item && kind !== 'impression' && kind !== 'dismiss').map(({ item }) => item));
      for (const thing of [...ids].slice(-TITLES).map(shop.find)) if (thing) await learn(thing.name, 'viewed');
    }
    told(counts);
  });
  return {
    again,
    sent: (text) => then(() => learn(text, 'sent')),
    taken: (accepted) => then(() => learn(accepted, 'taken')),
  };
}
