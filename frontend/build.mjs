// Bundles the scripts and styles of the pages into the given folder, with a manifest from entry to file names.
import { build } from 'esbuild';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

const outdir = resolve(process.argv[2] ?? '../webapp/static/dist');
rmSync(outdir, { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: ['src/app.css', 'src/app.js', 'src/draft.js', 'src/htmx.js', 'src/bpmn-viewer.js'],
  outdir, bundle: true, minify: true, splitting: true, format: 'esm', target: ['es2022'],
  metafile: true, legalComments: 'linked', logLevel: 'warning',
  entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]', assetNames: 'asset/[name]-[hash]',
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'empty', '.eot': 'empty', '.svg': 'file' }
});

// {"bpmn-viewer.js": {"file": "bpmn-viewer-AB12CD34.js", "css": "bpmn-viewer-EF56GH78.css"}, …}; css only where a script has styles of its own.
const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  if (!output.entryPoint) continue;
  manifest[basename(output.entryPoint)] = { file: basename(path), ...(output.cssBundle && { css: basename(output.cssBundle) }) };
}
writeFileSync(`${outdir}/manifest.json`, JSON.stringify(manifest, null, 1));
