/** Finds web addresses in what people wrote. */

export interface Part {
  text: string;
  /** Set where it is an address. */
  href?: string;
}

/** Punctuation at its end belongs to the sentence. */
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'*_]/gi;

export function partsOf(body: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of body.matchAll(ADDRESS)) {
    const [address] = match;
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: body.slice(end, match.index) });
    parts.push({ text: address, href: address });
    end = match.index + address.length;
  }
  if (end < body.length) parts.push({ text: body.slice(end) });
  return parts;
}
