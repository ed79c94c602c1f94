import { renderExplanation } from '../../output/explanation.js';
import type { Explanation } from '../../tuning/explanation.js';
import type { Context } from '../context.js';
import { writeNamed } from '../write-file.js';

/** Shows an explanation, and writes it as a page where a file is named for one. */
export async function showExplanation(
  context: Context,
  explanation: Explanation,
  page: string | undefined,
): Promise<void> {
  context.screen.show(explanation, renderExplanation);
  if (page === undefined) return;
  const { explanationPage } = await import('../../output/page/explanation-page.js');
  await writeNamed(context, page, explanationPage(explanation));
}
