// 32 KB of bits: when the last of so many is noted, one new token in fourteen is taken for one of them.
const PLACES = 1 << 18;
const MOST_NOTED = 20_000;
// 48 bits of a signature in base64url.
const READ_CHARACTERS = 8;

/**
 * Stands before a cache of tokens and lets in what comes again, so that what comes once puts nothing out that is in use.
 *
 * It notes a bit for each, and begins anew when it has noted many: it may let in what it has not seen, and does not remember for ever.
 *
 * @returns whether a token was seen before, by the end of its signature
 */
export function createDoorkeeper(): (token: string) => boolean {
  const seen = new Int32Array(PLACES / 32);
  let noted = 0;
  return (token) => {
    let print = 0;
    for (let at = token.length - READ_CHARACTERS; at < token.length; at += 1) print = (Math.imul(print, 31) + token.charCodeAt(at)) | 0;
    const index = (print & (PLACES - 1)) >>> 5;
    const bit = 1 << (print & 31);
    if (((seen[index] ?? 0) & bit) !== 0) return true;
    if (noted === MOST_NOTED) {
      seen.fill(0);
      noted = 0;
    }
    seen[index] = (seen[index] ?? 0) | bit;
    noted += 1;
    return false;
  };
}
