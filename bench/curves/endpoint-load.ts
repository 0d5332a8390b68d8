import { greeting, greetings } from '../cases/express-endpoint.js';
import { token } from '../cases/tokens.js';
import type { Benchmark, LineChart } from '../harness/benchmark.js';
import { countText, figureText, ratioText } from '../harness/figures.js';
import { inTurn } from '../harness/load.js';
import { startServer } from '../harness/server-process.js';
import type { ServerProcess } from '../harness/server-process.js';
import { spreadOf } from '../harness/statistics.js';
import { DEFAULT_CONNECTIONS, measureInTurns, ratesOver } from '../harness/turns.js';
import type { Contender, Rounds } from '../harness/turns.js';

const OPEN = 'without authentication';
const SEEN = 'trpc-jwt-auth, token seen before';
const NEW = 'trpc-jwt-auth, each token new';

/** Variants of the endpoint, each in a process of its own. */
async function withServers<Result>(variants: readonly string[], use: (servers: readonly ServerProcess[]) => Promise<Result>): Promise<Result> {
  const servers: ServerProcess[] = [];
  try {
    for (const variant of variants) servers.push(await startServer({ file: 'express-endpoint', variant }));
    return await use(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

type Axis = LineChart['x'];
const RATES: Axis = { label: 'requests/s', isLogarithmic: false };
// A curve has many points, and shows by itself how far they scatter.
const MOST_ROUNDS = 3;

const medianOf = (figures: readonly number[] = []): number => spreadOf(figures).median;
const ratioOf = (of: Rounds | undefined, to: Rounds | undefined): number => medianOf(ratesOver(of, to));
const medians = (rounds: readonly Rounds[], of: keyof Rounds): number[] => rounds.map((each) => medianOf(each[of]));

/** Curves of one figure over the same points. */
function lines(title: string, x: Axis, y: Axis, at: readonly number[], curves: Readonly<Record<string, readonly number[]>>): LineChart {
  const series = Object.entries(curves).map(([name, values]) => ({ name, points: at.map((each, index): [number, number] => [each, values[index] ?? NaN]) }));
  return { kind: 'lines', title, x, y, series };
}

const CONNECTIONS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** The protected endpoint and its unprotected twin, by how many requests are under way at once. */
export const connections: Benchmark = {
  name: 'connections',
  title: 'A protected Express endpoint, by number of connections',
  run: (pace, progress) =>
    withServers(['open', 'ours'], async (servers) => {
      const next = inTurn(greetings('seen')());
      const cells = CONNECTIONS.flatMap((count) => servers.map((server, index): Contender => ({ name: `${index === 0 ? OPEN : SEEN}, connections: ${count}`, servers: [server], next, connections: count })));
      const rounds = await measureInTurns(cells, { ...pace, rounds: Math.min(MOST_ROUNDS, pace.rounds) }, progress);
      const opens = rounds.filter((_, index) => index % 2 === 0);
      const protecteds = rounds.filter((_, index) => index % 2 === 1);
      const ratios = CONNECTIONS.map((_, index) => ratioOf(protecteds[index], opens[index]));
      const x: Axis = { label: 'connections', isLogarithmic: true };
      const columns = (of: readonly Rounds[], index: number): string[] => {
        const { requestsPerSecond, p50Ms, p99Ms } = of[index] ?? {};
        return [figureText(medianOf(requestsPerSecond)), figureText(medianOf(p50Ms)), figureText(medianOf(p99Ms))];
      };
      return {
        tables: [
          {
            columns: ['Connections', 'Open, requests/s', 'Open, p50 ms', 'Open, p99 ms', 'Protected, requests/s', 'Protected, p50 ms', 'Protected, p99 ms', 'Protected to open'],
            rows: CONNECTIONS.map((count, index) => [String(count), ...columns(opens, index), ...columns(protecteds, index), ratioText(ratios[index] ?? NaN)]),
          },
        ],
        charts: [
          lines('Requests per second', x, RATES, CONNECTIONS, { [OPEN]: medians(opens, 'requestsPerSecond'), [SEEN]: medians(protecteds, 'requestsPerSecond') }),
          lines('Time of an answer', x, { label: 'ms', isLogarithmic: true }, CONNECTIONS, {
            [`${OPEN}, p50`]: medians(opens, 'p50Ms'),
            [`${OPEN}, p99`]: medians(opens, 'p99Ms'),
            [`${SEEN}, p50`]: medians(protecteds, 'p50Ms'),
            [`${SEEN}, p99`]: medians(protecteds, 'p99Ms'),
          }),
        ],
        ratios: [],
        findings: [
          `From ${CONNECTIONS[0] ?? NaN} to ${CONNECTIONS.at(-1) ?? NaN} connections, the protected endpoint answers ${ratioText(Math.min(...ratios))} to ${ratioText(Math.max(...ratios))} times the requests per second of the same without authentication.`,
          `With ${CONNECTIONS.at(-1) ?? NaN} connections its p99 is ${figureText(medianOf(protecteds.at(-1)?.p99Ms))} ms, that of the endpoint without authentication ${figureText(medianOf(opens.at(-1)?.p99Ms))} ms.`,
        ],
      };
    }),
};

/** In characters: 0.3 to 8 KB; the package refuses a token of more than 8192. */
const TOKEN_CHARACTERS = [307, 512, 1024, 2048, 4096, 8192];
/** More than the cache of verified tokens holds. */
const NEW_TOKENS = 12_000;
/** Enough to see that the answers are right. */
const SHORT_NEW_TOKENS = 1000;

/** Tokens of a length, or up to two characters under it: base64url takes three bytes for four. */
function tokensOf(characters: number, count: number): string[] {
  // Numbers of one length.
  const first = 100_000;
  const padding = 'x'.repeat(Math.floor(((characters - token(first, { padding: '' }).length) * 3) / 4));
  return Array.from({ length: count }, (_, index) => token(first + index, { padding }));
}

/** The protected endpoint and its unprotected twin, by the size of the token in the header. */
export const tokenSizes: Benchmark = {
  name: 'token-sizes',
  title: 'A protected Express endpoint, by size of the token',
  run: (pace, progress) =>
    withServers(['open', 'ours', 'ours'], async (servers) => {
      const lengths: number[] = [];
      const newTokens = pace.secondsARound < 0.5 ? SHORT_NEW_TOKENS : NEW_TOKENS;
      const cells = TOKEN_CHARACTERS.flatMap((characters): Contender[] => {
        progress(`making tokens of ${countText(characters)} characters`);
        const [seen = '', ...others] = tokensOf(characters, newTokens + 1);
        lengths.push(seen.length);
        const kinds = [{ name: OPEN, tokens: [seen] }, { name: SEEN, tokens: [seen] }, { name: NEW, tokens: others }];
        return servers.map((server, index): Contender => {
          const { name = '', tokens = [] } = kinds[index] ?? {};
          const next = inTurn(tokens.map((each) => greeting(`Bearer ${each}`)));
          return { name: `${name}, ${countText(characters)} characters`, servers: [server], next, connections: DEFAULT_CONNECTIONS };
        });
      });
      const rounds = await measureInTurns(cells, { ...pace, rounds: Math.min(MOST_ROUNDS, pace.rounds) }, progress);
      const [opens = [], seens = [], news = []] = servers.map((_server, kind) => rounds.filter((_, index) => index % servers.length === kind));
      const seenRatios = lengths.map((_, index) => ratioOf(seens[index], opens[index]));
      const newRatios = lengths.map((_, index) => ratioOf(news[index], opens[index]));
      const curves = (of: keyof Rounds) => ({ [OPEN]: medians(opens, of), [SEEN]: medians(seens, of), [NEW]: medians(news, of) });
      const x: Axis = { label: 'characters of the token', isLogarithmic: true };
      const micro = (of: readonly Rounds[], index: number): string => figureText(medianOf(of[index]?.cpuMicroseconds));
      return {
        tables: [
          {
            columns: ['Token, characters', 'Open, requests/s', 'Open, CPU µs', 'Seen before, requests/s', 'Seen before, CPU µs', 'Each new, requests/s', 'Each new, CPU µs', 'Seen to open', 'New to open'],
            rows: lengths.map((length, index) => [
              countText(length),
              ...[opens, seens, news].flatMap((of) => [figureText(medianOf(of[index]?.requestsPerSecond)), micro(of, index)]),
              ratioText(seenRatios[index] ?? NaN),
              ratioText(newRatios[index] ?? NaN),
            ]),
          },
        ],
        charts: [
          lines('Requests per second', x, RATES, lengths, curves('requestsPerSecond')),
          lines("The server's processor time for a request", x, { label: 'µs', isLogarithmic: false }, lengths, curves('cpuMicroseconds')),
        ],
        ratios: [],
        findings: [
          `With a token of ${countText(lengths[0] ?? NaN)} characters that was seen before, the protected endpoint answers ${ratioText(seenRatios[0] ?? NaN)} times the requests per second of the same without authentication, which is sent the token too; with one of ${countText(lengths.at(-1) ?? NaN)} it is ${ratioText(seenRatios.at(-1) ?? NaN)} times.`,
          `Where each token is new it is ${ratioText(newRatios[0] ?? NaN)} and ${ratioText(newRatios.at(-1) ?? NaN)} times.`,
          `With ${countText(lengths.at(-1) ?? NaN)} characters a request takes ${micro(opens, lengths.length - 1)} µs of the server's processor time without authentication, ${micro(seens, lengths.length - 1)} µs with a token seen before, and ${micro(news, lengths.length - 1)} µs with a new one.`,
        ],
      };
    }),
};
