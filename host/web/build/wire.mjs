// Makes `src/wire/openapi.ts` from the description that the server answers: `node build/wire.mjs [--check]`. The server is
// `NATTER_BIN`; it runs for a moment on a free port, with its data in a temporary folder.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { startServer } from './server.mjs';

const FILE = new URL('../src/wire/openapi.ts', import.meta.url);
const HEADER = '// Generated from the server by `cargo xtask docs`: do not edit.\n\n';

const server = await startServer();
try {
  const description = await (await fetch(`${server.url}/openapi.json`)).json();
  const wanted = HEADER + astToString(await openapiTS(description, { alphabetize: true }));
  if (!process.argv.includes('--check')) {
    await writeFile(FILE, wanted);
  } else if ((await readFile(FILE, 'utf8')) !== wanted) {
    console.error('host/web/src/wire/openapi.ts is not what the server speaks; write it anew: cargo xtask docs');
    process.exitCode = 1;
  }
} finally {
  await server.stop();
}
