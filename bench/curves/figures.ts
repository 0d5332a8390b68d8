const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A whole number, its thousands apart. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** A number of bytes in megabytes. */
export function megabytes(bytes: number): number {
  return bytes / 1e6;
}
