const everybody = [
  { id: 1, username: 'ada', isActive: true },
  { id: 2, username: 'grace', isActive: false },
];

export const users = { authenticate: () => null, findByUsername: (username: string) => everybody.find((user) => user.username === username) };

/** A user table that nobody may ask. */
export const unasked = {
  authenticate: () => null,
  findByUsername: (): null => {
    throw new Error('the user table was asked');
  },
};
