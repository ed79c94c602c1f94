import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Real data, which is too large for the repository and lies beside it. */
export const SHARED = {
  stackExchange: join(FOLDER, 'stackexchange-quantum'),
  facebook: join(FOLDER, 'graphs/facebook_combined.txt.gz'),
  slashdot: join(FOLDER, 'graphs/soc-slashdot0902-directed.csv.gz'),
};

/** For a test's `skip`: the reason where the data is not there. In CI it must be there. */
export const withoutSharedData =
  existsSync(FOLDER) || process.env.CI === 'true'
    ? false
    : 'the real data sets (../shared/data) are not beside the repository';
