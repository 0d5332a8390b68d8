/** A label, and the middle that it would have if it were alone. */
export interface WantedLabel {
  readonly wanted: number;
  readonly height: number;
}

interface Stack {
  readonly members: readonly number[];
  readonly height: number;
  readonly middle: number;
}

/** The middle of each label between top and bottom: where it is wanted, or as near to it as no label lies on another. */
export function spreadLabels(labels: readonly WantedLabel[], top: number, bottom: number): number[] {
  const stackOf = (members: readonly number[]): Stack => {
    const height = members.reduce((sum, member) => sum + (labels[member]?.height ?? 0), 0);
    const wanted = members.reduce((sum, member) => sum + (labels[member]?.wanted ?? 0), 0) / members.length;
    return { members, height, middle: Math.max(top + height / 2, Math.min(bottom - height / 2, wanted)) };
  };
  const stacks: Stack[] = [];
  const order = labels.map(({ wanted }, index) => ({ wanted, index })).sort((a, b) => a.wanted - b.wanted);
  for (const { index } of order) {
    let stack = stackOf([index]);
    for (let above = stacks.at(-1); above !== undefined && above.middle + above.height / 2 > stack.middle - stack.height / 2; above = stacks.at(-1)) {
      stacks.pop();
      stack = stackOf([...above.members, ...stack.members]);
    }
    stacks.push(stack);
  }
  const middles = labels.map(({ wanted }) => wanted);
  for (const { members, height, middle } of stacks) {
    let y = middle - height / 2;
    for (const member of members) {
      const own = labels[member]?.height ?? 0;
      middles[member] = y + own / 2;
      y += own;
    }
  }
  return middles;
}
