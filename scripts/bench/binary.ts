import { fileURLToPath } from 'node:url';

/** The program as a user starts it. */
export const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));
