import { BSON, MongoBulkWriteError, MongoInvalidArgumentError } from 'mongodb';
import { messageOf } from '../errors.js';
import type { ActivityDocument } from './mongodb-document.js';
import type { Rejection } from './store.js';

const DUPLICATE_KEY = 11_000;

/**
 * Inserts what is not there yet, and finds out which documents are to blame where some are refused.
 *
 * @param send an unordered insertMany
 * @throws the driver's error when the server, not a document, is what is wrong
 */
export async function insertDocuments(
  send: (documents: ActivityDocument[]) => Promise<unknown>,
  documents: ActivityDocument[],
): Promise<Rejection[]> {
  try {
    if (documents.length > 0) await send(documents);
    return [];
  } catch (error) {
    const rejections = rejectionsOf(error, documents);
    if (rejections) return rejections;
    if (!blamesDocument(error)) throw error;
    const [document, ...others] = documents;
    if (document && others.length === 0) {
      return [{ id: document._id, reason: messageOf(error) }];
    }
    // The driver or the server refused the batch as a whole for the sake of one of them.
    const found: Rejection[] = [];
    for (const one of documents) found.push(...(await insertDocuments(send, [one])));
    return found;
  }
}

/** What an unordered insert left out, but for duplicates; undefined when the whole command failed. */
function rejectionsOf(error: unknown, documents: ActivityDocument[]): Rejection[] | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  const failures = [error.writeErrors].flat();
  if (failures.length === 0 || error.result.getWriteConcernError()) return undefined;
  return failures
    .filter(({ code }) => code !== DUPLICATE_KEY)
    .map(({ index, errmsg }) => ({
      id: documents[index]?._id ?? '',
      reason: errmsg ?? 'refused',
    }));
}

// BadValue, TypeMismatch, Overflow (nested too deep), InvalidBSON, BSONObjectTooLarge
const DOCUMENT_CODES = new Set<unknown>([2, 14, 15, 22, 10_334]);

function blamesDocument(error: unknown): boolean {
  return (
    error instanceof MongoInvalidArgumentError ||
    error instanceof BSON.BSONError ||
    (error instanceof MongoBulkWriteError && DOCUMENT_CODES.has(error.code))
  );
}
