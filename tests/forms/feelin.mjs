// Evaluates [[expression, context, unary], …] from standard input with feelin: a line of JSON each.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const { evaluate, unaryTest } = await import(pathToFileURL(process.argv[2]).href);

function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'function') return { kind: 'function' };
  if (value === null || typeof value !== 'object') return value ?? null;
  const kind = value.constructor?.name ?? '';
  if (kind.startsWith('Feel')) return { kind, text: kind === 'FeelRange' ? '' : String(value) };
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function answer([expression, context, unary]) {
  try {
    const { value } = (unary ? unaryTest : evaluate)(expression, context);
    return { value: plain(value) };
  } catch (error) {
    return { error: error.constructor.name };
  }
}

for (const asked of JSON.parse(readFileSync(0, 'utf8'))) {
  console.log(JSON.stringify(answer(asked)));
}
