export const auth = undefined;
throw new Error('\u001B]0;owned\u0007 and \u009B31m red');
