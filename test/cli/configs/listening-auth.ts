import { createServer } from 'node:http';

export { auth } from './plain-auth.js';

createServer().listen(0, '127.0.0.1');
console.log('listening');
