import { v5 } from 'uuid';

/** The namespace of all ids that follow from where a row came from. */
const NAMESPACE = '3f0a8a52-6a1e-4c0b-9a43-1d6a5d1c7e90';
/** Ids kept at hand: a file names the same users again and again, and SHA-1 is not free. */
const CACHED = 65_536;

/** Gives the id of something that another system knows under its own name. */
export type IdOf = (kind: 'user' | 'post' | 'comment', key: string) => Buffer;

/**
 * Ids that follow from a source and its own ids (UUID version 5, RFC 9562), so that what is imported
 * twice is known the second time.
 *
 * @param source a name that no other source has, for example `stackexchange/quantum`
 */
export function idsOf(source: string): IdOf {
  const cache = new Map<string, Buffer>();
  return (kind, key) => {
    const name = `${source}/${kind}/${key}`;
    let id = cache.get(name);
    if (!id) {
      id = v5(name, NAMESPACE, Buffer.alloc(16));
      if (cache.size >= CACHED) cache.clear();
      cache.set(name, id);
    }
    return id;
  };
}
