import { tokensOf } from '../../input/json.js';

/**
 * The text of one member of a JSON object as it stands there. JSON.parse and JSON.stringify would bend
 * the numbers in it: 9007199254740993 becomes 9007199254740992, 1e400 becomes null.
 *
 * @param json a valid JSON object
 * @param name the member; where it is there twice the last counts, as in JSON.parse
 * @returns undefined when there is no such member
 */
export function memberText(json: string, name: string): string | undefined {
  let found: string | undefined;
  let depth = 0;
  let key: string | undefined;
  let start: number | undefined;
  let lastString = '';
  for (const { 0: token, index } of tokensOf(json)) {
    const atMember = depth === 1;
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (atMember && token === ':') {
      key = JSON.parse(lastString);
      start = index + 1;
    } else if (start !== undefined && ((atMember && token === ',') || depth === 0)) {
      if (key === name) found = json.slice(start, index).trim();
      start = undefined;
    } else if (atMember && token.startsWith('"')) {
      lastString = token;
    }
  }
  return found;
}
