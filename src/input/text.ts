/** Why no database text can be this, in words that follow its name; undefined when one can. */
export function flawOfText(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character';
  return text.isWellFormed() ? undefined : 'is not valid Unicode (a lone surrogate)';
}

/**
 * The same for what is looked up and compared, so that what looks alike is alike: no control
 * characters, and Unicode's composed form (UAX #15, NFC).
 */
export function flawOfName(text: string): string | undefined {
  if (/[\p{Cc}\p{Bidi_Control}]/u.test(text)) return 'holds a control character';
  return (
    flawOfText(text) ??
    (text === text.normalize('NFC') ? undefined : "is not in Unicode's composed form (NFC)")
  );
}
