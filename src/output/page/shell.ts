import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Html, html } from './html.js';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Whether it draws plans, which takes a script of 0.7 MB. */
  readonly drawsPlans: boolean;
}

/**
 * A page that is one file and asks nobody for anything: styles and script stand in it, and its
 * Content-Security-Policy forbids every request, and every script but that one.
 */
export function renderPage({ title, body, drawsPlans }: Page): string {
  const styles = (drawsPlans ? asset('plans.css') : '') + asset('page.css');
  const script = drawsPlans ? asset('plans.js') : undefined;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(styles)}</style>
</head>
<body>
${body}
${script !== undefined && html`<script>${new Html(script)}</script>`}
</body>
</html>
`.markup;
}

function policy(script: string | undefined): string {
  const hash = script && createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    'img-src data:',
    ...(hash ? [`script-src 'sha256-${hash}'`] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** From dist/page, which `npm run build` fills. */
function asset(name: string): string {
  const text = readFileSync(new URL(`../../../dist/page/${name}`, import.meta.url), 'utf8');
  // What could end the element that it stands in, or begin another.
  return text.replace(/<(?=!--|\/script|\/style)/gi, '<\\');
}
