export const app = {};
export const appRouter = { auth: 'no' };
