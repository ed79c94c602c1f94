/** Bytes of a post's or comment's text, in UTF-8; a constraint of the tables says the same. */
export const CONTENT_BYTES = 65_536;
/**
 * Of a JSON document: bytes, with its numbers written out (1e400 counts as 401), levels of arrays and
 * objects within each other, digits of one number. PostgreSQL holds more; readers want an end.
 */
export const DOCUMENT = { bytes: 65_536, levels: 100, digits: 1_000 };
/** UTF-16 units of a tag. */
export const TAG_LENGTH = 64;
/** Bytes of a statement to explain, and of other files that are read as a whole. */
export const FILE_BYTES = 1_048_576;
