import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { precompressed } from './build/precompressed.ts';

const server = process.env.NATTER_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte(), precompressed()],
  build: {
    outDir: 'dist/client',
    target: 'es2022',
    // A data: URL would be refused where the page's policy does not name it.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: 'index.html', admin: 'admin.html' },
      // What nearly every page needs comes as one file: in many small ones it is larger.
      output: { advancedChunks: { groups: [{ name: 'base', minShareCount: 4 }] } },
    },
  },
  // `npm run dev` beside a running server.
  server: {
    proxy: {
      '/api': server,
      '/metrics': server,
      '/readyz': server,
      '/socket.io': { target: server, ws: true },
    },
  },
});
