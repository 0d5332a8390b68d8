/** How wide every chart is, in pixels. */
export const WIDTH = 760;

/** How far a chart's content stays from the edge of its card. */
export const PADDING = 24;

/** The colours of the charts, all on the card's own light ground. */
export const COLOURS = { ground: '#ffffff', border: '#d0d7de', grid: '#e8ebef', axis: '#8c959f', ink: '#1f2328', quiet: '#59636e', ours: '#3451d1', other: '#b3bac5' } as const;

/** Where the first thing under a card's headings may be. */
export const HEAD_HEIGHT = 76;

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', Arial, sans-serif";
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text as it may stand in XML, between tags and in attributes. */
export function escapeXml(text: string): string {
  // XML 1.0 has no way to write these at all.
  // eslint-disable-next-line no-control-regex -- they are what is removed
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** An element; its attributes are escaped, its content is markup. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const written = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${typeof value === 'number' ? Number(value.toFixed(2)) : escapeXml(value)}"`);
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** How a text is set. */
export interface TextStyle {
  readonly size?: number;
  readonly colour?: string;
  readonly isBold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** A border in the ground's colour, for text over lines. */
  readonly hasHalo?: boolean;
}

/** One line of text, its baseline at `y`. */
export function textAt(x: number, y: number, text: string, { size = 13, colour = COLOURS.ink, isBold = false, anchor = 'start', hasHalo = false }: TextStyle = {}): string {
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      fill: colour,
      ...(isBold && { 'font-weight': 600 }),
      ...(anchor !== 'start' && { 'text-anchor': anchor }),
      ...(hasHalo && { stroke: COLOURS.ground, 'stroke-width': 4, 'stroke-linejoin': 'round', 'paint-order': 'stroke' }),
    },
    escapeXml(text),
  );
}

/** A straight line. */
export function lineFrom(x1: number, y1: number, x2: number, y2: number, attributes: Readonly<Record<string, string | number>>): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

const WIDTHS: readonly (readonly [characters: RegExp, share: number])[] = [
  [/[ijltfrI|!.,:;'’()[\]/ -]/, 0.38],
  [/[mwMW@%–—]/, 0.95],
  [/[A-Z]/, 0.72],
];

/** How wide a text is at most, near enough; the reader's font is not known. */
export function textWidth(text: string, size = 13, isBold = false): number {
  const shares = Array.from(text, (character) => WIDTHS.find(([characters]) => characters.test(character))?.[1] ?? 0.61);
  return shares.reduce((sum, share) => sum + share, 0) * size * (isBold ? 1.14 : 1);
}

/** A text in as many lines as it takes to stay within a width; a word that is wider stands alone. */
export function wrapped(text: string, width: number, size = 13, isBold = false): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const longer = `${last ?? ''} ${word}`;
    if (last !== undefined && textWidth(longer, size, isBold) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A whole picture: headings and content on a light card with round corners, the same on a light and on a dark page. */
export function card({ title, subtitle, height, content }: { readonly title: string; readonly subtitle: string; readonly height: number; readonly content: readonly string[] }): string {
  const parts = [
    element('title', {}, escapeXml(title)),
    element('rect', { x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 12, fill: COLOURS.ground, stroke: COLOURS.border }),
    textAt(PADDING, 36, title, { size: 17, isBold: true }),
    textAt(PADDING, 57, subtitle, { size: 12.5, colour: COLOURS.quiet }),
    ...content,
  ];
  const size = { width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` };
  return `${element('svg', { xmlns: 'http://www.w3.org/2000/svg', ...size, role: 'img', 'aria-label': title, 'font-family': FONT }, `\n${parts.join('\n')}\n`)}\n`;
}
