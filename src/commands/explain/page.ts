import type { Explanation } from '../../tuning/explanation.js';
import type { Context } from '../context.js';
import { writeNamed } from '../write-file.js';

/** Writes an explanation as one offline page. */
export async function writePage(
  context: Context,
  file: string,
  explanation: Explanation,
): Promise<void> {
  const { explanationPage } = await import('../../output/page/explanation-page.js');
  await writeNamed(context, file, explanationPage(explanation));
}
