import { compile } from 'html-to-text';

const MAX_DEPTH = 64;

const convert = compile({
  wordwrap: false,
  // A page nested deeper than any editor makes it may not use up the stack.
  limits: { maxDepth: MAX_DEPTH },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'alt' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
      selector,
      options: { uppercase: false },
    })),
  ],
  formatters: {
    // The address of a picture says nothing to a reader; what it shows may.
    alt: (element, _walk, builder) => {
      const shown = element.attribs?.alt?.trim() || 'image';
      builder.addInline(`[${shown}]`, { noWordTransform: true });
    },
  },
});

/** What a reader would see of a post's HTML, as plain text. */
export function plainText(html: string): string {
  return storable(convert(html)).trim();
}

/**
 * Text without NUL, the one character that XML's parser lets through and PostgreSQL cannot hold. (As
 * `&#0;`, and lone surrogates, it makes the file no XML.)
 */
export function storable(text: string): string {
  return text.replaceAll('\0', '');
}
